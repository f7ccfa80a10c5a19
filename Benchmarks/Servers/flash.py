"""Hits in flash, through HTTP, beside fio reading the same file past the page cache."""
import json, os, shutil, subprocess

import processors
from client import Connection, verify
from figures import Spread, goal, ratios, table

DEPTHS = (4, 16)


def fio(folder, bytes, depth, seconds):
    """Bytes a second of random reads of 4 MiB."""
    file = os.path.join(folder, "shard-000", "blocks")
    done = subprocess.run(
        ["fio", "--name=read", f"--filename={file}", "--readonly", "--rw=randread", "--bs=4M", "--direct=1",
         "--ioengine=io_uring", f"--iodepth={depth}", f"--size={bytes}", "--output-format=json",
         "--time_based", "--ramp_time=500ms", f"--runtime={max(1, round(seconds))}"],
        capture_output=True, text=True, preexec_fn=processors.of_servers)
    if done.returncode:
        raise SystemExit(f"servers: fio failed on {file}:\n{done.stderr[-1000:]}")
    return json.loads(done.stdout)["jobs"][0]["read"]["bw_bytes"]


def http(load, node, requests, depth, seconds):
    """Bytes a second that came from flash, the share of reads that did, and processor milliseconds a read."""
    before = node.reads()
    run = load.run(node, requests, depth, seconds)
    reads = {source: count - before.get(source, 0) for source, count in node.reads().items()}
    share = reads.get("flash", 0) / sum(reads.values())
    return run["per_second"] * requests[0].bytes * share, share, 1e3 / run["per_cpu_second"]


def run(options, load, node, folder, objects, requests):
    if not shutil.which("fio"):
        print("fio is MISSING: flash is not raced: apt-get install fio\n")
        return {}
    verify(node, objects, requests)
    held = len(requests) * requests[0].bytes
    results, rows = {"goals": []}, []
    for depth in DEPTHS:
        ours, theirs = [], []
        for turn in range(options.rounds):
            if turn % 2 == 0:
                theirs.append(fio(folder, held, depth, options.seconds))
            ours.append(http(load, node, requests, depth, options.seconds))
            if turn % 2 == 1:
                theirs.append(fio(folder, held, depth, options.seconds))
        ratio = ratios((run[0] for run in ours), theirs)
        rows.append([depth, Spread(run[0] / 1e9 for run in ours).text("{:.2f}"),
                     Spread(rate / 1e9 for rate in theirs).text("{:.2f}"), ratio.text("{:.2f}"),
                     *(Spread(run[part] for run in ours).text("{:.2f}") for part in (1, 2))])
        results[depth] = {"tarn-node": ours, "fio": theirs}
        results["goals"].append(goal(f"flash hits of 4 MiB, {depth} at a time: at least 0.9 of fio",
                                     round(ratio.median, 2), ratio.median >= 0.9))
    print(f"flash hits of 4 MiB through HTTP beside fio (O_DIRECT, io_uring) on the same file, {held / 2**20:,.0f} MiB")
    table(["at a time", "tarn-node from flash, GB/s", "fio, GB/s", "ratio", "share of reads from flash",
           "ms of processor a read"], rows)
    print()
    return results
