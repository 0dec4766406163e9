"""Processes that a test starts and that never outlive it.

Each runs in a session of its own (Ctrl-C reaches the test only, which then ends them in order), is ended by its pid
when the test's process exits, and is killed by the kernel when that process is itself killed (PR_SET_PDEATHSIG).
"""

import atexit
import os
import queue
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

STOP_DEADLINE_S = 20.0

_jobs: "queue.Queue[tuple[Callable[[], Any], queue.Queue[Any]]]" = queue.Queue()
_spawner_lock = threading.Lock()
_spawner: "threading.Thread | None" = None
_live: "set[Process]" = set()


def _spawn_loop() -> None:
    while True:
        job, answer = _jobs.get()
        try:
            answer.put((job(), None))
        except BaseException as error:  # handed to the caller's thread
            answer.put((None, error))


def _in_spawner(job: Callable[[], Any]) -> Any:
    """Run `job` in the thread that lives as long as we do: the death signal is tied to the thread that forked."""
    global _spawner
    with _spawner_lock:
        if _spawner is None:
            _spawner = threading.Thread(target=_spawn_loop, name="spawner", daemon=True)
            _spawner.start()
    answer: "queue.Queue[Any]" = queue.Queue()
    _jobs.put((job, answer))
    value, error = answer.get()
    if error is not None:
        raise error
    return value


class Process:
    """A running program whose output goes to a file. `log_path` is appended to, so restarts share one log."""

    def __init__(
        self,
        argv: Sequence[str],
        log_path: Path,
        env: "Mapping[str, str] | None" = None,
        cwd: "Path | None" = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self.argv = list(argv)
        self.log_path = Path(log_path)
        with open(self.log_path, "ab") as log:
            self._popen: "subprocess.Popen[bytes]" = _in_spawner(
                lambda: subprocess.Popen(
                    ["setpriv", "--pdeathsig", "KILL", "--", *self.argv],
                    stdin=stdin,
                    stdout=log,
                    stderr=log,
                    env=None if env is None else dict(env),
                    cwd=cwd,
                    start_new_session=True,
                )
            )
        self.pid = self._popen.pid
        _live.add(self)

    @property
    def stdin(self) -> Any:
        return self._popen.stdin

    def poll(self) -> "int | None":
        """The exit status (negative: the signal that ended it), None while it runs."""
        status = self._popen.poll()
        if status is not None:
            _live.discard(self)
        return status

    def is_running(self) -> bool:
        return self.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal; nothing happens when the process is gone (its pid is not reaped before, so never another's)."""
        self._popen.send_signal(number)

    def wait(self, timeout_s: float) -> int:
        """Wait for the end and return the exit status. Raises subprocess.TimeoutExpired."""
        status = self._popen.wait(timeout_s)
        _live.discard(self)
        return status

    def kill(self) -> int:
        """SIGKILL and wait."""
        self.signal(signal.SIGKILL)
        return self.wait(STOP_DEADLINE_S)

    def stop(self, timeout_s: float = STOP_DEADLINE_S) -> int:
        """SIGTERM and wait; SIGKILL when the deadline passes. A stopped (SIGSTOP) process is woken first."""
        if self.poll() is None:
            self.signal(signal.SIGTERM)
            self.signal(signal.SIGCONT)
        try:
            return self.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return self.kill()


def tail(path: Path, lines: int = 25) -> str:
    """The last lines of a log, for the message of a failed wait."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16384))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
    except OSError as error:
        return f"(no log: {error})"


@atexit.register
def _end_all() -> None:
    for process in list(_live):
        try:
            process.kill()
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"process {process.pid} ({process.argv[0]}) could not be ended: {error}")
