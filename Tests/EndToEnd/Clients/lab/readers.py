"""Reads over plain connections, where a test must see how a body ended."""

import dataclasses
import hashlib
import http.client
import threading


@dataclasses.dataclass
class Reading:
    """How a read ended. `digest` is the body's SHA-256; `is_whole` says whether all of it came."""

    status: int = 0
    etag: str = ""
    digest: str = ""
    length: int = 0
    is_whole: bool = False
    problem: str = ""


def read_object(port: int, path: str, host: str = "127.0.0.1", timeout: float = 120.0) -> Reading:
    """Reads an object over a connection of its own."""
    reading = Reading()
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        reading.status = answer.status
        reading.etag = answer.getheader("ETag") or ""
        hashed = hashlib.sha256()
        expected = int(answer.getheader("Content-Length") or 0)
        while piece := answer.read(1 << 20):
            hashed.update(piece)
            reading.length += len(piece)
        reading.digest = hashed.hexdigest()
        reading.is_whole = reading.length == expected
    except (OSError, http.client.HTTPException) as error:
        reading.problem = repr(error)
    finally:
        connection.close()
    return reading


def in_parallel(calls) -> list:
    """Results of calls that run at the same time, each in its thread."""
    calls = list(calls)
    results = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(index):
        barrier.wait()
        try:
            results[index] = calls[index]()
        except Exception as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results
