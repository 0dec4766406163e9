"""The deployed application: N instances of a client, restarted by the command of a LocalService.

Owns its processes and a socket at which service.py asks for restarts; everything ends with close(). A restart ends every old instance (SIGTERM, then SIGKILL),
reads the envFile and starts new ones; restarts take turns.
"""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from testbed.process import Process, tail

from .clients import client_command
from .env_file import env_file_parse, env_file_text
from .events import Tail
from .wait import wait_until

SERVICE = Path(__file__).resolve().parent / "service.py"
STOP_S = 30.0
START_S = 60.0


class App:
    """folder: logs go there, as <label>.*.jsonl. environment: as the manifest says it; extra: what the manifest does not show (log, label, commit settings).

    before_stop and before_start, when set, are called at each restart before the old instances end, and between their end and the start of the new ones; an
    exception of theirs fails the restart. variables: when set, instance i consumes the topic that variables[i] names.
    """

    def __init__(self, folder, environment, client="python", instances=1, label="app", extra=None):
        self.folder = Path(folder)
        self.environment = dict(environment)
        self.client, self.instances, self.label = client, instances, label
        self.extra = dict(extra or {})
        self.env_file = self.folder / f"{label}.env"
        self.output = self.folder / f"{label}.log"
        self.tail = Tail(self.folder, f"{label}.*.jsonl")
        self.processes, self.restarts = [], 0
        self.stop_s = STOP_S
        self.before_stop = self.before_start = None
        self.variables = []
        self.lock = threading.Lock()
        # A socket's path may have 107 bytes, less than the folders of tests take.
        self.socket_folder = Path(tempfile.mkdtemp(prefix="sluice-app-"))
        self.socket_path = self.socket_folder / "socket"
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.socket_path))
        self.listener.listen(8)
        self.thread = threading.Thread(target=self._serve, name=f"app-{label}", daemon=True)
        self.thread.start()

    # --- what the manifest needs ---

    def command(self, verb="restart"):
        """argv for spec.restart, or with "ready" for spec.ready."""
        return [sys.executable, str(SERVICE), str(self.socket_path), verb]

    def write_env_file(self):
        """As Sluice would, so that it finds nothing to do when it first sees the service."""
        self.env_file.write_text(env_file_text(self.environment, quoted=True))
        self.env_file.chmod(0o600)
        return self

    # --- life ---

    def start(self, ready=True):
        """Start as deployed: by the envFile if it is there, else by the environment of the manifest."""
        with self.lock:
            self._start_all()
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self, deadline_s=START_S):
        """Every instance has joined its group."""
        wait_until(self.is_ready, deadline_s, f"{self.instances} instances of {self.label} in their group", seen=self.describe)

    def is_ready(self):
        assigned = {line["inst"] for line in self.tail.of("assigned")}
        joined = [p.is_running() and any(f"-{p.pid}-" in inst for inst in assigned) for p in self.processes]
        return len(joined) == self.instances and all(joined)

    def restart(self):
        """What the restart command does. Raises when an old instance cannot be ended or a new one does not start."""
        with self.lock:
            if self.before_stop:
                self.before_stop()
            self._stop_all()
            if self.before_start:
                self.before_start()
            self._start_all()
            self.restarts += 1

    def stop(self):
        with self.lock:
            self._stop_all()

    def kill(self, index):
        """SIGKILL one instance, which stays dead until restarted."""
        self.processes[index].kill()

    def pause(self, index):
        self.processes[index].signal(signal.SIGSTOP)

    def resume(self, index):
        self.processes[index].signal(signal.SIGCONT)

    def scale(self, instances):
        """As a restart with another number; 0 ends all."""
        self.instances = instances
        self.restart()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # close alone would not wake the thread that accepts
        self.listener.close()
        with self.lock:
            for process in self.processes:
                if process.is_running():
                    process.kill()
        for path in (self.socket_path, self.socket_folder):
            try:
                path.unlink() if path == self.socket_path else path.rmdir()
            except OSError as error:
                print(f"{path} stays: {error}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- state ---

    def current_environment(self):
        """What the next instance would be started with, apart from `extra`."""
        if self.env_file.exists():
            return env_file_parse(self.env_file.read_text())
        return dict(self.environment)

    def count(self):
        """Messages collected so far, redelivered ones included."""
        return self.tail.poll().count

    def uids(self):
        return self.tail.poll().uids

    def describe(self):
        states = [(p.pid, p.poll()) for p in self.processes]
        return f"{states}, collected {self.count()}; {self.output}:\n{tail(self.output)}"

    # --- inside ---

    def _environment(self, index):
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment.update(COLLECT_LABEL=self.label, COLLECT_LOG=str(self.folder / f"{self.label}.%p.jsonl"))
        environment.update(self.current_environment())
        environment.update(self.extra)
        if self.variables:
            environment["KAFKA_TOPIC_NAME"] = environment[self.variables[index % len(self.variables)]]
        if "GROUP_INSTANCE_ID" in environment:
            environment["GROUP_INSTANCE_ID"] += f"-{index}"
        return environment

    def _start_all(self):
        argv = client_command(self.client)
        self.processes = [Process(argv, self.output, env=self._environment(i)) for i in range(self.instances)]

    def _stop_all(self):
        for process in self.processes:
            process.signal(signal.SIGCONT)
            process.signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(self.stop_s)
            except subprocess.TimeoutExpired:
                process.kill()
        self.processes = []

    def _serve(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return    # closed
            threading.Thread(target=self._answer, args=(link,), daemon=True).start()

    def _answer(self, link):
        with link:
            try:
                verb = link.recv(64).decode().strip()
                answer = self._obey(verb)
            except Exception as error:  # the command's standard error shows it
                answer = f"{type(error).__name__}: {error}"
            try:
                link.sendall(answer.encode())
            except OSError as error:
                print(f"the restart command is gone: {error}")

    def _obey(self, verb):
        if verb == "restart":
            self.restart()
            return "ok"
        if verb == "ready":
            return "ok" if self.is_ready() else "not every instance has joined its group"
        return f"unknown verb {verb!r}"
