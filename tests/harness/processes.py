"""What runs: children, names and open files from /proc. Linux only.

Owns nothing and ends nothing but by pid.
"""
import os
from pathlib import Path


def _stat(pid):
    """(ppid, state, start in ticks after boot) or None."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return int(fields[1]), fields[0], int(fields[19])


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def alive(pid):
    """False also for a zombie."""
    found = _stat(pid)
    return found is not None and found[1] not in "ZX"


def started(pid):
    """When it began, which tells it from a later process of the same number; None when it is gone."""
    found = _stat(pid)
    return found and found[2]


def children(pid):
    """Live children of pid."""
    found = ((child, _stat(child)) for child in pids())
    return sorted(child for child, stat in found if stat and stat[0] == pid and stat[1] not in "ZX")


def program(pid):
    """Base name of the program that runs as pid, "" when it is gone."""
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe")).replace(" (deleted)", "")
    except OSError:
        return ""


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def open_files(pid):
    """Paths behind its descriptors."""
    found = []
    try:
        for number in os.listdir(f"/proc/{pid}/fd"):
            try:
                found.append(os.readlink(f"/proc/{pid}/fd/{number}"))
            except OSError:
                continue
    except OSError:
        pass
    return found


def using(folder):
    """{pid: command line} of live processes, except this one, that have a file below folder open or name it in their arguments."""
    prefix = str(folder).rstrip("/") + "/"
    found = {}
    for pid in pids():
        if pid == os.getpid() or not alive(pid):
            continue
        if any(path.startswith(prefix) for path in open_files(pid)) or prefix in command_line(pid) + "/":
            found[pid] = command_line(pid)
    return found
