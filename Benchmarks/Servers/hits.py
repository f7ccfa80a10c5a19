"""Hits in memory: what each server carries, and what a request costs its processor."""
import json, shutil, subprocess, time

import processors
from contestants import free_port
from figures import Spread, goal, ratios, table
from objects import KIB, MIB

# Connections by size.
SIZES = {"4 MiB": 8, "64 KiB": 32, "1 KiB": 64}


def demands(objects, sizes):
    """Requests by size: ranges of large objects, and whole small ones."""
    all = {"4 MiB": objects.ranges("large", 2, 64 * MIB, 4 * MIB),
           "64 KiB": objects.whole("middle", 256, 64 * KIB),
           "1 KiB": objects.whole("small", 1024, KIB)}
    return {size: all[size] for size in sizes}


def rotated(list, by):
    """Every server is first, second, ... as often as the others, and each round's order is undone by
    another's."""
    by %= len(list)
    turned = list[by:] + list[:by]
    return turned if by % 2 == 0 else turned[::-1]


def iperf(seconds, zero_copy):
    """Bytes a second of one TCP stream, sent from the servers' processor; and of its processor second."""
    port = free_port()
    sink = subprocess.Popen(["iperf3", "-s", "-1", "-p", str(port)], stdout=subprocess.DEVNULL,
                            preexec_fn=processors.of_clients)
    try:
        command = ["iperf3", "-c", "127.0.0.1", "-p", str(port), "-t", str(seconds), "-J", "-l", "256K"]
        for _ in range(50):
            done = subprocess.run(command + ["-Z"] * zero_copy, capture_output=True, text=True,
                                  preexec_fn=processors.of_servers)
            if done.returncode == 0:
                break
            time.sleep(0.1)
        else:
            raise SystemExit(f"servers: iperf3 failed:\n{done.stdout[-1000:]}")
    finally:
        sink.kill()
        sink.wait()
    end = json.loads(done.stdout)["end"]
    rate = end["sum_sent"]["bits_per_second"] / 8
    return rate, rate / max(end["cpu_utilization_percent"]["host_total"] / 100, 1e-3)


def race(options, load, servers, name, connections, requests):
    """Rounds of every server by turns: what `load` counted, by server."""
    runs = {server.name: [] for server in servers}
    streams = {False: [], True: []}
    has_iperf = name == "4 MiB" and shutil.which("iperf3")
    for turn in range(options.rounds):
        for server in rotated(servers, turn):
            runs[server.name].append(load.run(server, requests, connections, options.seconds))
        for zero_copy in streams if has_iperf else ():
            streams[zero_copy].append(iperf(max(1, round_up(options.seconds)), zero_copy))
    return runs, streams


def round_up(seconds):
    return int(-(-seconds // 1))


def report(name, size, runs, streams):
    ours = runs["tarn-node"]
    rows = []
    for server, found in runs.items():
        rows.append([
            server, Spread(run["per_second"] for run in found),
            Spread(run["per_second"] * size / 1e9 for run in found).text("{:.2f}"),
            Spread(run["per_cpu_second"] for run in found),
            ratios((run["per_second"] for run in ours), (run["per_second"] for run in found)).text("{:.2f}"),
            ratios((run["per_cpu_second"] for run in ours),
                   (run["per_cpu_second"] for run in found)).text("{:.2f}"),
            ratios((run["per_both_cpu_second"] for run in ours),
                   (run["per_both_cpu_second"] for run in found)).text("{:.2f}")])
    for zero_copy, found in streams.items():
        if found:
            stream = "one TCP stream (iperf3 -Z)" if zero_copy else "one TCP stream (iperf3)"
            rows.append([
                stream, "", Spread(rate / 1e9 for rate, _ in found).text("{:.2f}"),
                f"{Spread(busy / 1e9 for _, busy in found).text('{:.2f}')} GB",
                ratios((run["per_second"] * size for run in ours), (rate for rate, _ in found)).text("{:.2f}"),
                ratios((run["per_cpu_second"] * size for run in ours),
                       (busy for _, busy in found)).text("{:.2f}"), ""])
    print(f"memory hits of {name}; ratios are tarn-node's over the row's, round by round: median (least to most)")
    table(["server", "requests/s", "GB/s", "requests per CPU second of the server",
           "tarn-node / row, wall", "CPU of the server", "CPU of server and client"], rows)


def goals(name, size, runs, streams):
    ours = runs["tarn-node"]

    def ratio(rival, figure):
        return ratios((run[figure] for run in ours), (run[figure] for run in runs[rival])).median
    found = []
    if streams[False]:
        share = ratios((run["per_second"] * size for run in ours), (rate for rate, _ in streams[False])).median
        found.append(goal(f"{name}: at least 0.8 of one TCP stream", round(share, 2), share >= 0.8))
    for rival in runs:
        if rival in ("tarn-node", "earlier") or (name != "4 MiB" and rival != "nginx"):
            continue
        for figure, word in (("per_second", "requests/s"), ("per_cpu_second", "requests per CPU second of the server"),
                             ("per_both_cpu_second", "requests per CPU second of server and client")):
            value = ratio(rival, figure)
            found.append(goal(f"{name}: tarn-node over {rival}, {word}, at least 1", round(value, 2), value >= 1))
    return found


def run(options, load, servers, demand):
    results = {}
    for name, requests in demand.items():
        runs, streams = race(options, load, servers, name, SIZES[name], requests)
        report(name, requests[0].bytes, runs, streams)
        results[name] = {"runs": runs, "iperf3": streams[False], "iperf3 -Z": streams[True],
                         "goals": goals(name, requests[0].bytes, runs, streams)}
        print()
    return results
