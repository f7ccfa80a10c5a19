"""A node: the daemon with a configuration, its metrics, and a client for it."""

import json
import os
import pathlib
import re
import signal
import urllib.request

import boto3
import botocore.config

from .process import Program, free_ports, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[4]
MIB = 1 << 20
LINE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def node_binary() -> str:
    return os.environ.get("TARN_NODE_BIN") or str(ROOT / ".build/release/tarn-node")


def tarn_binary() -> str:
    return os.environ.get("TARN_BIN") or str(ROOT / ".build/release/tarn")


def s3_client(endpoint: str, keys: tuple[str, str] = ("anyone", "no-secret"), **options):
    """A client of boto3 that tries once, so that a failure is seen, and pools connections."""
    settings = {
        "retries": {"total_max_attempts": 1}, "max_pool_connections": 64,
        "s3": {"addressing_style": "path"}, "signature_version": "s3v4", "read_timeout": 120,
        **options}
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1], config=botocore.config.Config(**settings))


class Metrics:
    """One scrape of a node."""

    def __init__(self, text: str):
        self.samples = []
        for line in text.splitlines():
            match = LINE.match(line)
            if match and not line.startswith("#"):
                labels = dict(LABEL.findall(match[2] or ""))
                self.samples.append((match[1], labels, float(match[3])))

    def __call__(self, name: str, **labels) -> float:
        """The sum of the metric's samples that have these labels."""
        found = [
            value for each, own, value in self.samples
            if each == name and labels.items() <= own.items()]
        assert found or any(each == name for each, _, _ in self.samples), f"no metric {name}"
        return sum(found)


class Node:
    """`tarn-node` with its own folder and ports.

    Containers that are not configured are served as `validate`.
    """

    def __init__(
        self, folder: pathlib.Path, origins: list[dict], containers: list[dict] | None = None,
        memory: int = 64 * MIB, flash: int = 0, threads: int = 1, start: bool = True,
        ports: tuple[int, int] | None = None, arguments: list[str] | None = None,
        fetch: dict | None = None, **settings):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port, self.admin_port = ports or free_ports(2)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        everything_else = {"name": "*", "origin": origins[0]["name"], "consistency": "validate"}
        self.configuration = {
            "threads": threads, "listen": f"127.0.0.1:{self.port}",
            "admin": f"127.0.0.1:{self.admin_port}", "origins": origins,
            "containers": (containers or []) + [everything_else],
            "cache": {
                "memory": {"capacity": f"{memory}B"},
                "flash": {"capacity": f"{flash}B", "segment": "16MiB", "fill": "all-on-fill"}},
            "flash": {"directory": str(folder / "flash")},
            **settings}
        if fetch:
            self.configuration["cache"]["fetch"] = fetch
        self.arguments = arguments or []
        self.program = None
        self.was_killed = False
        # A command that starts the daemon in surroundings of its own.
        self.wrapper = []
        if start:
            self.start()

    # Life

    def write_configuration(self):
        # JSON is YAML.
        (self.folder / "node.yaml").write_text(json.dumps(self.configuration, indent=1))

    def start(self, wait: bool = True):
        self.write_configuration()
        if self.program is None:
            self.program = Program(
                [
                    *self.wrapper, node_binary(), "--config", self.folder / "node.yaml",
                    *self.arguments,
                ],
                self.folder)
        else:
            self.program.start()
        if wait:
            self.wait()
        return self

    def wait(self):
        self.program.wait_for(f"http://127.0.0.1:{self.admin_port}/readyz")

    def stop(self):
        """Ends it in order, and says so if it did not."""
        if self.program is not None and self.program.is_running:
            status = self.program.stop()
            assert status == 0, f"the node ended with {status}:\n{self.program.last_lines()}"

    def kill(self):
        self.program.kill()
        self.was_killed = True

    def stop_or_gone(self):
        """Waits for the end of a node that was told to stop, unless the test killed it."""
        if not self.was_killed:
            status = self.program.process.wait(30)
            assert status == 0, f"the node ended with {status}:\n{self.program.last_lines()}"

    def reload(self):
        """Makes it read its configuration again."""
        self.write_configuration()
        before = self.program.log.read_text(errors="replace").count("reloaded")
        self.program.signal(signal.SIGHUP)
        wait_until(
            "the node has reloaded",
            lambda: self.program.log.read_text(errors="replace").count("reloaded") > before, 10)

    def __enter__(self):
        return self

    def __exit__(self, kind, _error, _trace):
        if kind is None:
            self.stop()
        elif self.program is not None:
            self.program.kill()
            print(f"--- the node's log\n{self.program.last_lines()}")

    # Looking

    def page(self, path: str) -> str:
        url = f"http://127.0.0.1:{self.admin_port}{path}"
        with urllib.request.urlopen(url, timeout=30) as response:
            return response.read().decode()

    def metrics(self) -> Metrics:
        return Metrics(self.page("/metrics"))

    def metric(self, name: str, **labels) -> float:
        return self.metrics()(name, **labels)

    def origin_requests(self) -> float:
        return self.metric("tarn_origin_requests_total")

    def resident_bytes(self) -> int:
        """Memory of the process that is not a file's, in bytes (proc(5), status)."""
        for line in open(f"/proc/{self.program.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the kernel tells no VmRSS")

    def client(self, **options):
        return s3_client(self.endpoint, **options)
