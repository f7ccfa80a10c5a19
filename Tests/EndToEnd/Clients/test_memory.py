"""Memory of a node under load stays near what it said it would use, whatever the objects' sizes."""

import os
import re
import socket

import pytest

from lab.content import content, digest
from lab.node import MIB
from lab.readers import in_parallel, read_object
from lab.stores import BUCKET

FROZEN = {"name": "frozen", "origin": "store", "container": BUCKET, "consistency": "immutable"}
IS_FULL = bool(os.environ.get("TARN_FULL_MEMORY"))
TIER = (1 << 30) if IS_FULL else 96 * MIB


def planned_bytes(node) -> int:
    """What the node said at its start that it would use when full."""
    text = node.program.log.read_text(errors="replace")
    return int(re.search(r"about (\d+) MiB of memory when full", text)[1]) * MIB


def read_many(node, targets: list[str], size: int):
    """Reads objects of one size over one connection, a few requests ahead of the answers."""
    with socket.create_connection(("127.0.0.1", node.port), timeout=60) as connection:
        window = 1 if size > MIB else 32
        for start in range(0, len(targets), window):
            some = targets[start:start + window]
            connection.sendall(
                b"".join(f"GET {each} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for each in some))
            buffer, left = b"", len(some)
            while left:
                while b"\r\n\r\n" not in buffer:
                    piece = connection.recv(1 << 18)
                    assert piece
                    buffer += piece
                head, buffer = buffer.split(b"\r\n\r\n", 1)
                assert head.startswith(b"HTTP/1.1 200 "), head
                wanted = size
                while wanted > len(buffer):
                    wanted -= len(buffer)
                    buffer = connection.recv(1 << 20)
                    assert buffer
                buffer = buffer[wanted:]
                left -= 1


def test_resident_memory_is_what_was_planned(all_stores, node):
    store = all_stores("directory")
    served = node([store.place()], [FROZEN], block="4MiB", memory=TIER, threads=2)
    planned = planned_bytes(served)
    for size in [4 * MIB, 1_024, 64 << 10]:
        # Half as much again as fits, so that all of the tier is used and turned over.
        count = min(TIER * 3 // 2 // size, 1_000_000 if IS_FULL else 30_000)
        folder = store.root / BUCKET / f"size-{size}"
        folder.mkdir()
        data = os.urandom(size)
        for number in range(count):
            (folder / str(number)).write_bytes(data)
        read_many(served, [f"/frozen/size-{size}/{n}" for n in range(count)], size)
        resident, metrics = served.resident_bytes(), served.metrics()
        print(
            f"{count} objects of {size} bytes: resident {resident >> 20} MiB of planned "
            f"{planned >> 20} MiB; tier {metrics('tarn_tier_bytes', tier='memory') / MIB:.0f} of "
            f"{TIER >> 20} MiB, payloads {metrics('tarn_payload_resident_bytes') / MIB:.0f} MiB, "
            f"heap {metrics('tarn_allocated_bytes') / MIB:.0f} MiB")
        assert metrics("tarn_tier_bytes", tier="memory") <= TIER
        assert resident <= planned * 1.1
        for number in range(count):
            (folder / str(number)).unlink()


@pytest.mark.parametrize("flash", [0, 256 * MIB])
def test_more_readers_than_memory_has_blocks_wait_and_are_all_served(flash, all_stores, node):
    store = all_stores("directory")
    # Eight blocks of memory a shard, and sixteen cold objects of five blocks at once.
    served = node([store.place()], [FROZEN], block="1MiB", memory=16 * MIB, flash=flash, threads=2)
    objects = {f"crowd/{number}": content(f"crowd {number}", 5 * MIB) for number in range(16)}
    for key, data in objects.items():
        store.put(key, data)
    for _ in range(2):
        readings = in_parallel(
            [lambda key=key: read_object(served.port, f"/frozen/{key}") for key in objects])
        for reading, data in zip(readings, objects.values()):
            assert reading.status == 200 and reading.is_whole, reading
            assert reading.digest == digest(data)
    assert served.resident_bytes() <= planned_bytes(served) * 1.1
