"""An HTTP proxy in front of a store that counts what it is asked, and can be slow."""

import collections
import http.client
import http.server
import threading
import time
import urllib.parse

HOP = {"connection", "keep-alive", "transfer-encoding", "proxy-connection", "expect"}


class CountingProxy:
    """Forwards every request as it is, the Host that it was signed with included.

    - `counts`: how often each (method, path, range) was asked.
    - `seconds_per_request`: waits so long before each answer.
    """

    def __init__(self, endpoint: str):
        self.target = urllib.parse.urlsplit(endpoint).netloc
        self.counts = collections.Counter()
        self.seconds_per_request = 0.0
        self.lock = threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                self.upstream = None

            def forward(self):
                proxy.forward(self)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = forward

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                # A client that went away is none of the proxy's business.
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, handler):
        with self.lock:
            path = handler.path.split("?")[0]
            self.counts[handler.command, path, handler.headers.get("Range")] += 1
        if self.seconds_per_request:
            time.sleep(self.seconds_per_request)
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length) if length else None
        if handler.upstream is None:
            handler.upstream = http.client.HTTPConnection(self.target, timeout=60)
        upstream = handler.upstream
        upstream.putrequest(
            handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
        for name, value in handler.headers.items():
            if name.lower() not in HOP:
                upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        data = answer.read()
        handler.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP and name.lower() != "content-length":
                handler.send_header(name, value)
        stated = answer.getheader("Content-Length") if handler.command == "HEAD" else len(data)
        if stated is not None:
            handler.send_header("Content-Length", str(stated))
        handler.end_headers()
        handler.wfile.write(data)

    def blocks(self) -> dict[str, int]:
        """How often each range of bytes was read."""
        with self.lock:
            return {
                f"{path} {span}": count for (method, path, span), count in self.counts.items()
                if method == "GET" and span}

    def close(self):
        self.server.shutdown()
        self.server.server_close()
