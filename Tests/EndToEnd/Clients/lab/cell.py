"""Nodes that pool one cache: one process each, on loopback."""

import pathlib

from .node import Node
from .process import free_ports, wait_until


class Cell:
    """`count` nodes with one thread each that serve the same origin.

    `discovery` says how they find each other: by default a list of all.
    """

    def __init__(
        self, folder: pathlib.Path, count: int, origins: list[dict], containers: list[dict],
        discovery: dict | None = None, hosts: list[str] | None = None,
        before_start=lambda node: None, **settings):
        ports = free_ports(3 * count)
        hosts = hosts or ["127.0.0.1"] * count
        peers = ports[2 * count:]
        if discovery and "dns" in discovery:
            peers = [discovery["dns"]["port"]] * count
        places = [f"{host}:{port}" for host, port in zip(hosts, peers)]
        self.nodes = []
        for number in range(count):
            cell = {
                "name": "test", "listen": places[number], "capacity": count,
                **(discovery or {"nodes": places})}
            if discovery and "etcd" not in discovery:
                cell["ordinal"] = number
            node = Node(
                folder / f"member-{number}", origins, containers, threads=1, start=False,
                ports=(ports[number], ports[count + number]), cell=cell, **settings)
            before_start(node)
            node.start(wait=False)
            self.nodes.append(node)
        for node in self.nodes:
            node.wait()

    def wait_until_joined(self, count: int | None = None, seconds: float = 30.0):
        """Waits until every node that runs sees `count` members. Links open when they are used."""
        wanted = count or len(self.nodes)

        def joined() -> bool:
            for node in self.nodes:
                if not node.program.is_running:
                    continue
                if node.metric("tarn_cell_members") != wanted:
                    return False
            return True

        wait_until(f"{wanted} nodes see each other", joined, seconds, pause=0.1)

    def sum(self, name: str, **labels) -> float:
        return sum(node.metric(name, **labels) for node in self.nodes if node.program.is_running)

    def __enter__(self):
        return self

    def __exit__(self, kind, _error, _trace):
        for node in self.nodes:
            if kind is None and node.program.is_running:
                # All at once: a node alone must not wait for peers that are gone.
                node.program.process.terminate()
        for node in self.nodes:
            if kind is None:
                node.stop_or_gone()
            else:
                node.program.kill()
        if kind is not None:
            print(f"--- the first node's log\n{self.nodes[0].program.last_lines()}")
