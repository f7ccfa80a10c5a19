"""Which processors servers and clients run on, and what processes used."""
import os

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
_server, _clients = None, None


def divide(is_pinned):
    """Servers get the last processor, clients the others, where there are two."""
    global _server, _clients
    mine = sorted(os.sched_getaffinity(0))
    if is_pinned and len(mine) > 1:
        _server, _clients = {mine[-1]}, set(mine[:-1])


def of_servers():
    if _server:
        os.sched_setaffinity(0, _server)


def of_clients():
    if _clients:
        os.sched_setaffinity(0, _clients)


def _stat(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()


def family(pid):
    """The process and all below it."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                children.setdefault(int(_stat(name)[1]), []).append(int(name))
            except OSError:
                pass
    found, open = [], [pid]
    while open:
        found.append(open.pop())
        open += children.get(found[-1], [])
    return found


def seconds(pid):
    total = 0
    for member in family(pid):
        try:
            fields = _stat(member)
            total += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return total / TICK


def resident(pid):
    total = 0
    for member in family(pid):
        try:
            with open(f"/proc/{member}/statm") as file:
                total += int(file.read().split()[1]) * PAGE
        except OSError:
            pass
    return total


def load():
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def busy_seconds():
    """Processor seconds of the whole machine that were not idle."""
    with open("/proc/stat") as file:
        fields = list(map(int, file.readline().split()[1:]))
    return (sum(fields[:8]) - fields[3] - fields[4]) / TICK
