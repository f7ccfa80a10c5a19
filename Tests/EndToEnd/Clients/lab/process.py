"""Programs that run beside a test: started with a log, stopped by their own id."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on; all different."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def tool(name: str) -> str | None:
    """A program beside this Python, or on the path."""
    beside = pathlib.Path(sys.executable).parent / name
    if os.access(beside, os.X_OK):
        return str(beside)
    for folder in os.environ.get("PATH", "").split(":"):
        if os.access(f"{folder}/{name}", os.X_OK):
            return f"{folder}/{name}"
    return None


def wait_until(what: str, is_true, seconds: float = 30.0, pause: float = 0.02):
    """Waits for a condition; fails with what it waited for."""
    end = time.monotonic() + seconds
    while True:
        value = is_true()
        if value:
            return value
        assert time.monotonic() < end, f"waited {seconds:g} s in vain until {what}"
        time.sleep(pause)


class Program:
    """A process in a folder of its own, its output in `log`."""

    def __init__(self, arguments: list[str], folder: pathlib.Path, environment: dict | None = None):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.arguments = [str(argument) for argument in arguments]
        self.environment = {**os.environ, **(environment or {})}
        self.log = folder / "log"
        self.process = None
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.arguments, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def last_lines(self, count: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def signal(self, number: int):
        self.process.send_signal(number)

    def kill(self):
        """Ends it as a crash would."""
        if self.is_running:
            self.process.kill()
        self.process.wait()

    def stop(self, seconds: float = 20.0) -> int:
        """Ends it in order; its exit status."""
        if self.is_running:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(
                    f"{self.arguments[0]} did not end {seconds:g} s after SIGTERM:\n"
                    + self.last_lines())
        return self.process.returncode

    def wait_for(self, url: str, seconds: float = 60.0):
        """Waits until it answers a GET of the URL at all, or with 200 if it is a node."""

        def answers():
            assert self.is_running, f"{self.arguments[0]} ended:\n{self.last_lines()}"
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return True
            except urllib.error.HTTPError as error:
                return error.code != 503
            except OSError:
                return False

        wait_until(f"{self.arguments[0]} answers {url}", answers, seconds, pause=0.05)
