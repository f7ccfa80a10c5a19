"""What an idle connection costs: bytes resident before and after ten thousand of them."""
import resource, select, socket, time

from client import Connection
from figures import goal, table


def open_connections(server, count, request):
    """Connections that have each had one answer and now wait."""
    sockets = []
    text = None
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", server.port), 30)
        sockets.append(connection)
        if text is None:
            text = f"GET {request.path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
        connection.sendall(text)
        got = b""
        while b"\r\n\r\n" not in got or len(got) < got.index(b"\r\n\r\n") + 4 + request.bytes:
            piece = connection.recv(65536)
            if not piece:
                raise SystemExit(f"servers: {server.name} closed connection number {len(sockets)} of {count}")
            got += piece
    return sockets


def alive(sockets):
    """How many the server has not closed."""
    poll = select.epoll()
    for connection in sockets:
        poll.register(connection, select.EPOLLIN | select.EPOLLRDHUP)
    return len(sockets) - len(poll.poll(0, len(sockets)))


def run(options, servers, request):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(options.idle, hard - 500)
    if count < options.idle:
        print(f"only {count} connections: the limit of open files is {hard}; raise it (ulimit -Hn)")
    results, rows = {}, []
    for server in servers:
        warm = Connection(server.port)
        for _ in range(2000):
            warm.get(request)
        warm.close()
        time.sleep(0.5)
        before = server.resident()
        sockets = open_connections(server, count, request)
        time.sleep(1)
        after, left = server.resident(), alive(sockets)
        busy = server.seconds()
        time.sleep(1)
        busy = server.seconds() - busy
        for connection in sockets:
            connection.close()
        each = (after - before) / count
        results[server.name] = {"before": before, "after": after, "connections": count, "alive": left,
                                "bytes_each": each, "busy_share_while_idle": busy}
        rows.append([server.name, f"{before / 2**20:,.0f}", f"{after / 2**20:,.0f}", f"{left:,}",
                     f"{each / 1024:.1f}", f"{busy * 100:.0f} %"])
        time.sleep(0.5)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    print(f"{count:,} idle connections, each of which had one answer of {request.bytes} bytes")
    table(["server", "MiB before", "MiB after", "still open", "KiB each", "processor while idle"], rows)
    each, left = results["tarn-node"]["bytes_each"], results["tarn-node"]["alive"]
    results["goals"] = [
        goal(f"{count:,} idle connections cost less than 20 KiB each", f"{each / 1024:.1f} KiB", each < 20480),
        goal("all of them stay open", left, left == count)]
    print()
    return results
