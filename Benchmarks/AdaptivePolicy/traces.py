"""Writes the reference traces as oracleGeneral files, which `tarn replay` maps.

The key streams are those that trace-stats.csv describes; a stream of another length is refused. A
module of the script `auto`; needs numpy.
"""

import csv
import gzip
import json
import os
import sys

import numpy

RECORD = numpy.dtype(
    [("time", "<u4"), ("key", "<u8"), ("size", "<u4"), ("next", "<i8")])


def lines(path):
    with gzip.open(path, "rt") as file:
        yield from file


def plain(path):
    return [line.strip() for line in lines(path) if line.strip() not in ("", "*")], None


def ranges(path):
    keys = []
    for line in lines(path):
        first, count = map(int, line.split()[:2])
        keys.extend(range(first, first + count))
    return keys, None


def columns(separator, key, size, header):
    def read(path):
        keys, sizes = [], []
        for number, line in enumerate(lines(path)):
            if number == 0 and header:
                continue
            fields = line.strip().split(separator)
            keys.append(fields[key])
            sizes.append(int(fields[size]))
        return keys, sizes
    return read


def models(path):
    keys = []
    with gzip.open(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            keys.append(("base", row["checkpoint_model_version_id"]))
            for lora in json.loads(row["lora_args"].replace("'", '"') or "[]"):
                keys.append(("lora", lora["modelVersionId"]))
    return keys, None


def prompts(path):
    keys = []
    for line in lines(path):
        keys.extend(json.loads(line)["hash_ids"])
    return keys, None


def conversations(path):
    requests = []
    for number, line in enumerate(lines(path)):
        def visit(entries, start):
            for entry in entries:
                if entry["type"] == "subagent":
                    visit(entry["requests"], start + entry["t"])
                else:
                    ids = numpy.array(entry["hash_ids"], dtype="u8") + (number << 32)
                    requests.append((start + entry["t"], len(requests), ids))
        visit(json.loads(line)["requests"], number * 120)
    requests.sort(key=lambda request: request[:2])
    return numpy.concatenate([ids for _, _, ids in requests]), None


READERS = {
    "adaptsize-cdn": columns(" ", 1, 2, False), "arc-oltp": ranges, "arc-p12": ranges,
    "arc-p3": ranges, "cache2k-orm-busy": plain, "cache2k-web12": plain,
    "cloudphysics-io": columns(",", 4, 3, True), "corda-vaultservice": plain,
    "genai-model-lora-a": models, "kv-coding-sessions-a": conversations,
    "kv-lmcache-agents-a": prompts, "kv-mooncake-conversation": prompts,
    "twitter-cluster52-1m": columns(",", 1, 2, True),
}


def prepare(shared, out, names):
    """Writes what is missing of `names` (all if empty) into the folder `out`."""
    with open(os.path.join(shared, "reference/trace-stats.csv")) as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        name, target = row["trace"], path(out, row["trace"])
        if (names and name not in names) or os.path.exists(target):
            continue
        print(f"reading {row['file']}", file=sys.stderr)
        keys, sizes = READERS.get(name, plain)(os.path.join(shared, row["file"]))
        records = numbered(keys, sizes)
        found = (len(records), int(records["key"].max()) + 1)
        wanted = (int(row["requests"]), int(row["distinct_objects"]))
        if found != wanted:
            sys.exit(f"{row['file']}: has {found} requests and objects, expected {wanted}")
        records.tofile(target + ".partial")
        os.rename(target + ".partial", target)


def path(out, name):
    return os.path.join(out, name + ".oracleGeneral")


def numbered(keys, sizes):
    if isinstance(keys, numpy.ndarray):
        _, ids = numpy.unique(keys, return_inverse=True)
    else:
        known = {}
        ids = [known.setdefault(key, len(known)) for key in keys]
    records = numpy.zeros(len(ids), RECORD)
    records["key"] = ids
    records["size"] = 1 if sizes is None else numpy.maximum(1, sizes)
    records["next"] = -1
    return records
