"""How long the cores took for a read, by where its bytes came from: of the nodes and of the simulated ones, both
from recordings of decisions, so that both are measured in the same way."""
import csv, glob, os, subprocess

TIERS = ("memory", "flash", "peer", "origin")


def of_nodes(options, folder, names, since):
    """Nanoseconds of the nodes' reads from `since` (their monotonic clock) on, in order, by source."""
    recordings = [path for name in names for path in glob.glob(f"{folder}/{name}/recorded/*.tarnlog")]
    return reads(options, recordings, os.path.join(folder, "reads-measured.csv"), since)


def of_simulation(options, folder, names, scenario, since):
    """The same of the simulated nodes, from `since` (simulated time) on: one run for each that is recorded."""
    recordings = []
    for number, name in enumerate(names):
        path = os.path.join(folder, name, "simulated.tarnlog")
        run(options.tarn, "simulate", scenario, "--quiet", "--record-decisions", path, "--record-node", str(number))
        recordings.append(path)
    return reads(options, recordings, os.path.join(folder, "reads-predicted.csv"), since)


def reads(options, recordings, path, since):
    run(options.tarn, "replay", "--decisions", "--reads", path, *recordings)
    spans = {tier: [] for tier in TIERS}
    with open(path) as file:
        for row in csv.DictReader(file):
            if row["source"] in spans and int(row["time_ns"]) >= since:
                spans[row["source"]].append(int(row["latency_ns"]))
    for tier in TIERS:
        spans[tier].sort()
    return spans


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 3) or done.returncode == 3 and command[1] == "replay":
        raise SystemExit(f"sim-vs-node: {' '.join(command[:3])}: {done.stderr.strip() or done.stdout.strip()}")
