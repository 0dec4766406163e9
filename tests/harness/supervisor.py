"""A supervisor over a folder of manifests: guardian, supervisor and workers, found and killed by pid.

Owns the guardian process, a state folder (kept with the logs) and a runtime folder of its own (short path, for sockets; removed). close() ends everything and
says what was left.
"""
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from testbed.process import Process, tail

from . import processes
from .api import Api
from .wait import wait_until

READY_S = 15.0
STOP_S = 90.0
CHECKOUT = Path(__file__).resolve().parent.parent.parent


def binaries():
    """The folder of our programs."""
    return Path(os.environ.get("SLUICE_BIN") or CHECKOUT / "build" / "release" / "bin")


class Supervisor:
    """manifests: the folder that is watched. folder: logs and state go there. arguments, environment: on top of ours."""

    def __init__(self, manifests, folder, events=None, arguments=(), environment=None):
        self.manifests, self.folder, self.events = Path(manifests), Path(folder), events
        self.state = self.folder / "state"
        self.runtime = Path(tempfile.mkdtemp(prefix="sluice-run-"))
        self.socket = self.runtime / "api.sock"
        self.api = Api(self.socket)
        self.output = self.folder / "supervisor.log"
        self.arguments, self.extra = list(arguments), dict(environment or {})
        self.process = None
        self.seen = {}           # pid: start of every process that ever belonged to it; the system gives numbers again

    # --- life ---

    def start(self, wait=True):
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o700)
        argv = [str(binaries() / "sluice-supervisor"), "--standalone", str(self.manifests), *self.arguments]
        self.process = Process(argv, self.output, env=self.environment(), cwd=self.folder)
        if wait:
            self.wait_answers()
        return self

    def environment(self):
        """What the supervisor and the CLI are started with."""
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.folder), "STATE_DIRECTORY": str(self.state),
                       "RUNTIME_DIRECTORY": str(self.runtime), "SLUICE_SOCKET": str(self.socket)}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        environment.update(self.extra)
        return environment

    def wait_answers(self, deadline_s=READY_S):
        def answers():
            status = self.process.poll()
            assert status is None, f"the guardian ended with {status}: {self.describe()}"
            return self.api.answers()
        wait_until(answers, deadline_s, f"the API at {self.socket}", seen=self.describe)
        self.pids()

    def stop(self, timeout_s=STOP_S):
        """SIGTERM to the guardian, as a service manager does. Returns its exit status; fails when it has to be killed."""
        self.pids()
        self.process.signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the guardian did not end in {timeout_s} s: {self.describe()}") from None
        self.assert_nothing_left()
        return status

    def close(self):
        """End whatever there is, whatever its state."""
        if self.process is not None:
            self.pids()
            if self.process.is_running():
                self.process.kill()
            for pid in self.left():
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.runtime, ignore_errors=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    # --- who is who ---

    @property
    def guardian(self):
        return self.process.pid

    def _named(self, name):
        found = [pid for pid in processes.children(self.guardian) if processes.program(pid) == name]
        self.seen.update((pid, start) for pid in found if (start := processes.started(pid)) is not None)
        return found

    def supervisor(self):
        """pid of the supervisor, None while there is none."""
        found = self._named("sluice-supervisor")
        return found[-1] if found else None

    def workers(self):
        """pids of the workers that run."""
        return self._named("sluice-worker-kafka") + self._named("sluice-worker-sqs")

    def pids(self):
        """All of them, the guardian first."""
        return [self.guardian, *self._named("sluice-supervisor"), *self.workers()]

    # --- faults ---

    def kill_supervisor(self, wait=True):
        """SIGKILL; with wait, until another one answers."""
        pid = wait_until(self.supervisor, READY_S, "a supervisor to kill", seen=self.describe)
        self._kill(pid, "supervisor")
        if wait:
            wait_until(lambda: self.supervisor() not in (None, pid) and self.api.answers(), READY_S, "another supervisor", seen=self.describe)
        return pid

    def kill_worker(self, index=0, wait=True):
        """SIGKILL one worker; with wait, until as many run as before."""
        before = wait_until(lambda: len(self.workers()) > index and self.workers(), READY_S, f"worker {index} to kill", seen=self.describe)
        self._kill(before[index], "worker")
        if wait:
            wait_until(lambda: len(set(self.workers()) - {before[index]}) >= len(before), READY_S, "another worker", seen=self.describe)
        return before[index]

    def kill_guardian(self, restart=True):
        """SIGKILL; its children must go with it. With restart, started again as a service manager would."""
        family = self.pids()
        self._kill(family[0], "guardian")
        self.process.wait(READY_S)
        wait_until(lambda: not any(map(processes.alive, family)), READY_S, "the guardian's children gone", seen=lambda: self._alive(family))
        if restart:
            self.start()
        return family[0]

    def pause_worker(self, index=0):
        pid = self.workers()[index]
        os.kill(pid, signal.SIGSTOP)
        return pid

    def resume(self, pid):
        os.kill(pid, signal.SIGCONT)

    def _kill(self, pid, what):
        if self.events:
            self.events.fault(f"{what} killed", pid=pid)
        os.kill(pid, signal.SIGKILL)

    def _kill_if_ours(self, pid):
        """A pid is killed only while it still runs one of our programs."""
        if processes.alive(pid) and processes.program(pid).startswith("sluice-"):
            os.kill(pid, signal.SIGKILL)

    # --- state ---

    def _alive(self, family):
        return {pid: processes.command_line(pid) for pid in family if processes.alive(pid)}

    def left(self):
        """{pid: command line} of those that ever belonged to it and live."""
        return {pid: line for pid, line in self._alive(self.seen).items() if processes.started(pid) == self.seen[pid]}

    def assert_nothing_left(self):
        """I-6 for processes: nobody of the family lives, and nobody has a file of ours open."""
        def rest():
            found = self.left()
            found.update({pid: line for folder in (self.state, self.runtime) for pid, line in processes.using(folder).items()
                          if processes.program(pid).startswith("sluice-")})
            return found
        wait_until(lambda: not rest(), READY_S, "no process left", seen=rest)

    def logs(self):
        """Log files: its own and those of the workers."""
        return [self.output, *sorted(p for p in self.state.rglob("*.log*") if p.is_file()), *sorted(self.runtime.rglob("*.log*"))]

    def describe(self):
        state = "not started" if self.process is None else f"guardian {self.guardian} status {self.process.poll()}, {self.left()}"
        return f"{state}; " + "\n".join(f"{path}:\n{tail(path, 12)}" for path in self.logs())
