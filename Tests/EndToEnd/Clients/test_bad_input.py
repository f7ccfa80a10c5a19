"""What clients do wrong at the sockets: one correct error each, and nothing is left behind."""

import os
import random
import re
import socket
import struct

import pytest

from lab.content import content, digest
from lab.node import MIB
from lab.process import wait_until
from lab.readers import read_object
from lab.stores import BUCKET, Directory

FROZEN = {"name": "frozen", "origin": "store", "container": BUCKET, "consistency": "immutable"}
GOOD = b"GET /frozen/small HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def lab(scratch):
    from lab.node import Node
    store = Directory(scratch / "bad-input")
    store.put("small", b"small object")
    store.put("large", content("large", 64 * MIB))
    (store.root / "secret").write_bytes(b"top secret")
    (store.root / "lake-of-others").mkdir()
    (store.root / "lake-of-others" / "file").write_bytes(b"top secret")
    with Node(
        scratch / "bad-input-node", [store.place()], [FROZEN], block="1MiB", memory=96 * MIB,
        threads=2,
    ) as node:
        node.store = store
        read_object(node.port, "/frozen/large")
        # Half a head, on which the last test waits.
        node.half_head = connect(node)
        node.half_head.sendall(GOOD[:30])
        yield node


def connect(lab) -> socket.socket:
    return socket.create_connection(("127.0.0.1", lab.port), timeout=30)


