"""What is served: files of random bytes on a tmpfs, and lists of requests for them."""
import hashlib, os, random

BUCKET = "race"
KIB, MIB = 1 << 10, 1 << 20


class Request:
    """A GET of a whole object (`first` is None) or of `bytes` bytes from `first` on."""

    def __init__(self, key, bytes, first=None):
        self.key, self.bytes, self.first = key, bytes, first
        self.path = f"/{BUCKET}/{key}"

    @property
    def range(self):
        return None if self.first is None else f"{self.first}-{self.first + self.bytes - 1}"

    @property
    def line(self):
        return f"{self.path} {self.range or '-'} {self.bytes}\n"


class Objects:
    """Files in `folder`, made by name and never changed."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "objects")
        self.random = random.Random(7)
        os.makedirs(os.path.join(self.folder, BUCKET))

    def file(self, key):
        return os.path.join(self.folder, BUCKET, key)

    def make(self, key, bytes):
        with open(self.file(key), "wb") as file:
            for start in range(0, bytes, 4 * MIB):
                file.write(self.random.randbytes(min(4 * MIB, bytes - start)))
        return Request(key, bytes)

    def whole(self, name, count, bytes):
        """`count` objects of `bytes` bytes, each asked for as a whole."""
        return [self.make(f"{name}-{number:05}", bytes) for number in range(count)]

    def ranges(self, name, count, bytes, of):
        """`count` objects of `bytes` bytes, asked for in pieces of `of` bytes, in random order."""
        pieces = []
        for number in range(count):
            key = f"{name}-{number:05}"
            self.make(key, bytes)
            pieces += [Request(key, of, first) for first in range(0, bytes, of)]
        self.random.shuffle(pieces)
        return pieces

    def digest(self, request):
        with open(self.file(request.key), "rb") as file:
            file.seek(request.first or 0)
            return hashlib.sha256(file.read(request.bytes)).hexdigest()
