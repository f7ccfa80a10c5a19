"""Contents of objects: reproducible, and telling apart which object and version a byte is of."""

import hashlib
import random


def content(name: str, size: int) -> bytes:
    """Bytes that only this name and size have."""
    seed = hashlib.sha256(f"{name} {size}".encode()).digest()
    return random.Random(seed).randbytes(size)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
