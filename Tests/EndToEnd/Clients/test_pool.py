"""A cell of nodes: one read of the origin a block, and no harm done when a node dies."""

import os
import subprocess
import threading
import time

import pytest

from lab.cell import Cell
from lab.content import content, digest
from lab.node import MIB
from lab.process import Program, free_ports, tool, wait_until
from lab.proxy import CountingProxy
from lab.readers import in_parallel, read_object
from lab.stores import BUCKET

FROZEN = {"name": "frozen", "origin": "store", "container": BUCKET, "consistency": "immutable"}
IS_FULL = bool(os.environ.get("TARN_FULL_POOL"))
SIZE = (10 << 30) if IS_FULL else 256 * MIB
BLOCK = 4 * MIB


def read_all(nodes, key, timeout=600.0 if IS_FULL else 60.0):
    return in_parallel(
        [lambda node=node: read_object(node.port, f"/frozen/{key}", timeout=timeout)
         for node in nodes])


def write_large(path, size: int) -> str:
    """Writes an object of the directory store in pieces; its digest."""
    import hashlib
    hashed = hashlib.sha256()
    with open(path, "wb") as file:
        for offset in range(0, size, 64 * MIB):
            piece = content(f"large {offset}", min(64 * MIB, size - offset))
            hashed.update(piece)
            file.write(piece)
    return hashed.hexdigest()


def test_twelve_nodes_read_a_cold_object_at_once_and_the_origin_gives_each_block_once(
    all_stores, folder
):
    store = all_stores("directory")
    wanted = write_large(store.root / BUCKET / "cold", SIZE)
    # Twelve nodes and their clients share a few cores here: a quarter of a second's silence means
    # nothing. Room for all that a node owns and reads: what is evicted would be read again.
    patient = {"peer_patience": "20s", "ping_timeout": "20s"}
    with Cell(
        folder, 12, [store.place()], [FROZEN], block="4MiB", memory=(1 << 30) if IS_FULL else
        192 * MIB, flash=(3 << 30) if IS_FULL else 384 * MIB, fetch=patient,
    ) as cell:
        cell.wait_until_joined()
        readings = read_all(cell.nodes, "cold")
        for reading in readings:
            assert (reading.status, reading.digest) == (200, wanted), reading
        blocks = SIZE // BLOCK
        read = cell.sum("tarn_origin_read_bytes_total")
        sources = {
            source: cell.sum("tarn_block_reads_total", source=source)
            for source in ["memory", "flash", "peer", "origin", "none"]}
        others = {
            name: cell.sum(f"tarn_{name}_total") for name in [
                "hedges", "suspicions", "coalesced", "asks_redirected", "peer_drops",
                "flash_fills_skipped", "evictions"]}
        print(
            f"{read / BLOCK:g} blocks of {blocks} read from the origin; reads: {sources}; {others}")
        assert read == SIZE
    (store.root / BUCKET / "cold").unlink()


def test_the_origin_s_own_count_agrees(all_stores, folder):
    store = all_stores("seaweed")
    data = content("counted", 48 * MIB)
    store.put("counted", data)
    proxy = CountingProxy(store.endpoint)
    try:
        with Cell(
            folder, 4, [store.place(proxy.endpoint)], [FROZEN], block="4MiB", memory=96 * MIB,
        ) as cell:
            cell.wait_until_joined()
            for reading in read_all(cell.nodes, "counted"):
                assert reading.digest == digest(data), reading
            counts = proxy.blocks()
            assert len(counts) == 12
            assert set(counts.values()) == {1}, counts
            asked = cell.sum("tarn_origin_requests_total")
            assert asked == sum(proxy.counts.values())
    finally:
        proxy.close()


