"""Objects that change behind the node: no body mixes versions, and none is older than was promised."""

import os
import threading
import time

import pytest

from lab.content import content, digest
from lab.node import MIB
from lab.process import wait_until
from lab.readers import read_object
from lab.stores import BUCKET

CONTAINERS = [
    {"name": "immutable", "origin": "store", "container": BUCKET, "consistency": "immutable"},
    {"name": "ttl", "origin": "store", "container": BUCKET, "consistency": "1s"},
    {"name": "validate", "origin": "store", "container": BUCKET, "consistency": "validate"},
]
IS_FULL = bool(os.environ.get("TARN_FULL_CONSISTENCY"))
ROUNDS = 60 if IS_FULL else 3
READERS = 12 if IS_FULL else 5


@pytest.mark.parametrize("kind", ["directory", "seaweed", "rclone"])
@pytest.mark.parametrize("size", [2 * MIB + 7])
def test_how_old_a_read_may_be(kind, size, all_stores, node):
    store = all_stores(kind)
    served = node([store.place()], CONTAINERS, block="1MiB")
    key = f"age/{kind}"
    versions = [content(f"version {number}", size + number) for number in range(3)]
    by_digest = {digest(data): number for number, data in enumerate(versions)}

    def version_read(container: str) -> int:
        reading = read_object(served.port, f"/{container}/{key}")
        assert reading.status == 200 and reading.is_whole, (container, reading)
        assert reading.digest in by_digest, (container, "a body that no version had")
        return by_digest[reading.digest]

    for number, data in enumerate(versions):
        store.put(key, data)
        stored = time.monotonic()
        assert version_read("validate") == number
        version_read("ttl")
        assert version_read("immutable") == 0
        time.sleep(max(0.0, stored + 1.0 - time.monotonic()))
        assert version_read("ttl") == number
    store.put(key, versions[0])


@pytest.mark.parametrize("kind", ["directory", "seaweed", "rclone"])
def test_a_write_through_the_node_is_seen_at_once_in_its_container(kind, all_stores, node):
    store = all_stores(kind)
    served = node([store.place()], CONTAINERS, block="1MiB")
    s3 = served.client()
    for container in ["ttl", "validate", "immutable"]:
        for number in range(4):
            data = content(f"{container} {number}", 1_500_000 + number)
            s3.put_object(Bucket=container, Key=f"through/{container}", Body=data)
            answer = s3.get_object(Bucket=container, Key=f"through/{container}")
            assert answer["Body"].read() == data, (container, number)


@pytest.mark.parametrize("container", ["validate", "ttl"] if IS_FULL else ["validate"])
@pytest.mark.parametrize("kind", ["directory", "seaweed", "rclone"])
def test_no_body_mixes_versions_while_the_object_is_replaced(kind, container, all_stores, node):
    store = all_stores(kind)
    served = node([store.place()], CONTAINERS, block="4MiB", memory=96 * MIB, threads=2)
    key, size = f"replaced/{kind}", 64 * MIB
    # Two sizes: a version's end cannot be told from its length alone.
    versions = [content(f"round {number}", size - (number % 2)) for number in range(3)]
    digests = {digest(data): number for number, data in enumerate(versions)}
    store.put(key, versions[0])
    readings, etags, stop = [], {}, threading.Event()

    def read_on():
        while not stop.is_set():
            readings.append(read_object(served.port, f"/{container}/{key}"))

    threads = [threading.Thread(target=read_on) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    seen = 0
    for number in range(1, ROUNDS + 1):
        # Others are in the middle of it when a reader has all of this version: replace it now.
        current = digest(versions[(number - 1) % 3])
        wait_until(
            f"version {number - 1} was read",
            lambda: any(
                reading.is_whole and reading.digest == current
                for reading in readings[seen:]), 60)
        seen = len(readings)
        store.put(key, versions[number % 3])
    stop.set()
    for thread in threads:
        thread.join()
    last = read_object(served.port, f"/validate/{key}")
    assert digests.get(last.digest) == ROUNDS % 3, last
    whole = [reading for reading in readings if reading.is_whole and reading.status == 200]
    refused = [reading.status for reading in readings if reading.status != 200]
    for reading in whole:
        assert reading.digest in digests, "a body mixes versions"
        # One version has one ETag only where that is a hash; but an ETag is of one version.
        assert etags.setdefault(reading.etag, reading.digest) == reading.digest
    print(
        f"{kind}, {container}: {len(whole)} whole bodies of {len(etags)} versions, "
        f"{len(readings) - len(whole) - len(refused)} cut off, others: {sorted(set(refused))}")
    assert len(whole) >= ROUNDS and len(etags) >= 2
    assert set(refused) <= {503, 500}
