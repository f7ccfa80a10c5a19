"""s3fs through a node, judged by difference: what passes at the store itself passes at the node."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from lab.content import content
from lab.node import MIB
from lab.readers import in_parallel
from lab.stores import BUCKET, KEYS

CLIENT = ("CLIENT", "client-secret")
IS_FULL = bool(os.environ.get("TARN_FULL_SUITE"))
# Each class of the suite takes its time at SeaweedFS, which lists slowly.
CLASSES = "Test" if IS_FULL else "TestOpen or TestPipe or TestGet"
SUITE = pathlib.Path(__file__).parent / "fsspec_suite.py"


def run_suite(endpoint: str, keys: tuple[str, str], bucket: str) -> dict[str, str]:
    """Outcomes by test."""
    environment = {
        **os.environ, "TARN_SUITE_ENDPOINT": endpoint, "TARN_SUITE_KEY": keys[0],
        "TARN_SUITE_SECRET": keys[1], "TARN_SUITE_BUCKET": bucket}
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-rA", "--tb=line", "-q", "-p", "no:cacheprovider",
            "--noconftest", "-k", CLASSES, SUITE,
        ], env=environment, capture_output=True, text=True, timeout=280)
    outcomes = dict(
        (name, outcome) for outcome, name in re.findall(
            r"^(PASSED|FAILED|ERROR) \S*::(\w+::\S+)", done.stdout, re.MULTILINE))
    assert len(outcomes) > (100 if IS_FULL else 30), done.stdout[-3_000:] + done.stderr[-3_000:]
    return outcomes


def test_the_suite_of_fsspec_passes_where_it_passes_at_the_store(all_stores, node):
    pytest.importorskip("s3fs", reason="pip install s3fs")
    store = all_stores("seaweed")
    tenants = [{"name": "c", "access_key": CLIENT[0], "secret_key": CLIENT[1], "writes": True}]
    store.client().create_bucket(Bucket="direct")
    served = node([store.place()], tenants=tenants, block="1MiB", threads=2)
    at_store, at_node = in_parallel([
        lambda: run_suite(store.endpoint, KEYS, "direct"),
        lambda: run_suite(served.endpoint, CLIENT, BUCKET)])
    worse = [
        name for name, outcome in at_store.items()
        if outcome == "PASSED" and at_node.get(name) != "PASSED"]
    better = [name for name in at_node if at_node[name] == "PASSED" != at_store.get(name)]
    print(
        f"at the store {list(at_store.values()).count('PASSED')} of {len(at_store)} pass, at the "
        f"node {list(at_node.values()).count('PASSED')}; only at the node: {better}")
    assert not worse


def test_s3fs_reads_in_pieces_and_again_from_the_cache(all_stores, node):
    s3fs = pytest.importorskip("s3fs", reason="pip install s3fs")
    store = all_stores("seaweed")
    data = content("fsspec", 7 * MIB + 3)
    store.put("fsspec/object", data)
    frozen = {
        "name": "frozen", "origin": "store", "container": BUCKET, "consistency": "immutable"}
    served = node([store.place()], [frozen], block="1MiB")
    files = s3fs.S3FileSystem(
        anon=True, client_kwargs={"endpoint_url": served.endpoint}, skip_instance_cache=True)
    for turn in range(2):
        before = served.origin_requests()
        with files.open("frozen/fsspec/object", "rb", block_size=700_000) as file:
            pieces = []
            while piece := file.read(100_003):
                pieces.append(piece)
            file.seek(5_000_000)
            assert file.read(10) == data[5_000_000:5_000_010]
        assert b"".join(pieces) == data
    assert served.origin_requests() == before
