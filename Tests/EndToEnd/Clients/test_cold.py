"""Objects that a node knows nothing of: what the first read of each costs the origin."""

import pytest

from lab.cell import Cell
from lab.content import content, digest
from lab.node import MIB
from lab.proxy import CountingProxy
from lab.readers import in_parallel, read_object
from lab.stores import BUCKET

FROZEN = {"name": "frozen", "origin": "store", "container": BUCKET, "consistency": "immutable"}


@pytest.mark.parametrize("kind", ["seaweed", "rclone", "moto"])
def test_a_cold_object_costs_one_request_for_each_block(kind, all_stores, node):
    store = all_stores(kind)
    sizes = {"empty": 0, "small": 3_000, "block": MIB, "two": MIB + 1}
    data = {name: content(name, size) for name, size in sizes.items()}
    for name, body in data.items():
        store.put(f"cold/{name}", body)
    proxy = CountingProxy(store.endpoint)
    try:
        served = node([store.place(proxy.endpoint)], [FROZEN], block="1MiB", memory=64 * MIB)
        for name, body in data.items():
            readings = in_parallel(
                [lambda name=name: read_object(served.port, f"/frozen/cold/{name}")] * 8)
            for reading in readings:
                assert reading.status == 200 and reading.digest == digest(body), (name, reading)
        asked = {name: [] for name in data}
        for (method, path, span), count in proxy.counts.items():
            # Listings of buckets are of the node's own start.
            if "/cold/" in path:
                asked[path.split("/")[-1]] += [(method, span)] * count
        assert asked["small"] == [("GET", "bytes=0-1048575")], asked
        assert asked["block"] == [("GET", "bytes=0-1048575")], asked
        assert sorted(asked["two"]) == [
            ("GET", "bytes=0-1048575"), ("GET", "bytes=1048576-1048576")], asked
        # No range lies in an empty object, so it takes a HEAD to know it, unless the answer is all of it.
        assert asked["empty"][0] == ("GET", "bytes=0-1048575"), asked
        assert set(asked["empty"][1:]) <= {("HEAD", None)}, asked
    finally:
        proxy.close()


def test_a_cold_object_costs_a_whole_cell_no_more(all_stores, folder):
    store = all_stores("seaweed")
    data = {f"{number}": content(f"cell {number}", 3_000) for number in range(40)}
    data["two"] = content("cell two", MIB + 1)
    for name, body in data.items():
        store.put(f"cell-cold/{name}", body)
    proxy = CountingProxy(store.endpoint)
    try:
        # A busy machine's silence means nothing.
        patient = {"peer_patience": "20s", "ping_timeout": "20s"}
        with Cell(
            folder, 4, [store.place(proxy.endpoint)], [FROZEN], block="1MiB", memory=64 * MIB,
            fetch=patient,
        ) as cell:
            cell.wait_until_joined()
            for name, body in data.items():
                readings = in_parallel([
                    lambda name=name, node=node: read_object(node.port, f"/frozen/cell-cold/{name}")
                    for node in cell.nodes])
                for reading in readings:
                    assert reading.status == 200 and reading.digest == digest(body), (name, reading)
        asked = {name: [] for name in data}
        for (method, path, span), count in proxy.counts.items():
            if "/cell-cold/" in path:
                asked[path.split("/")[-1]] += [(method, span)] * count
        assert sorted(asked.pop("two")) == [
            ("GET", "bytes=0-1048575"), ("GET", "bytes=1048576-1048576")]
        assert set(map(tuple, asked.values())) == {(("GET", "bytes=0-1048575"),)}, asked
    finally:
        proxy.close()