def test_a_node_killed_in_the_middle_spoils_no_read_through_the_others(all_stores, folder):
    store = all_stores("seaweed")
    data = content("survivor", 96 * MIB)
    store.put("survivor", data)
    proxy = CountingProxy(store.endpoint)
    try:
        with Cell(
            folder, 6, [store.place(proxy.endpoint)], [FROZEN], block="1MiB", memory=128 * MIB,
        ) as cell:
            cell.wait_until_joined()
            # Slow enough that the death falls into the middle of all reads.
            proxy.seconds_per_request = 0.05
            victim, others = cell.nodes[2], cell.nodes[:2] + cell.nodes[3:]
            seen = {}

            def kill_and_look():
                wait_until(
                    "a third of the blocks are read",
                    lambda: len(proxy.blocks()) > 32, 60, pause=0.005)
                victim.kill()
                died = time.monotonic()
                wait_until(
                    "a node suspects the dead one",
                    lambda: any(node.metric("tarn_suspicions_total") > 0 for node in others), 10,
                    pause=0.005)
                seen["seconds"] = time.monotonic() - died
                seen["blocks"] = len(proxy.blocks())

            killer = threading.Thread(target=kill_and_look)
            killer.start()
            readings = read_all(others, "survivor")
            killer.join()
            for reading in readings:
                assert reading.status == 200 and reading.is_whole, reading
                assert reading.digest == digest(data)
            print(
                f"suspected {seen['seconds'] * 1000:.0f} ms after its death, with "
                f"{seen['blocks']} of 96 blocks read; the origin gave "
                f"{sum(proxy.blocks().values())} in all")
            # Read again only what the dead node alone may have had or been fetching.
            assert sum(proxy.blocks().values()) <= 96 + 48
            # A list names it still; reads go on without it all the same.
            for reading in read_all(others, "survivor"):
                assert reading.digest == digest(data)
    finally:
        proxy.close()


# Discovery


def read_through_a_small_cell(cell, store):
    cell.wait_until_joined(3)
    data = content("small cell", 12 * MIB)
    store.put("small-cell", data)
    for reading in read_all(cell.nodes, "small-cell"):
        assert reading.digest == digest(data), reading
    assert cell.sum("tarn_origin_read_bytes_total") == len(data)


def test_nodes_that_meet_in_etcd(all_stores, folder):
    if not tool("etcd"):
        pytest.skip("etcd is missing: apt-get install etcd-server")
    client, peer = free_ports(2)
    etcd = Program(
        [
            tool("etcd"), "--data-dir", folder / "etcd-data", "--listen-client-urls",
            f"http://127.0.0.1:{client}", "--advertise-client-urls", f"http://127.0.0.1:{client}",
            "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls",
            f"http://127.0.0.1:{peer}", "--initial-cluster", f"default=http://127.0.0.1:{peer}",
        ], folder / "etcd")
    try:
        etcd.wait_for(f"http://127.0.0.1:{client}/health")
        store = all_stores("directory")
        meeting = {"etcd": {"endpoints": [f"http://127.0.0.1:{client}"]}}
        with Cell(
            folder, 3, [store.place()], [FROZEN], discovery=meeting, block="1MiB"
        ) as cell:
            read_through_a_small_cell(cell, store)
            cell.nodes[1].stop()
            cell.nodes[1].was_killed = True
            cell.wait_until_joined(2)
    finally:
        etcd.kill()


def test_nodes_that_meet_by_name(all_stores, folder):
    """A name with three addresses, as a headless service has: in a mount namespace's /etc/hosts."""
    hosts = folder / "hosts"
    addresses = ["127.0.0.11", "127.0.0.12", "127.0.0.13"]
    hosts.write_text("".join(f"{each} cell.tarn.test\n" for each in addresses))
    enter = ["unshare", "--map-root-user", "--mount"]
    script = f'mount --bind "{hosts}" /etc/hosts && exec "$@"'
    if subprocess.run([*enter, "sh", "-c", script, "sh", "true"], capture_output=True).returncode:
        pytest.skip("no mount namespace may be made here, so a name cannot be given addresses")
    store = all_stores("directory")
    [port] = free_ports(1)
    name = {"dns": {"name": "cell.tarn.test", "port": port, "every": "1s"}}
    with Cell(
        folder, 3, [store.place()], [FROZEN], discovery=name, hosts=addresses, block="1MiB",
        before_start=lambda node: setattr(node, "wrapper", [*enter, "sh", "-c", script, "sh"]),
    ) as cell:
        read_through_a_small_cell(cell, store)