def reset(connection: socket.socket):
    """Closes as a client that crashed does: with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answer(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    pieces = []
    try:
        while piece := connection.recv(1 << 18):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def status(received: bytes) -> int:
    return int(received.split(b" ", 2)[1]) if received.startswith(b"HTTP/1.") else 0


def request(lines: str, body: bytes = b"") -> bytes:
    return lines.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body


MALFORMED = {
    "no request": (b"hello\r\n\r\n", 400),
    "a line feed alone": (b"GET /frozen/small HTTP/1.1\nHost: x\n\n", 400),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "version 2": (request("GET /frozen/small HTTP/2.0\nHost: x"), 505),
    "no host": (request("GET /frozen/small HTTP/1.1"), 400),
    "two hosts": (request("GET /frozen/small HTTP/1.1\nHost: x\nHost: y"), 400),
    "a space before the colon": (request("GET /frozen/small HTTP/1.1\nHost : x"), 400),
    "a folded field": (request("GET / HTTP/1.1\nHost: x\nA: b\n c"), 400),
    "NUL in a field": (request("GET / HTTP/1.1\nHost: x\nA: b\0c"), 400),
    "a long target": (request("GET /" + "a" * 9_000 + " HTTP/1.1\nHost: x"), 414),
    "a long field": (request("GET / HTTP/1.1\nHost: x\nA: " + "a" * 40_000), 431),
    "many fields": (request("GET / HTTP/1.1\nHost: x" + "\nA: b" * 200), 431),
    "two lengths": (
        request("PUT /lake/k HTTP/1.1\nHost: x\nContent-Length: 1\nContent-Length: 2", b"xx"), 400),
    "a length and chunks": (
        request("PUT /lake/k HTTP/1.1\nHost: x\nContent-Length: 1\nTransfer-Encoding: chunked"),
        400),
    "a negative length": (request("PUT /lake/k HTTP/1.1\nHost: x\nContent-Length: -1"), 400),
    "a huge length": (
        request("PUT /lake/k HTTP/1.1\nHost: x\nContent-Length: 99999999999999999999"), 400),
    "an unknown coding": (
        request("PUT /lake/k HTTP/1.1\nHost: x\nTransfer-Encoding: gzip, chunked"), 501),
    "chunks, of which S3 knows none": (
        request("PUT /lake/k HTTP/1.1\nHost: x\nTransfer-Encoding: chunked", b"zz\r\nx\r\n"), 411),
    "an escape that is none": (
        request("GET /frozen/%zz HTTP/1.1\nHost: x\nConnection: close"), 400),
    "a key that is no text": (
        request("GET /frozen/%ff%fe HTTP/1.1\nHost: x\nConnection: close"), 400),
    "a key too long": (
        request("GET /frozen/" + "k" * 1_100 + " HTTP/1.1\nHost: x\nConnection: close"), 400),
    "an unknown method": (request("BREW /frozen/small HTTP/1.1\nHost: x\nConnection: close"), 405),
    "a range behind the end": (
        request("GET /frozen/small HTTP/1.1\nHost: x\nRange: bytes=99-\nConnection: close"), 416),
    "a broken list of parts": (
        request(
            "POST /lake/k?uploadId=none HTTP/1.1\nHost: x\nContent-Length: 5\nConnection: close",
            b"<a><b"), 400),
    "a part of no upload": (
        request(
            "PUT /lake/k?partNumber=1&uploadId=none HTTP/1.1\nHost: x\nContent-Length: 1\n"
            "Connection: close", b"x"), 404),
    "a part number out of bounds": (
        request(
            "PUT /lake/k?partNumber=0&uploadId=none HTTP/1.1\nHost: x\nContent-Length: 1\n"
            "Connection: close", b"x"), 400),
    "a wrong MD5": (
        request(
            "PUT /lake/k HTTP/1.1\nHost: x\nContent-Length: 1\nConnection: close\n"
            "Content-MD5: AAAAAAAAAAAAAAAAAAAAAA==", b"x"), 400),
}


@pytest.mark.parametrize("name", list(MALFORMED))
def test_what_is_malformed_is_refused_once_and_the_connection_ends(lab, name):
    sent, wanted = MALFORMED[name]
    connection = connect(lab)
    connection.sendall(sent)
    received = answer(connection)
    connection.close()
    assert status(received) == wanted, received[:300]
    assert len(re.findall(rb"HTTP/1\.1 \d", received)) == 1, received[:600]
    assert read_object(lab.port, "/frozen/small").digest == digest(b"small object")


def test_no_key_leaves_its_container(lab):
    climbs = ["..", "%2e%2e", "%2E%2e", ".%2e", "..%2f..", "%2e%2e%2f", "a/..", "./..", "..%00"]
    targets = [f"/{bucket}/{climb}/{file}" for bucket in ["frozen", BUCKET] for climb in climbs
               for file in ["secret", "lake-of-others/file", "lake/../secret"]]
    targets += [
        "/frozen//etc/passwd", "/frozen/%2fetc%2fpasswd", "/../secret", "/%2e%2e/secret",
        "//secret", "/frozen/small/../../secret", "/frozen/small%00.txt", "/frozen/.", "/frozen/..",
        f"/frozen/{lab.store.root}/secret"]
    for target in targets:
        connection = connect(lab)
        connection.sendall(request(f"GET {target} HTTP/1.1\nHost: x\nConnection: close"))
        received = answer(connection)
        connection.close()
        assert status(received) in (400, 404), (target, received[:200])
        assert b"top secret" not in received and b"root:" not in received, target
    for climb in climbs:
        connection = connect(lab)
        connection.sendall(request(
            f"PUT /{BUCKET}/{climb}/planted HTTP/1.1\nHost: x\nContent-Length: 1\n"
            "Connection: close", b"x"))
        assert status(answer(connection)) == 400, climb
        connection.close()
    assert not list(lab.store.root.glob("planted"))


def test_links_that_lead_out_are_not_followed(lab):
    (lab.store.root / BUCKET / "link").symlink_to(lab.store.root / "secret")
    (lab.store.root / BUCKET / "folder-link").symlink_to("/etc")
    for key in ["link", "folder-link/passwd"]:
        assert read_object(lab.port, f"/{BUCKET}/{key}").status in (403, 404, 500), key


def test_a_request_in_single_bytes_and_many_in_one_segment(lab):
    connection = connect(lab)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in GOOD:
        connection.send(bytes([byte]))
    last = b"GET /frozen/small HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    connection.sendall(GOOD * 50 + last)
    received = answer(connection)
    assert received.count(b"HTTP/1.1 200 ") == 52
    assert received.count(b"small object") == 52


def test_a_client_that_sends_no_more_still_gets_its_answer(lab):
    connection = connect(lab)
    connection.sendall(b"GET /frozen/large HTTP/1.1\r\nHost: x\r\n\r\n")
    connection.shutdown(socket.SHUT_WR)
    received = answer(connection)
    body = received.split(b"\r\n\r\n", 1)[1]
    assert digest(body) == digest(content("large", 64 * MIB))


def figures(lab) -> dict:
    return {
        "connections": lab.metric("tarn_http_connections_open"),
        "descriptors": len(os.listdir(f"/proc/{lab.program.pid}/fd")),
        "threads": len(os.listdir(f"/proc/{lab.program.pid}/task"))}


def come_back(lab, before: dict, resident: int):
    """Connections and descriptors return to what they were, and so does memory, nearly."""

    def is_back() -> bool:
        now = figures(lab)
        return all(now[name] <= before[name] for name in before)

    wait_until(f"{figures(lab)} is {before} again", is_back, 30, pause=0.1)
    now = lab.resident_bytes()
    print(f"resident {resident >> 20} MiB before, {now >> 20} MiB after")
    assert now < resident + 24 * MIB


def test_clients_that_vanish_leave_nothing_behind(lab):
    # Once without looking, so that what is made once and kept is there.
    vanish(lab, 10)
    wait_until("the first have gone", lambda: figures(lab)["connections"] <= 1)
    before, resident = figures(lab), lab.resident_bytes()
    vanish(lab, 60)
    come_back(lab, before, resident)
    assert read_object(lab.port, "/frozen/large").digest == digest(content("large", 64 * MIB))
    assert not (lab.store.root / BUCKET / "half").exists()
    uploads = lab.store.root / BUCKET / ".tarn-uploads"
    assert not uploads.exists() or not os.listdir(uploads)


def vanish(lab, count: int):
    """Downloads, uploads and requests that are left in the middle, in each way."""
    draw = random.Random(count)
    for number in range(count):
        connection = connect(lab)
        kind = number % 5
        if kind == 0:
            connection.sendall(b"GET /frozen/large HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.recv(draw.randrange(1, 300_000))
        elif kind == 1:
            connection.sendall(request(f"PUT /{BUCKET}/half HTTP/1.1\nHost: x\n"
                                       f"Content-Length: {10 * MIB}", b"x" * 300_000))
        elif kind == 2:
            connection.sendall(GOOD[:draw.randrange(1, len(GOOD))])
        elif kind == 3:
            connection.sendall(request(f"PUT /{BUCKET}/half HTTP/1.1\nHost: x\n"
                                       "Transfer-Encoding: chunked", b"ffff\r\n" + b"x" * 1_000))
        else:
            connection.sendall(b"GET /frozen/large HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        if draw.random() < 0.5:
            reset(connection)
        else:
            connection.close()


def test_slow_clients_hold_up_nobody(lab):
    before, resident = figures(lab), lab.resident_bytes()
    slow = []
    for number in range(150):
        connection = connect(lab)
        # Half of a head, and a large body of which nothing is taken.
        connection.sendall(
            GOOD[:20] if number % 2 else b"GET /frozen/large HTTP/1.1\r\nHost: x\r\n\r\n")
        slow.append(connection)
    wait_until("all are connected", lambda: figures(lab)["connections"] >= 150)
    for _ in range(20):
        assert read_object(lab.port, "/frozen/small", timeout=10).status == 200
    assert read_object(lab.port, "/frozen/large", timeout=60).is_whole
    for connection in slow:
        connection.close()
    come_back(lab, before, resident)


def test_noise_never_breaks_it(lab):
    draw = random.Random(20)
    pieces = [
        b"GET ", b"PUT ", b"POST ", b"/frozen/small", b"/lake/noise", b"?uploads", b"?list-type=2",
        b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b"Host: x\r\n", b"Range: bytes=0-3\r\n", b"\r\n",
        b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"abc", b"3\r\nabc\r\n",
        b"0\r\n\r\n", b"\x00", b"\xff\xfe", b":", b"%", b"=&;", b"Authorization: AWS4-HMAC-SHA256 ",
        b"Credential=a/b/c/d/e", b"If-None-Match: *\r\n", b"Expect: 100-continue\r\n"]
    for turn in range(300):
        connection = connect(lab)
        noise = b"".join(draw.choice(pieces) for _ in range(draw.randrange(1, 30)))
        connection.sendall(noise)
        connection.shutdown(socket.SHUT_WR)
        received = answer(connection)
        connection.close()
        assert received == b"" or received.startswith(b"HTTP/1.1 "), (turn, noise, received[:100])
    assert lab.program.is_running
    assert read_object(lab.port, "/frozen/small").digest == digest(b"small object")


@pytest.mark.skipif(
    not os.environ.get("TARN_FULL_SUITE"), reason="takes 10 s: set TARN_FULL_SUITE=1 to run it")
def test_heads_that_do_not_end_are_told_so(lab):
    received = answer(lab.half_head)
    assert status(received) == 408, received
