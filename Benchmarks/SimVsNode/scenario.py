"""The scenario: the same cell, cache, links and requests, with the devices that were measured."""
import re

import cell
from calibration import said

# The simulator's own time from a reader's call to its node's cache.
CALL_NANOSECONDS = 20_000


def text(options, calibrated, client, traces, seconds, warmup, seed=1):
    """A scenario's YAML. `calibrated` is what calibrate wrote; what it had to measure of one connection
    (the account's bandwidth) or states without measuring (GPUs, racks) is replaced."""
    answer, bandwidth = client
    nodes = options.nodes
    own = f"""\
      client:
        # Measured by this benchmark's client, against a node's memory.
        answer: {max(0, int(answer) - CALL_NANOSECONDS)}ns
        bandwidth: {int(bandwidth)}B/s
"""
    yaml = calibrated.replace("    measured:\n", "    measured:\n" + own, 1)
    yaml = yaml.replace("nodes_per_rack: 1\n", f"nodes_per_rack: {nodes}\n", 1)
    yaml = with_latency(yaml, "read", "reads")
    yaml = with_latency(yaml, "write", "writes")
    yaml = with_origin(yaml, options)
    yaml = yaml.replace("topology:\n", f"""\
topology:
  regions: [{{name: here, zones: 1}}]
  pools: [{{name: cell, nodes_per_cell: {nodes}, nodes_per_rack: {nodes}, class: measured}}]
""", 1)
    recorded = "".join(f"\n      - {path}" for path in traces)
    return f"""\
name: sim-vs-node
seed: {seed}
duration: {int(seconds * 1e9)}ns
warmup: {int(warmup * 1e9)}ns
{yaml}{cell.cache(options)}workloads:
  - name: recorded
    kind: replay
    pools: [cell]
    block: {options.block}
    traces:{recorded}
"""


def with_latency(yaml, key, name):
    """The drive's latency of small operations, where calibrate says it in a comment only."""
    found = said(yaml, rf"random {name} of 4 KiB, 1 at once:.*?p50 ([0-9.]+[nµmu]?s)")
    if found is None or f"{key}_latency:" in yaml:
        return yaml
    return yaml.replace("        drives: 1\n", f"        {key}_latency: {found}\n        drives: 1\n", 1)


def with_origin(yaml, options):
    """One connection's bandwidth is one answer's; the account's own limit is its link."""
    rate = said(yaml, r"Ranged reads of \d+ bytes, 1 at once: ([0-9.]+[KMG]?B/s)")
    if rate and "per_request:" not in yaml:
        yaml = yaml.replace("\norigin:\n", f"\norigin:\n  per_request: {rate}\n", 1)
    yaml = re.sub(r"\n  bytes: .*", f"\n  bytes: {options.origin_link}b/s", yaml)
    # rclone limits no requests.
    return yaml.replace("\norigin:\n", "\norigin:\n  requests: 1M/s\n  per_blob: 1M/s\n", 1)
