"""Other clients of S3 through a node: the AWS command line, pyarrow, duckdb, s3torchconnector, Spark."""

import filecmp
import os
import pathlib
import subprocess
import sys
import tarfile

import pytest

from lab.content import content
from lab.node import MIB, Node, s3_client
from lab.process import tool
from lab.stores import BUCKET

KEYS = ("CLIENT", "client-secret")
FROZEN = {"name": "frozen", "origin": "store", "container": BUCKET, "consistency": "immutable"}
TENANTS = [{"name": "clients", "access_key": KEYS[0], "secret_key": KEYS[1], "writes": True}]
heavy = pytest.mark.skipif(
    not os.environ.get("TARN_HEAVY_CLIENTS"), reason="large: set TARN_HEAVY_CLIENTS=1 to run it")


@pytest.fixture(scope="module", params=["directory", "seaweed"])
def lab(request, all_stores, scratch):
    store = all_stores(request.param)
    with Node(
        scratch / f"clients-{store.name}", [store.place()], [FROZEN], block="1MiB",
        tenants=TENANTS, memory=96 * MIB, threads=2,
    ) as node:
        node.store = store
        node.s3 = s3_client(node.endpoint, KEYS)
        yield node


def aws(lab, *arguments) -> str:
    program = tool("aws")
    if program is None:
        pytest.skip("aws is missing: pip install awscli beside the tests' Python")
    environment = {
        **os.environ, "AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1],
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1", "AWS_EC2_METADATA_DISABLED": "1",
        "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    done = subprocess.run(
        [program, "--endpoint-url", lab.endpoint, *map(str, arguments)], env=environment,
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_aws_copies_lists_and_synchronizes(lab, folder):
    source = folder / "source"
    for name, size in {"a": 10, "b/c": 100_000, "b/with space": 1, "d": 9 * MIB + 1}.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(name, size))
    aws(lab, "s3", "sync", source, f"s3://{BUCKET}/aws/tree")
    assert lab.store.get("aws/tree/b/c") == content("b/c", 100_000)
    listing = aws(lab, "s3", "ls", "--recursive", f"s3://{BUCKET}/aws/tree/")
    assert sorted(line.split(maxsplit=3)[3] for line in listing.splitlines()) == [
        "aws/tree/a", "aws/tree/b/c", "aws/tree/b/with space", "aws/tree/d"]
    (source / "a").write_bytes(b"changed, and longer")
    (source / "d").unlink()
    changes = aws(lab, "s3", "sync", "--delete", source, f"s3://{BUCKET}/aws/tree")
    assert "upload" in changes and "delete" in changes
    target = folder / "target"
    aws(lab, "s3", "sync", f"s3://{BUCKET}/aws/tree", target)
    compared = filecmp.dircmp(source, target)
    assert not (compared.left_only or compared.right_only or compared.diff_files)
    assert (target / "b/c").read_bytes() == content("b/c", 100_000)


def test_aws_downloads_in_parts_and_the_second_time_from_the_cache(lab, folder):
    data = content("aws large", 24 * MIB + 7)
    lab.store.put("aws/large", data)
    for turn in range(2):
        before = lab.origin_requests()
        target = folder / f"large-{turn}"
        aws(lab, "s3", "cp", "s3://frozen/aws/large", target)
        assert target.read_bytes() == data
    assert lab.origin_requests() == before


# pyarrow


def arrow(lab):
    filesystems = pytest.importorskip("pyarrow.fs", reason="pip install pyarrow")
    return filesystems.S3FileSystem(
        access_key=KEYS[0], secret_key=KEYS[1], endpoint_override=lab.endpoint, scheme="http",
        region="us-east-1", allow_bucket_creation=False,
        retry_strategy=filesystems.AwsStandardS3RetryStrategy(max_attempts=1))


def table():
    pyarrow = pytest.importorskip("pyarrow", reason="pip install pyarrow")
    count = 60_000
    return pyarrow.table({
        "number": list(range(count)), "text": [f"row {n % 977}" for n in range(count)],
        "value": [n * 0.5 for n in range(count)]})


def test_pyarrow_files(lab):
    files = arrow(lab)
    data = content("arrow", 3 * MIB + 11)
    with files.open_output_stream(f"{BUCKET}/arrow/file") as stream:
        stream.write(data)
    assert lab.store.get("arrow/file") == data
    with files.open_input_file(f"{BUCKET}/arrow/file") as file:
        assert file.size() == len(data)
        file.seek(1_000_000)
        assert file.read(2_000_000) == data[1_000_000:3_000_000]
        assert file.read_at(100, len(data) - 50) == data[-50:]
    from pyarrow.fs import FileSelector, FileType
    found = files.get_file_info(FileSelector(f"{BUCKET}/arrow", recursive=True))
    assert [(each.path, each.size) for each in found] == [(f"{BUCKET}/arrow/file", len(data))]
    assert files.get_file_info(f"{BUCKET}/arrow/none").type == FileType.NotFound
    files.delete_file(f"{BUCKET}/arrow/file")
    assert files.get_file_info(f"{BUCKET}/arrow/file").type == FileType.NotFound


