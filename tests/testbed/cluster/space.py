"""The namespaces of one node: processes, mounts, network, host name, and a control group for its containers.

Their first process (space.sh) dies with the process that made it, by whatever signal; the kernel then ends everything inside, and
its mounts and network devices with it. Owns nothing outside but the control group, which it removes.
"""

import contextlib
import os
import re
import sys
import uuid
from pathlib import Path
from typing import Iterator, Sequence

from harness.wait import wait_until

from ..process import Process, tail
from . import addresses, commands

HERE = Path(__file__).resolve().parent
READY_DEADLINE_S = 20.0
GONE_DEADLINE_S = 20.0
PREFIX = "sluice-"
NAME = re.compile(PREFIX + r"(\d+)-[0-9a-f]+")
READY = "space-is-ready"
# The first process of the node, for those who did not start it.
PID = "node.pid"
# What containerd, the kubelet and their like expect of a machine.
VAR_FOLDERS = ("etc", "lib", "log/pods", "log/containers", "tmp", "cache")


def control_group_roots(mounts: str) -> "Iterator[Path]":
    """Where a control group must be made to exist in every hierarchy; mounts: the text of /proc/self/mounts."""
    for line in mounts.splitlines():
        _, where, kind = line.split()[:3]
        if kind in ("cgroup", "cgroup2"):
            yield Path(where)


def in_node(pid: int, argv: Sequence[str]) -> "list[str]":
    """The command, on the node whose first process is `pid`; it dies with the nsenter that waits for it."""
    return [
        *("nsenter", f"--target={pid}", "--pid", "--mount", "--net", "--uts", "--ipc", "--cgroup", "--root", "--wd=/", "--"),
        *("setpriv", "--pdeathsig", "KILL", "--", *argv),
    ]


def run_in_node(pid: int, argv: Sequence[str], timeout_s: float = 60.0) -> str:
    """Standard output of a command on the node. Raises RuntimeError with what it said."""
    return commands.run(in_node(pid, argv), timeout_s=timeout_s)


def read_pid(folder: Path) -> int:
    """The first process of the node whose space lies in this folder."""
    return int((folder / PID).read_text())


class ControlGroup:
    """A group of our own in every hierarchy, which a node takes for the root."""

    def __init__(self) -> None:
        # The process id tells later ones whether somebody still cares.
        self.name = f"{PREFIX}{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.hierarchies = list(control_group_roots(Path("/proc/self/mounts").read_text()))
        self._folders = [root / self.name for root in self.hierarchies]

    def make(self) -> None:
        self._sweep()
        for folder in self._folders:
            folder.mkdir()
            # In version 1 a new group may use no processor and no memory before it is told which.
            for setting in ("cpuset.cpus", "cpuset.mems"):
                if (folder / setting).exists() and not (folder / setting).read_text().strip():
                    (folder / setting).write_text((folder.parent / setting).read_text())

    def pids(self, container: str) -> "list[int]":
        """Processes below this group in the group of one container, in the order in which they began."""
        found = {int(pid) for file in self._folders[0].rglob(f"*{container}*/cgroup.procs") for pid in file.read_text().split()}
        return sorted(found, key=_begin_ticks)

    def _sweep(self) -> None:
        """Remove what processes that were killed left behind."""
        for hierarchy in self.hierarchies:
            for folder in hierarchy.glob(f"{PREFIX}*"):
                owner = NAME.fullmatch(folder.name)
                if owner and not Path("/proc", owner[1]).exists():
                    with contextlib.suppress(OSError):  # the kernel is not done with it
                        _remove_group(folder)

    def _remove(self) -> bool:
        for folder in self._folders:
            _remove_group(folder)
        return True

    def close(self) -> None:
        """Remove it, once the kernel has let the last process of it go."""
        wait_until(self._remove, GONE_DEADLINE_S, f"control group {self.name} to be empty")


class Space:
    """var: the folder that the node sees as /var, made here."""

    def __init__(self, var: Path, programs: Path, log_path: Path) -> None:
        self.var = var
        self.group = ControlGroup()
        for folder in VAR_FOLDERS:
            (var / folder).mkdir(parents=True)
        (var / "run").symlink_to("/run")
        self._log_path = log_path
        self._argv = [
            *("unshare", "--fork", "--kill-child=KILL", "--pid", "--mount-proc", "--mount", "--net", "--uts", "--ipc"),
            *("--propagation", "private", "sh", str(HERE / "space.sh")),
            *("enter", self.group.name, " ".join(map(str, self.group.hierarchies))),
            *(str(var), str(programs), READY, addresses.NODE_IP, addresses.SERVICE_RANGE),
        ]
        self._outer: "Process | None" = None
        self.pid = 0

    def start(self) -> None:
        self.group.make()
        self._outer = Process(self._argv, self._log_path)
        wait_until(self._is_ready, READY_DEADLINE_S, "the namespaces of the node", lambda: tail(self._log_path))
        self.pid = _first_child(self._outer.pid)
        (self.var.parent / PID).write_text(f"{self.pid}\n")

    def _is_ready(self) -> bool:
        assert self._outer is not None and self._outer.is_running(), f"space.sh ended: {tail(self._log_path)}"
        return (self.var / READY).exists()

    def in_network(self, argv: Sequence[str]) -> "list[str]":
        """A command in the network of the cluster, otherwise on the machine: the control plane, a broker, a relay."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--", *argv]

    def in_node(self, argv: Sequence[str]) -> "list[str]":
        """A command on the node, which dies with the nsenter that waits for it."""
        return in_node(self.pid, argv)

    def close(self) -> None:
        """End every process of the node and remove its control group."""
        if self._outer is not None:
            self._outer.kill()
            self._outer = None
            self.group.close()


def _remove_group(group: Path) -> None:
    for folder, _, _ in os.walk(group, topdown=False):
        with contextlib.suppress(FileNotFoundError):  # another sweeps too
            os.rmdir(folder)


def _first_child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _begin_ticks(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19])
    except OSError:
        return sys.maxsize  # gone meanwhile
