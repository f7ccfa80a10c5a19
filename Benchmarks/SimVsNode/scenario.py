"""The scenario: the same cell, cache, links and requests, with the devices that were measured."""
import re

import cell

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


def with_origin(yaml, options):
    """The account's own limit is its link."""
    yaml = re.sub(r"\n  bytes: .*", f"\n  bytes: {options.origin_link}b/s", yaml)
    # rclone limits no requests.
    return yaml.replace("\norigin:\n", "\norigin:\n  requests: 1M/s\n  per_blob: 1M/s\n", 1)
