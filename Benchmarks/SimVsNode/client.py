"""A client of one node: sends ranged GETs at their times, whatever becomes of those before (open loop), on
as many connections as that takes, and writes down how long each took. One process, one loop, no library.

    client.py replay PLAN      PLAN: JSON, see `Replay`; prints `ready`, starts at the time that it reads
    client.py probe PLAN       one request after the other: what the path to a node's memory costs
"""
import gc, json, os, selectors, socket, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from origin import BUCKET, Objects, mark


class Connection:
    """One request at a time on a kept connection."""

    def __init__(self, place):
        self.socket = socket.create_connection(place)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0
        # The block that is asked for; None on an idle connection.
        self.block = None

    def send(self, request, due, block):
        self.due, self.block = due, block
        self.head, self.left, self.status = b"", -1, 0
        self.socket.sendall(request)

    def receive(self, buffer):
        """Takes what has come; true if the answer is whole."""
        count = self.socket.recv_into(buffer)
        if count == 0:
            raise SystemExit("client: the node closed a connection in the middle of an answer")
        if self.left < 0:
            self.head += bytes(buffer[:count])
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return False
            lines = self.head[:end].lower().split(b"\r\n")
            self.status = int(lines[0].split()[1])
            self.left = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
            self.first = self.head[end + 4:]
            count = len(self.first)
        elif len(self.first) < 16:
            self.first += bytes(buffer[:min(count, 16)])
        self.left -= count
        return self.left == 0


def get(key, first, count):
    return (f"GET /{BUCKET}/{key} HTTP/1.1\r\nHost: node\r\n"
            f"Range: bytes={first}-{first + count - 1}\r\n\r\n").encode()


class Replay:
    """PLAN: host, port, admin, requests ([nanoseconds, block], ...), block_bytes, per_object, objects,
    scrape_at (nanoseconds at which the node's metrics are read), output."""

    def __init__(self, plan):
        self.plan = plan
        self.place = (plan["host"], plan["port"])
        self.buffer = memoryview(bytearray(1 << 20))
        # Not epoll, which waits for whole milliseconds: requests would be sent too late.
        self.selector = selectors.SelectSelector()
        self.idle, self.done, self.wrong, self.most = [], [], 0, 0

    def prepare(self):
        """The node learns of every object, so that no read of the run waits for a HEAD at the origin."""
        connection = Connection(self.place)
        for number in range(self.plan["objects"]):
            request = f"HEAD /{BUCKET}/{Objects.name(number)} HTTP/1.1\r\nHost: node\r\n\r\n"
            connection.socket.sendall(request.encode())
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.socket.recv(65536)
            if b" 200 " not in head.split(b"\r\n")[0]:
                raise SystemExit(f"client: HEAD of object {number}: {head[:200]}")
        for _ in range(16):
            self.add()

    def add(self):
        connection = Connection(self.place)
        self.selector.register(connection.socket, selectors.EVENT_READ, connection)
        self.idle.append(connection)

    def close(self, connection):
        """The node has closed a connection that was idle for long."""
        self.selector.unregister(connection.socket)
        connection.socket.close()
        self.idle.remove(connection)

    def metrics(self):
        """Asks for the node's metrics without waiting for them."""
        scrape = socket.create_connection((self.plan["host"], self.plan["admin"]))
        scrape.sendall(b"GET /metrics HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n")
        return scrape

    @staticmethod
    def text(scrape):
        parts = []
        while part := scrape.recv(1 << 20):
            parts.append(part)
        return b"".join(parts).decode()

    def run(self, start):
        plan, requests = self.plan, self.plan["requests"]
        size, per_object = plan["block_bytes"], plan["per_object"]
        scrape, scrape_at = None, start + plan["scrape_at"]
        next_request, under_way = 0, 0
        while next_request < len(requests) or under_way:
            now = time.monotonic_ns()
            while next_request < len(requests) and start + requests[next_request][0] <= now:
                due, block = requests[next_request]
                next_request += 1
                under_way += 1
                self.most = max(self.most, under_way)
                if not self.idle:
                    self.add()
                request = get(Objects.name(block // per_object), block % per_object * size, size)
                self.idle.pop().send(request, start + due, block)
            if scrape is None and now >= scrape_at:
                scrape = self.metrics()
            wait = None
            if next_request < len(requests):
                wait = max(0, start + requests[next_request][0] - time.monotonic_ns()) / 1e9
            for key, _ in self.selector.select(wait):
                connection = key.data
                if connection.block is None:
                    self.close(connection)
                elif connection.receive(self.buffer):
                    now = time.monotonic_ns()
                    is_right = connection.status == 206 and connection.first[:16] == mark(connection.block)
                    self.wrong += not is_right
                    self.done.append((connection.due - start, now - connection.due if is_right else -1))
                    connection.block = None
                    self.idle.append(connection)
                    under_way -= 1
        return self.text(scrape) if scrape else "", self.text(self.metrics())


def replay(plan):
    client = Replay(plan)
    client.prepare()
    gc.disable()
    print("ready", flush=True)
    start = int(sys.stdin.readline())
    before, after = client.run(start)
    with open(plan["output"], "w") as file:
        json.dump({"done": client.done, "wrong": client.wrong, "most_under_way": client.most,
                   "before": before, "after": after}, file)


def probe(plan):
    """Time of a block in the node's memory and of 4 KiB of it: the path's own cost, and its bandwidth. The
    requests come at times, with pauses, as those of a replay do: waking up is a part of the path."""
    connection = Connection((plan["host"], plan["port"]))
    buffer = memoryview(bytearray(1 << 20))
    spans = {4096: [], plan["block_bytes"]: []}
    gc.disable()
    due = time.monotonic_ns()
    for number in range(plan["probes"] + 20):
        for count, times in spans.items():
            due = max(due, time.monotonic_ns()) + 10_000_000
            time.sleep((due - time.monotonic_ns()) / 1e9)
            connection.send(get(Objects.name(0), 0, count), due, 0)
            while not connection.receive(buffer):
                pass
            if number >= 20:
                times.append(time.monotonic_ns() - due)
    for times in spans.values():
        times.sort()
    print(json.dumps({count: {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100]}
                      for count, times in spans.items()}))


if __name__ == "__main__":
    with open(sys.argv[2]) as file:
        {"replay": replay, "probe": probe}[sys.argv[1]](json.load(file))
