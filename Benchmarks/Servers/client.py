"""The clients: `load`, a small C program, for many requests; plain sockets for few."""
import hashlib, json, os, shutil, socket, subprocess

import processors

HERE = os.path.dirname(os.path.abspath(__file__))


class Load:
    """Runs `load`, which is compiled into `folder`."""

    def __init__(self, folder):
        compiler = next(filter(shutil.which, ("cc", "gcc", "clang")), None)
        if compiler is None:
            raise SystemExit("servers: no C compiler for the client: apt-get install gcc")
        self.program = os.path.join(folder, "load")
        done = subprocess.run(
            [compiler, "-O2", "-o", self.program, os.path.join(HERE, "load.c"), "-lm"],
            capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"servers: load.c does not compile with {compiler}:\n{done.stderr[-2000:]}")

    def run(self, server, requests, connections, seconds, rate=0, arrivals="random"):
        """One run, with the server's processor seconds beside what the client saw."""
        before = server.seconds()
        done = subprocess.run(
            [self.program, str(server.port), str(connections), str(seconds), str(rate), arrivals],
            input="".join(request.line for request in requests), capture_output=True, text=True,
            preexec_fn=processors.of_clients)
        if done.returncode:
            raise SystemExit(f"servers: against {server.name}: {done.stderr.strip()}")
        figures = json.loads(done.stdout)
        figures["server_seconds"] = max(server.seconds() - before, 1 / processors.TICK)
        figures["per_second"] = figures["requests"] / figures["seconds"]
        figures["per_cpu_second"] = figures["requests"] / figures["server_seconds"]
        # On loopback the kernel sends on behalf of whoever runs: of the server, or of the client whose
        # acknowledgement made room. So the sum of both tells what a request really costs.
        figures["per_both_cpu_second"] = figures["requests"] / (
            figures["server_seconds"] + figures["client_seconds"])
        return figures


class Connection:
    """A connection kept alive, for one request after the other."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.space = bytearray(8 << 20)

    def text(self, request):
        range = f"Range: bytes={request.range}\r\n" if request.range else ""
        return f"GET {request.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{range}\r\n".encode()

    def get(self, request):
        """The body, valid until the next call. Exits if it is not as long as was asked."""
        if request.bytes + (64 << 10) > len(self.space):
            self.space = bytearray(request.bytes + (64 << 10))
        self.socket.sendall(self.text(request))
        view, count, head = memoryview(self.space), 0, -1
        while head < 0 or count < head + request.bytes:
            got = self.socket.recv_into(view[count:])
            if got == 0:
                raise SystemExit(f"servers: port {self.port} closed while it answered {request.path}")
            count += got
            if head < 0 and (found := self.space.find(b"\r\n\r\n", 0, count)) >= 0:
                head = found + 4
                self.check(bytes(view[:head]), request)
        return view[head:head + request.bytes]

    def check(self, head, request):
        lines = head.lower().split(b"\r\n")
        if lines[0].split()[1] not in (b"200", b"206") or \
                b"content-length: %d" % request.bytes not in lines:
            raise SystemExit(f"servers: port {self.port} answers {request.path} {request.range or ''} with\n"
                             f"{head.decode(errors='replace')}")

    def close(self):
        self.socket.close()


def verify(server, objects, requests):
    """Brings every object into the server's cache, then holds each answer's bytes against the files'."""
    connection = Connection(server.port)
    whole = {}
    for request in requests:
        whole.setdefault(request.key, type(request)(request.key, os.path.getsize(objects.file(request.key))))
    for request in list(whole.values()) * 2:
        connection.get(request)
    for request in requests:
        if hashlib.sha256(connection.get(request)).hexdigest() != objects.digest(request):
            raise SystemExit(f"servers: {server.name} answers {request.path} {request.range or ''} "
                             "with other bytes than the origin's")
    connection.close()
