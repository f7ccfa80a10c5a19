"""The cell: a tarn-node in each namespace, with the cache that the scenario has too."""
import json, os, signal, subprocess, time

from origin import BUCKET

PEER_PORT, CLIENT_PORT, ADMIN_PORT = 7072, 7070, 7071


def cache(options):
    """The `cache` section, word for word the same in the nodes' files and in the scenario."""
    return f"""\
cache:
  memory: {{capacity: {options.memory}, eviction: {options.eviction}}}
  flash: {{capacity: {options.flash}, segment: {options.segment}}}
  budget: {{requests: 20000/s, bytes: 6.25GB/s}}
"""


class Cell:
    """`wires` joins the nodes; everything that they write lies in `folder`."""

    def __init__(self, options, wires, names, endpoint, folder):
        self.options, self.wires, self.names, self.folder = options, wires, names, folder
        self.processes = []
        places = ", ".join(f"{wires.address(name)}:{PEER_PORT}" for name in names)
        for ordinal, name in enumerate(names):
            home = os.path.join(folder, name)
            os.makedirs(home)
            with open(os.path.join(home, "node.yaml"), "w") as file:
                file.write(self.configuration(ordinal, name, places, endpoint, home))

    def configuration(self, ordinal, name, places, endpoint, home):
        address = self.wires.address(name)
        return f"""\
# One shard: the simulator has one core for each node, and shards divide a node's memory.
threads: 1
listen: 127.0.0.1:{CLIENT_PORT}
admin: 127.0.0.1:{ADMIN_PORT}
block: {self.options.block}
{cache(self.options)}flash: {{directory: {home}/flash}}
origins: [{{name: store, kind: s3, endpoint: "{endpoint}"}}]
containers: [{{name: {BUCKET}, consistency: immutable}}]
cell:
  name: bench
  listen: {address}:{PEER_PORT}
  ordinal: {ordinal}
  capacity: {len(self.names)}
  secret: measured-against-predicted
  nodes: [{places}]
recording: {{directory: {home}/recorded, decisions: true}}
log: {{level: warning}}
"""

    def start(self):
        for name in self.names:
            home = os.path.join(self.folder, name)
            log = open(os.path.join(home, "log"), "w")
            command = [self.options.node, "--config", os.path.join(home, "node.yaml")]
            self.processes.append(subprocess.Popen(self.wires.inside(name, command), stdout=log, stderr=log))
        for name in self.names:
            self.wait(name)

    def wait(self, name, seconds=60):
        """Until the node is ready and sees the whole cell."""
        until, heard = time.monotonic() + seconds, ""
        while time.monotonic() < until:
            heard = self.metrics(name)
            if value(heard, "tarn_cell_members") == len(self.names):
                return
            time.sleep(0.5)
        with open(os.path.join(self.folder, name, "log")) as log:
            raise SystemExit(f"sim-vs-node: node {name} is not ready after {seconds} s: it sees "
                             f"{value(heard, 'tarn_cell_members')} members; its log:\n{log.read()[-2000:]}")

    def metrics(self, name):
        command = ["curl", "-s", f"http://127.0.0.1:{ADMIN_PORT}/metrics"]
        return subprocess.run(self.wires.inside(name, command), capture_output=True, text=True).stdout

    def stop(self):
        """Lets the nodes finish their recordings."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []

    def seconds(self):
        """Processor seconds of all nodes so far."""
        return sum(processor_seconds(process.pid) for process in self.processes)


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def value(text, name, label=""):
    """A metric's sum over its lines that hold `label`; None if there are none."""
    found = [line.rsplit(" ", 1)[1] for line in text.splitlines()
             if line.startswith((name + " ", name + "{")) and label in line]
    return sum(map(float, found)) if found else None
