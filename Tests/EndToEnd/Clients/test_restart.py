"""The end of a node and its next start: what flash holds stays, what was asked is answered."""

import random
import signal
import socket
import threading
import time

import pytest

from lab.content import content, digest
from lab.node import MIB
from lab.process import wait_until
from lab.readers import read_object
from lab.stores import BUCKET

FROZEN = {"name": "frozen", "origin": "store", "container": BUCKET, "consistency": "immutable"}


def put_many(store, prefix: str, count: int, size: int) -> dict[str, str]:
    """Objects in the store; digests by key."""
    digests = {}
    for number in range(count):
        data = content(f"{prefix} {number}", size)
        store.put(f"{prefix}/{number}", data)
        digests[f"{prefix}/{number}"] = digest(data)
    return digests


def read_and_compare(node, digests):
    for key, wanted in digests.items():
        reading = read_object(node.port, f"/frozen/{key}")
        assert reading.status == 200 and reading.digest == wanted, (key, reading)


def flash_is_quiet(node) -> bool:
    metrics = node.metrics()
    return (
        metrics("tarn_flash_operations_under_way") == 0
        and metrics("tarn_flash_fills_total") == metrics("tarn_flash_operations_total", kind="write"))


def test_after_a_clean_stop_flash_answers_without_the_origin(all_stores, node):
    store = all_stores("directory")
    digests = put_many(store, "clean", 40, 1 * MIB)
    served = node(
        [store.place()], [FROZEN], block="1MiB", memory=16 * MIB, flash=256 * MIB, threads=2)
    read_and_compare(served, digests)
    wait_until("all writes to flash have ended", lambda: flash_is_quiet(served))
    held = served.metric("tarn_tier_blocks", tier="flash")
    assert held == 40
    served.stop()
    served.start()
    assert served.metric("tarn_flash_recovered_blocks") == held
    read_and_compare(served, digests)
    metrics = served.metrics()
    assert metrics("tarn_origin_read_bytes_total") == 0
    assert metrics("tarn_block_reads_total", source="flash") == 40
    assert metrics("tarn_flash_corrupt_total") == 0


def test_after_a_kill_under_load_everything_that_flash_acknowledged_is_there(all_stores, node):
    store = all_stores("directory")
    count = 160
    digests = put_many(store, "killed", count, 700_001)
    served = node(
        [store.place()], [FROZEN], block="1MiB", memory=16 * MIB, flash=512 * MIB, threads=2)
    acknowledged = 0
    for turn in range(3):
        stop = threading.Event()
        keys = list(digests)
        random.Random(turn).shuffle(keys)

        def load(part):
            for key in keys[part::4]:
                if stop.is_set():
                    return
                reading = read_object(served.port, f"/frozen/{key}")
                assert not reading.is_whole or reading.digest == digests[key]

        threads = [threading.Thread(target=load, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        wanted = min(count - 10, acknowledged + 40)
        # Taken over and newly written: what flash has said it holds.
        def held() -> float:
            metrics = served.metrics()
            return (
                metrics("tarn_flash_recovered_blocks")
                + metrics("tarn_flash_operations_total", kind="write"))
        wait_until(f"flash has acknowledged {wanted} blocks", lambda: held() >= wanted, 60)
        acknowledged = held()
        served.kill()
        stop.set()
        for thread in threads:
            thread.join()
        served.start()
        recovered = served.metric("tarn_flash_recovered_blocks")
        print(f"acknowledged at least {acknowledged:g}, recovered {recovered:g}")
        assert recovered >= acknowledged
    read_and_compare(served, digests)
    metrics = served.metrics()
    assert metrics("tarn_origin_read_bytes_total") == (count - recovered) * 700_001
    assert metrics("tarn_flash_corrupt_total") == 0


def test_a_reload_changes_eviction_and_flushes_nothing(all_stores, node):
    store = all_stores("directory")
    digests = put_many(store, "reload", 20, 1 * MIB)
    served = node([store.place()], [FROZEN], block="1MiB", memory=64 * MIB, threads=2)
    read_and_compare(served, digests)
    before = served.metrics()
    assert before("tarn_tier_blocks", tier="memory") == 20
    for policy in ["lru", "sieve", "s3fifo"]:
        served.configuration["cache"]["memory"]["eviction"] = policy
        served.reload()
        assert f"eviction: '{policy}'" in served.page("/config")
        assert served.metric("tarn_tier_blocks", tier="memory") == 20
        read_and_compare(served, digests)
    assert served.origin_requests() == before("tarn_origin_requests_total")
    served.configuration["threads"] = 1
    served.reload()
    assert "restart the node to change threads" in served.program.last_lines()
    served.configuration["cache"]["memory"]["eviction"] = "guesswork"
    served.write_configuration()
    served.program.signal(signal.SIGHUP)
    wait_until("the node has complained", lambda: "not reloaded" in served.program.last_lines())
    assert "guesswork" in served.program.last_lines()
    read_and_compare(served, digests)


def test_a_stop_lets_a_slow_download_end(all_stores, node):
    store = all_stores("directory")
    data = content("slow", 48 * MIB)
    store.put("slow", data)
    served = node([store.place()], [FROZEN], block="4MiB", memory=96 * MIB)
    connection = socket.create_connection(("127.0.0.1", served.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
    connection.sendall(b"GET /frozen/slow HTTP/1.1\r\nHost: x\r\n\r\n")
    received = connection.recv(64 << 10)
    head, body = received.split(b"\r\n\r\n", 1)
    assert b" 200 " in head.splitlines()[0]
    pieces, length = [body], len(body)
    # A connection that waits between two requests is closed, not waited for.
    idle = socket.create_connection(("127.0.0.1", served.port))
    served.program.signal(signal.SIGTERM)
    wait_until("the node drains", lambda: "draining" in served.program.last_lines())
    time.sleep(0.2)
    with pytest.raises(OSError):
        late = socket.create_connection(("127.0.0.1", served.port), timeout=5)
        late.sendall(b"GET /frozen/slow HTTP/1.1\r\nHost: x\r\n\r\n")
        if not late.recv(1):
            raise OSError("closed")
    assert served.program.is_running
    while length < len(data):
        piece = connection.recv(1 << 20)
        assert piece, f"cut off after {length} bytes"
        pieces.append(piece)
        length += len(piece)
    assert b"".join(pieces) == data
    connection.settimeout(20)
    assert connection.recv(1) == b""
    idle.settimeout(20)
    assert idle.recv(1) == b""
    assert served.program.process.wait(20) == 0


def test_a_download_that_outlasts_the_drain_is_cut_off_and_the_node_ends(all_stores, node):
    store = all_stores("directory")
    data = content("slow", 48 * MIB)
    store.put("slow", data)
    served = node(
        [store.place()], [FROZEN], block="4MiB", memory=96 * MIB, arguments=["--drain", "1"])
    connection = socket.create_connection(("127.0.0.1", served.port))
    connection.sendall(b"GET /frozen/slow HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    served.program.signal(signal.SIGTERM)
    assert served.program.process.wait(20) == 0
