"""What a node records of itself: `tarn` reads it back and decides the same again."""

import json
import os
import pathlib
import random
import subprocess

import pytest

from lab.cell import Cell
from lab.content import content, digest
from lab.node import MIB, tarn_binary
from lab.readers import in_parallel, read_object
from lab.stores import BUCKET

FROZEN = {"name": "frozen", "origin": "store", "container": BUCKET, "consistency": "immutable"}
TTL = {"name": "ttl", "origin": "store", "container": BUCKET, "consistency": "1s"}


def tarn(*arguments) -> str:
    if not os.access(tarn_binary(), os.X_OK):
        pytest.skip(f"{tarn_binary()} is missing: run make build, or name one by TARN_BIN")
    done = subprocess.run(
        [tarn_binary(), *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def record(node, store, folder, **settings):
    """A node under mixed load with recordings, stopped; the recordings' folder, and the reads."""
    served = node(
        [store.place()], [FROZEN, TTL], block="256KiB", memory=8 * MIB, threads=2,
        arguments=["--record", str(folder / "recordings"), "--record-decisions"], **settings)
    count = 60
    for number in range(count):
        store.put(f"recorded/{number}", content(f"recorded {number}", 200_000 + 5_000 * number))

    def read_some(seed):
        draw = random.Random(seed)
        for _ in range(60):
            number = min(draw.randrange(count), draw.randrange(count))
            container = draw.choice(["frozen", "frozen", "ttl"])
            reading = read_object(served.port, f"/{container}/recorded/{number}")
            assert reading.status == 200, reading

    in_parallel([lambda seed=seed: read_some(seed) for seed in range(4)])
    store.put("recorded/1", content("new", 123_456))
    read_some(9)
    metrics = served.metrics()
    served.configuration["cache"]["memory"]["eviction"] = "lru"
    served.reload()
    read_some(10)
    reads = served.metric("tarn_block_reads_total")
    assert metrics("tarn_evictions_total", tier="memory") > 0, "the load must turn the tier over"
    served.stop()
    return folder / "recordings", reads


@pytest.mark.parametrize("flash", [0, 160 * MIB])
def test_recordings_are_read_and_replayed(flash, all_stores, node, folder):
    recordings, reads = record(node, all_stores("directory"), folder, flash=flash)
    files = sorted(pathlib.Path(recordings).iterdir())
    print([file.name for file in files])
    traces = [file for file in files if file.suffix == ".tarn"]
    decisions = [file for file in files if file.suffix == ".tarnlog"]
    assert traces and len(decisions) == 2
    info = tarn("trace", "info", *traces)
    assert f"{reads:,.0f}" in info or f"{reads:.0f}" in info, reads
    assert traces[0].name in tarn("replay", *traces)
    check_decisions(decisions)


def check_decisions(files):
    """Every step of every shard is decided the same again."""
    for file in files:
        outcome = json.loads(tarn("replay", "--decisions", file, "--json"))
        assert outcome["reproduced"] is True and outcome["end"] == "finished", outcome
        assert outcome["steps"] > 50
        print(f"{file.name}: {outcome['steps']} steps, {outcome['views']} views")


def test_a_cell_s_decisions_are_reproduced(all_stores, folder):
    store = all_stores("directory")
    data = content("cell", 24 * MIB)
    store.put("cell-recorded", data)
    place = folder / "recordings"

    def record_apart(node):
        node.configuration["recording"] = {
            "directory": str(place / node.folder.name), "decisions": True}

    with Cell(
        folder, 3, [store.place()], [FROZEN], block="256KiB", memory=16 * MIB,
        before_start=record_apart,
    ) as cell:
        cell.wait_until_joined()
        for reading in in_parallel(
            [lambda node=node: read_object(node.port, "/frozen/cell-recorded")
             for node in cell.nodes]):
            assert reading.digest == digest(data)
    decisions = sorted(place.glob("*/*.tarnlog"))
    assert len(decisions) == 3
    check_decisions(decisions)
