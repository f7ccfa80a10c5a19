"""Network namespaces with shaped links: one for each node, one for the origin, joined by a bridge in
a namespace of its own, so that nothing of it is seen from outside and one command removes all."""
import os, shutil, subprocess


class Wires:
    """`names` are the ends; end i has the address 10.77.0.(i + 1) and a link of `rates[i]` bits a second
    in each direction. Use it with `with`: the namespaces are removed at the end, whatever happens."""

    def __init__(self, names, rates):
        self.names, self.rates = names, rates
        self.prefix = f"tarn{os.getpid()}"
        self.hub = f"{self.prefix}-hub"

    @staticmethod
    def problem():
        """Why this machine cannot have them, and the cure; None if it can."""
        for tool in ("ip", "tc"):
            if shutil.which(tool) is None:
                return f"{tool} is missing: install iproute2 (apt-get install iproute2)"
        if os.geteuid() != 0:
            return ("network namespaces need root: run it as root, or as root of a namespace of your own: "
                    "unshare --map-root-user --net --mount sh -c "
                    "'mount -t tmpfs none /run && Benchmarks/sim-vs-node'")
        return None

    def space(self, name):
        return f"{self.prefix}-{name}"

    def address(self, name):
        return f"10.77.0.{self.names.index(name) + 1}"

    def inside(self, name, command):
        """`command` as it runs in the namespace of `name`."""
        return ["ip", "netns", "exec", self.space(name)] + command

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        for space in [self.hub] + [self.space(name) for name in self.names]:
            subprocess.run(["ip", "netns", "del", space], stderr=subprocess.DEVNULL)

    def _build(self):
        run("ip", "netns", "add", self.hub)
        run("ip", "-n", self.hub, "link", "add", "bridge", "type", "bridge")
        run("ip", "-n", self.hub, "link", "set", "bridge", "up")
        for index, (name, rate) in enumerate(zip(self.names, self.rates)):
            space, port = self.space(name), f"port{index}"
            run("ip", "netns", "add", space)
            run("ip", "-n", self.hub, "link", "add", port, "type", "veth", "peer", "name", "wire", "netns", space)
            run("ip", "-n", self.hub, "link", "set", port, "master", "bridge", "up")
            run("ip", "-n", space, "addr", "add", f"{self.address(name)}/24", "dev", "wire")
            run("ip", "-n", space, "link", "set", "wire", "up")
            run("ip", "-n", space, "link", "set", "lo", "up")
            shape(space, "wire", rate)
            shape(self.hub, port, rate)


def shape(space, device, rate):
    """A token bucket that sends nearly nothing at once, and behind it a queue for each flow, as NICs of
    Linux have: a small message does not wait behind all of a large answer. Without fq_codel or sfq in
    the kernel the bucket has one queue."""
    run("tc", "-n", space, "qdisc", "add", "dev", device, "root", "handle", "1:", "tbf",
        "rate", f"{rate}bit", "burst", "16kb", "limit", "8mb")
    for queue in (["fq_codel", "ecn"], ["sfq"]):
        done = subprocess.run(["tc", "-n", space, "qdisc", "add", "dev", device, "parent", "1:1"] + queue,
                              stderr=subprocess.DEVNULL)
        if done.returncode == 0:
            return


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"sim-vs-node: {' '.join(command)}: {done.stderr.strip() or 'failed'}")
