"""A booted host: its files, and commands in it.

Owns every process of it, by way of its first one; they end with close(), or with the process that made it, by whatever signal.
"""

import os
import subprocess
from pathlib import Path
from typing import Sequence

from harness.wait import wait_until

from ..cluster.space import ControlGroup
from ..process import Process, tail

HERE = Path(__file__).resolve().parent
BOOT_S = 60.0
COMMAND_S = 120.0


class Machine:
    """folder: for its console and mounts. binds: folders of this machine that it sees at the same paths."""

    def __init__(self, folder: Path, binds: Sequence[Path] = ()) -> None:
        self.folder = folder
        self.group = ControlGroup()
        self._console = folder / "console.log"
        (folder / "space").mkdir(parents=True)
        self._argv = [
            *("unshare", "--fork", "--kill-child=KILL", "--pid", "--mount", "--ipc", "--uts", "--propagation", "private"),
            *("sh", str(HERE / "boot.sh"), "enter", self.group.name, " ".join(map(str, self.group.hierarchies))),
            *(os.environ["SLUICE_SYSTEMD_ROOT"], str(folder / "space"), *map(str, binds)),
        ]
        self._outer: "Process | None" = None
        self.pid = 0

    def boot(self) -> "Machine":
        self.group.make()
        self._outer = Process(self._argv, self._console)
        wait_until(self._is_up, BOOT_S, "systemd to be up", lambda: tail(self._console))
        return self

    def _is_up(self) -> bool:
        assert self._outer is not None and self._outer.is_running(), f"it ended: {tail(self._console)}"
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children").read_text().split()
        self.pid = int(children[0]) if children else 0
        return bool(self.pid) and self.run("systemctl", "is-system-running", check=False).strip() in ("running", "degraded")

    def path(self, inside: str) -> Path:
        """Where a file of the host is found from outside."""
        return Path(f"/proc/{self.pid}/root", inside.lstrip("/"))

    def argv(self, *command: str) -> "list[str]":
        return ["nsenter", f"--target={self.pid}", "--pid", "--mount", "--ipc", "--uts", "--cgroup", "--root", "--wd", "--",
                "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "SYSTEMD_PAGER=", *command]

    def run(self, *command: str, check: bool = True, timeout_s: float = COMMAND_S) -> str:
        """Output of a command on the host. Raises AssertionError with what it said when it fails."""
        done = subprocess.run(self.argv(*command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=timeout_s, check=False)
        assert not check or done.returncode == 0, f"{' '.join(command)}: status {done.returncode}: {done.stdout}"
        return done.stdout

    def close(self) -> None:
        if self._outer is not None:
            self._outer.kill()
            self._outer = None
            self.group.close()
