"""What the simulator is told of this machine: `tarn-node calibrate` between two of the namespaces, with the
flash folder of the nodes and the origin that they will read; then the client's own path to a node's memory.
All of it before the run, none of it from the run."""
import json, os, subprocess, sys, time

from origin import BUCKET, Objects

HERE = os.path.dirname(os.path.abspath(__file__))
PORT = 7079


def machine(options, wires, names, endpoint, folder):
    """The YAML that calibrate writes."""
    there, here = names[0], names[1]
    output = os.path.join(folder, "calibrated.yaml")
    serve = subprocess.Popen(
        wires.inside(there, [options.node, "calibrate", "--serve", f"{wires.address(there)}:{PORT}"]),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        command = [options.node, "calibrate", "--name", "measured", "--flash", folder, "--flash-file", "256",
                   "--origin", f"s3:{endpoint}", "--object", f"{BUCKET}/{Objects.name(0)}",
                   "--peer", f"{wires.address(there)}:{PORT}", "--block", options.block,
                   "--seconds", str(options.calibrate),
                   "--output", output]
        done = subprocess.run(wires.inside(here, command), capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"sim-vs-node: calibrate: {done.stderr.strip()}")
    finally:
        serve.terminate()
        serve.wait()
    with open(output) as file:
        return file.read()


def client(options, wires, name, folder, block_bytes):
    """Nanoseconds to a block's first byte in the client and bytes a second from there, of a node's memory."""
    plan = os.path.join(folder, "probe.json")
    with open(plan, "w") as file:
        json.dump({"host": "127.0.0.1", "port": 7070, "block_bytes": block_bytes, "probes": options.probes}, file)
    command = [sys.executable, os.path.join(HERE, "client.py"), "probe", plan]
    done = subprocess.run(wires.inside(name, command), capture_output=True, text=True, check=True)
    spans = {int(count): span["p50"] for count, span in json.loads(done.stdout).items()}
    small, large = spans[4096], spans[block_bytes]
    rate = (block_bytes - 4096) / max(large - small, 1) * 1e9
    return small - 4096 / rate * 1e9, rate
