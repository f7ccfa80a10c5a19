"""Fixtures of the tests of a whole node, with real stores and real clients."""

import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from lab import stores  # noqa: E402
from lab.node import Node, node_binary  # noqa: E402


def pytest_sessionstart(session):
    if not os.access(node_binary(), os.X_OK):
        pytest.exit(f"{node_binary()} is missing: run make build, or name one by TARN_NODE_BIN", 2)


@pytest.fixture(scope="session")
def scratch():
    """A folder that goes when the tests end."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tarn-clients-"))
    yield folder
    if os.environ.get("TARN_KEEP_FOLDERS"):
        print(f"kept {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def folder(scratch):
    return pathlib.Path(tempfile.mkdtemp(dir=scratch))


def _open(kind: str, scratch: pathlib.Path):
    program = stores.PROGRAMS.get(kind)
    if program and (problem := stores.missing(program)):
        pytest.skip(problem)
    return stores.STORES[kind](pathlib.Path(tempfile.mkdtemp(dir=scratch)))


@pytest.fixture(scope="session")
def all_stores(scratch):
    """Stores by name, started when first asked for."""
    opened = {}

    def store(kind: str):
        if kind not in opened:
            opened[kind] = _open(kind, scratch)
        return opened[kind]

    yield store
    for each in opened.values():
        each.close()


@pytest.fixture
def node(folder):
    """Starts nodes that end with the test, in order unless the test fails."""
    nodes = []

    def start(*arguments, **settings):
        nodes.append(Node(folder / f"node-{len(nodes)}", *arguments, **settings))
        return nodes[-1]

    yield start
    problems = []
    for each in nodes:
        try:
            each.stop()
        except AssertionError as problem:
            problems.append(str(problem))
    assert not problems, "\n".join(problems)
