"""Frames of the peer protocol (docs/PEER.md), made without Tarn's code: struct, hmac and libxxhash.

Prints name and hex of every vector of Tests/NodeTests/Peer/GoldenFrameTests.swift.
Needs libxxhash0 (apt-get install libxxhash0).
"""

import ctypes
import hashlib
import hmac
import struct

LIBRARY = ctypes.CDLL("libxxhash.so.0")
LIBRARY.XXH3_64bits.restype = ctypes.c_uint64
LIBRARY.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
NEVER = (1 << 64) - 1
NO_NODE = 0xFFFF


def xxh3(data):
    return LIBRARY.XXH3_64bits(data, len(data))


def frame(type_, body, flags=0, source=0, target=0xFFFF, payload=b""):
    rest = struct.pack("<IBBHHHI", 32 + len(body), type_, flags, source, target, 0, len(payload))
    rest += struct.pack("<Q", xxh3(payload) if payload else 0) + body
    return struct.pack("<Q", xxh3(rest)) + rest


def text(value):
    data = value.encode()
    return struct.pack("<H", len(data)) + data


def message(kind, flags=0, hops=0, source=4, tenant=0, length=0, operation=NEVER, key=(0, 0), left=NEVER):
    return struct.pack(
        "<BBBBHHIIQQQQQ", kind, flags, hops, source, tenant, NO_NODE, length, 0, operation, *key, 0, left
    )


def hello(ordinal, incarnation, nonce, host, lane=0):
    body = b"TARNPEER" + struct.pack("<HHHHHH", 2, 2, ordinal, incarnation, 4, 16)
    body += struct.pack("<IHBBBBH", 4 << 20, 7, 2, 255, 1, lane, 7072)
    return frame(16, body + nonce + text("test") + text(host))


def proof(role, hellos):
    return frame(17, hmac.new(b"s3cret", role + hellos, hashlib.sha256).digest())


KEY = (0x0123456789ABCDEF, 0xFEDCBA9876543210)
LOCATOR = struct.pack("<QII", 9 << 20, 4 << 20, 2) + text("models") + text("a/b.bin") + text('"abc"')
ASK = message(0, flags=1, hops=2, tenant=3, length=1 << 20, operation=77, key=KEY, left=1_500_000_000)
GIVE = message(1, source=0, tenant=3, length=512, operation=77, key=KEY)
FOUND = struct.pack("<QBIQq", 5, 0, 3, 1234, 1_700_000_000) + text('"e"') + b"\1" + text("text/plain")
FOUND += struct.pack("<H", 1) + text("cache-control") + text("no-cache") + struct.pack("<H", 0)
DIALER = hello(1, 3, bytes(range(32)), "10.0.0.1", lane=2)
ACCEPTOR = hello(2, 0, bytes(range(32, 64)), "node-2")

VECTORS = {
    "ping": frame(1, message(8), source=3),
    "ask": frame(1, ASK + LOCATOR, flags=1, source=1),
    "give": frame(1, GIVE, source=2, payload=bytes(range(256)) * 2),
    "question": frame(2, struct.pack("<QHQ", 5, 3, 9 << 20) + text("models") + text("\u00e4")),
    "answer": frame(3, FOUND),
    "dialerHello": DIALER,
    "acceptorHello": ACCEPTOR,
    "dialerProof": proof(b"tarn dialer", DIALER + ACCEPTOR),
    "acceptorProof": proof(b"tarn acceptor", DIALER + ACCEPTOR),
    "refusal": frame(18, struct.pack("<B", 2) + text("wrong cell")),
}

if __name__ == "__main__":
    for name, value in VECTORS.items():
        print(name, value.hex())
