"""What a miss adds to the origin's own time: the same objects, read once through each server and once from
the origin itself, one right after the other."""
import random, statistics, time

from client import Connection
from figures import goal, table


def timed(connection, request):
    start = time.perf_counter_ns()
    connection.get(request)
    return time.perf_counter_ns() - start


def added(origin, servers, requests):
    """Nanoseconds that each server took beyond the origin for each request, and the origin's own."""
    lines = {server.name: Connection(server.port) for server in servers}
    direct = Connection(origin.port)
    more, own = {name: [] for name in lines}, []
    draw = random.Random(11)
    for request in requests:
        # The first read of a file warms the origin's caches for all.
        direct.get(request)
        order = list(lines)
        draw.shuffle(order)
        took = {name: timed(lines[name], request) for name in order[:len(order) // 2]}
        base = timed(direct, request)
        took.update({name: timed(lines[name], request) for name in order[len(order) // 2:]})
        base = (base + timed(direct, request)) / 2
        own.append(base)
        for name, time_ in took.items():
            more[name].append(time_ - base)
    for connection in (*lines.values(), direct):
        connection.close()
    return more, own


def quartiles(values):
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle / 1e3:,.0f} ({low / 1e3:,.0f} to {high / 1e3:,.0f})"


def measure(title, origin, servers, requests, node):
    before = node.reads().get("origin", 0)
    more, own = added(origin, servers, requests)
    misses = node.reads().get("origin", 0) - before
    if misses != len(requests):
        raise SystemExit(f"servers: {misses:.0f} of {len(requests)} reads were misses of tarn-node; all had to be")
    print(f"{title}, {len(requests)} of them; microseconds: median (quartiles)")
    table(["", "time"], [["origin itself", quartiles(own)]]
          + [[f"{name} adds", quartiles(values)] for name, values in more.items()])
    return {"own": own, "added": more}


def run(options, origin, servers, cut_node, demand):
    """`cut_node` is a tarn-node whose blocks are 64 KiB: a miss of one in an object that is known."""
    node = servers[0]
    results = {
        "block": measure("a block of 64 KiB of an object that is known", origin, [cut_node], demand["block"],
                         cut_node),
        "64 KiB": measure("a new object of 64 KiB (tarn-node asks for its ETag first)", origin, servers,
                          demand["64 KiB"], node),
        "4 MiB": measure("a new object of 4 MiB (tarn-node keeps a whole block before it answers)", origin,
                         servers, demand["4 MiB"], node)}
    value = statistics.median(results["block"]["added"][cut_node.name]) / 1e3
    results["goals"] = [goal("a miss adds less than 200 us to the origin's own time (64 KiB block)",
                             f"{value:.0f} us", value < 200)]
    print()
    return results