def test_pyarrow_parquet(lab):
    files = arrow(lab)
    import pyarrow.dataset
    import pyarrow.parquet
    written = table()
    for part in range(3):
        pyarrow.parquet.write_table(
            written.slice(part * 20_000, 20_000), f"{BUCKET}/parquet/part-{part}.parquet",
            filesystem=files, row_group_size=5_000)
    for turn in range(2):
        before = lab.origin_requests()
        for part in range(3):
            one = pyarrow.parquet.read_table(
                f"frozen/parquet/part-{part}.parquet", filesystem=files, columns=["value"])
            assert one["value"].equals(written["value"].slice(part * 20_000, 20_000))
    assert lab.origin_requests() == before
    dataset = pyarrow.dataset.dataset(f"frozen/parquet", filesystem=files, format="parquet")
    filtered = dataset.to_table(filter=pyarrow.dataset.field("number") >= 59_000)
    assert sorted(filtered["number"].to_pylist()) == list(range(59_000, 60_000))


def test_duckdb(lab):
    duckdb = pytest.importorskip("duckdb", reason="pip install duckdb")
    connection = duckdb.connect()
    try:
        connection.execute("LOAD httpfs")
    except duckdb.Error:
        pytest.skip(
            "duckdb's extension httpfs is not in its wheel: INSTALL httpfs needs duckdb's server")
    connection.execute(
        f"SET s3_endpoint='127.0.0.1:{lab.port}'; SET s3_use_ssl=false; SET s3_url_style='path'; "
        f"SET s3_access_key_id='{KEYS[0]}'; SET s3_secret_access_key='{KEYS[1]}'")
    import pyarrow.parquet
    pyarrow.parquet.write_table(table(), f"{BUCKET}/duck.parquet", filesystem=arrow(lab))
    sums = connection.execute(
        f"SELECT count(*), sum(number) FROM 's3://{BUCKET}/duck.parquet'").fetchall()
    assert sums == [(60_000, 59_999 * 30_000)]


# Large ones


@heavy
def test_s3torchconnector(lab):
    connector = pytest.importorskip("s3torchconnector", reason="pip install s3torchconnector")
    os.environ |= {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}
    for number in range(8):
        lab.store.put(f"torch/{number}", content(f"torch {number}", 500_000 + number))
    settings = connector.S3ClientConfig(force_path_style=True)
    dataset = connector.S3MapDataset.from_prefix(
        "s3://frozen/torch/", region="us-east-1", endpoint=lab.endpoint,
        s3client_config=settings)
    for turn in range(2):
        before = lab.origin_requests()
        for number in range(len(dataset)):
            item = dataset[number]
            wanted = content(f"torch {item.key.split('/')[1]}", 500_000 + int(item.key[6:]))
            assert item.read() == wanted
    # Only the listing is asked of the origin again.
    assert lab.origin_requests() - before <= 1


S3A_JARS = ["hadoop-aws-3.3.1.jar", "aws-java-sdk-bundle-1.11.901.jar"]


@pytest.fixture(scope="module")
def s3a_jars(scratch):
    """The jars of S3A, from `TARN_S3A_JARS` or the source package of sagemaker-pyspark."""
    if named := os.environ.get("TARN_S3A_JARS"):
        return [f"{named}/{jar}" for jar in S3A_JARS]
    folder = scratch / "jars"
    subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
            "--no-build-isolation", "--dest", folder, "sagemaker-pyspark==1.4.5",
        ], check=False, timeout=600)
    archives = list(pathlib.Path(folder).glob("sagemaker*.tar.gz"))
    if not archives:
        pytest.skip("sagemaker-pyspark==1.4.5, which has S3A's jars, could not be downloaded")
    with tarfile.open(archives[0]) as archive:
        for member in archive.getmembers():
            if os.path.basename(member.name) in S3A_JARS:
                member.name = os.path.basename(member.name)
                archive.extract(member, folder, filter="data")
    return [str(folder / jar) for jar in S3A_JARS]


@heavy
def test_spark(lab, s3a_jars, folder):
    pytest.importorskip("pyspark", reason="pip install pyspark==4.0.1, and Java 17")
    script = pathlib.Path(__file__).parent / "spark_reads.py"
    done = subprocess.run(
        [sys.executable, script, lab.endpoint, *KEYS, BUCKET, ",".join(s3a_jars)], cwd=folder,
        capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4_000:]
    assert "spark read what it wrote" in done.stdout
