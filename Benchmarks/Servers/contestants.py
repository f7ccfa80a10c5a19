"""The servers that race, each configured to serve from memory with one thread, none of them to its disadvantage."""
import os, pwd, shutil, signal, socket, subprocess, time

import processors

CACHE_BYTES = 1 << 30


def free_port():
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


class Server:
    """A server as a process of ours; its files lie in `folder`. Subclasses say how it is started."""

    name, program, package = "", "", ""

    def __init__(self, folder, origin_port=None, **rest):
        self.folder = os.path.join(folder, f"{self.name}-{len(os.listdir(folder))}")
        os.makedirs(self.folder)
        self.port, self.origin_port = free_port(), origin_port
        self.log = os.path.join(self.folder, "log")
        command = self.command(**rest)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment(),
                preexec_fn=processors.of_servers, start_new_session=True)
        self.wait()

    def environment(self):
        return dict(os.environ)

    def wait(self, seconds=30):
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        with open(self.log) as log:
            heard = log.read()[-2000:]
        self.stop()
        raise SystemExit(f"servers: {self.name} does not answer on port {self.port}; it said:\n{heard}")

    def stop(self):
        """The server and all that it started: they are one session."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                continue
        shutil.rmtree(self.folder, ignore_errors=True)

    def seconds(self):
        """Processor seconds of all of its processes, so far."""
        return processors.seconds(self.process.pid)

    def resident(self):
        """Bytes resident in all of its processes."""
        return processors.resident(self.process.pid)


class TarnNode(Server):
    name, program = "tarn-node", ""

    def command(self, node, block="4MiB", memory="1GiB", flash="0B", flash_folder=None, origin=None):
        self.admin = free_port()
        origin = origin or f'kind: s3, endpoint: "http://127.0.0.1:{self.origin_port}"'
        configuration = write(os.path.join(self.folder, "node.yaml"), f"""\
threads: 1
listen: 127.0.0.1:{self.port}
admin: 127.0.0.1:{self.admin}
block: {block}
cache:
  memory: {{capacity: {memory}}}
  flash: {{capacity: {flash}, segment: 64MiB, fill: all-on-fill}}
  budget: {{requests: 1000000/s, bytes: 100GB/s}}
flash: {{directory: {flash_folder or self.folder}}}
origins: [{{name: store, {origin}}}]
containers: [{{name: "*", consistency: immutable}}]
log: {{level: warning}}
""")
        return [node, "--config", configuration]

    def reads(self):
        """Block reads by source so far."""
        with socket.create_connection(("127.0.0.1", self.admin)) as place:
            place.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            text = place.makefile("rb").read().decode()
        found = {}
        for line in text.splitlines():
            if line.startswith("tarn_block_reads_total{"):
                source = line.split('source="')[1].split('"')[0]
                found[source] = found.get(source, 0) + float(line.rsplit(" ", 1)[1])
        return found


class EarlierNode(TarnNode):
    """Another build of tarn-node, to see what a change is worth."""

    name = "earlier"


NGINX = """\
daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/pid;
error_log stderr crit;
events {{ worker_connections 18000; }}
http {{
  access_log off;
  default_type application/octet-stream;
  # Without tcp_nopush: with it, answers of 64 KiB wait for acknowledgements.
  sendfile on; tcp_nodelay on;
  keepalive_timeout 600; keepalive_requests 1000000000; reset_timedout_connection on;
  open_file_cache max=20000 inactive=600s; open_file_cache_valid 600s; open_file_cache_min_uses 1;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{rest}
}}
"""


class Origin(Server):
    """nginx, serving the files themselves: the one origin of all."""

    name, program, package = "origin", "nginx", "nginx"

    def command(self, objects):
        rest = f"""\
  server {{
    listen 127.0.0.1:{self.port} backlog=4096;
    root {objects};
    expires 1h;
  }}"""
        path = write(os.path.join(self.folder, "nginx.conf"), NGINX.format(folder=self.folder, rest=rest))
        return ["nginx", "-e", "stderr", "-p", self.folder, "-c", path]


class Nginx(Server):
    """proxy_cache on a tmpfs: a hit is a sendfile of pages in memory."""

    name, program, package = "nginx", "nginx", "nginx"

    def command(self):
        rest = f"""\
  proxy_cache_path {self.folder}/cache levels=1:2 keys_zone=race:64m max_size={CACHE_BYTES >> 20}m inactive=1h
                   use_temp_path=off;
  upstream origin {{ server 127.0.0.1:{self.origin_port}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{self.port} backlog=4096;
    location / {{
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache race;
      proxy_cache_key $uri;
      proxy_cache_valid 200 1h;
    }}
  }}"""
        path = write(os.path.join(self.folder, "nginx.conf"), NGINX.format(folder=self.folder, rest=rest))
        return ["nginx", "-e", "stderr", "-p", self.folder, "-c", path]


class Varnish(Server):
    """Malloc storage. It has a thread a connection; on one processor they share what one thread has."""

    name, program, package = "varnish", "varnishd", "varnish"

    def command(self):
        vcl = write(os.path.join(self.folder, "race.vcl"), f"""\
vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{self.origin_port}"; }}
""")
        return ["varnishd", "-F", "-j", "none", "-a", f"127.0.0.1:{self.port}", "-f", vcl,
                "-n", os.path.join(self.folder, "work"), "-s", f"malloc,{CACHE_BYTES}", "-t", "3600",
                "-p", "thread_pools=1", "-p", "thread_pool_min=100", "-p", "timeout_idle=600",
                "-p", "listen_depth=4096"]


class TrafficServer(Server):
    """The RAM cache holds all that is asked; one event thread."""

    name, program, package = "trafficserver", "traffic_server", "trafficserver"

    def environment(self):
        return dict(os.environ, PROXY_CONFIG_CONFIG_DIR=os.path.join(self.folder, "etc"),
                    PROXY_CONFIG_LOCAL_STATE_DIR=os.path.join(self.folder, "run"),
                    PROXY_CONFIG_LOG_LOGFILE_DIR=os.path.join(self.folder, "run"))

    @staticmethod
    def user():
        """It refuses to serve as root."""
        if os.getuid():
            return f"#{os.getuid()}"
        return next(entry.pw_name for entry in pwd.getpwall() if entry.pw_name in ("trafficserver", "nobody"))

    def command(self):
        etc = os.path.join(self.folder, "etc")
        for part in ("etc", "run", "store"):
            os.makedirs(os.path.join(self.folder, part))
            os.chmod(os.path.join(self.folder, part), 0o777)
        settings = {
            "exec_thread.autoconfig INT": 0, "exec_thread.limit INT": 1, "exec_thread.affinity INT": 0,
            "accept_threads INT": 0, "task_threads INT": 1, "cache.threads_per_disk INT": 1,
            "http.server_ports STRING": f"{self.port}:ip-in=127.0.0.1",
            "cache.ram_cache.size INT": CACHE_BYTES, "cache.ram_cache_cutoff INT": CACHE_BYTES,
            "http.cache.required_headers INT": 0, "http.cache.heuristic_min_lifetime INT": 3600,
            "http.insert_response_via_str INT": 0, "http.insert_request_via_str INT": 0,
            "http.keep_alive_no_activity_timeout_in INT": 600,
            "http.accept_no_activity_timeout INT": 600, "net.connections_throttle INT": 30000,
            "net.max_connections_in INT": 20000, "log.logging_enabled INT": 0,
            "admin.user_id STRING": self.user(), "url_remap.remap_required INT": 1,
            "diags.debug.enabled INT": 0, "dump_mem_info_frequency INT": 0,
        }
        write(os.path.join(etc, "records.config"),
              "".join(f"CONFIG proxy.config.{name} {value}\n" for name, value in settings.items()))
        write(os.path.join(etc, "remap.config"), f"map / http://127.0.0.1:{self.origin_port}/\n")
        write(os.path.join(etc, "storage.config"),
              f"{os.path.join(self.folder, 'store')} {CACHE_BYTES}\n")
        write(os.path.join(etc, "ip_allow.yaml"),
              "ip_allow:\n  - {apply: in, ip_addrs: 0/0, action: allow, methods: ALL}\n")
        return ["traffic_server"]


RIVALS = [Nginx, Varnish, TrafficServer]


def chosen(names):
    """tarn-node and those rivals that are named and installed; who is missing is said loudly."""
    found, missing = [TarnNode], []
    for rival in RIVALS:
        if names and rival.name not in names:
            continue
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        if shutil.which(rival.program, path=path):
            found.append(rival)
        else:
            missing.append(f"{rival.name} is MISSING and does not race: apt-get install {rival.package}")
    return found, missing
