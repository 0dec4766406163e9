"""The real `sluice` against a fake API, for unittest. Every wait has a deadline; what a failed test leaves is killed."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from fake_api import FakeApi

SLUICE = os.environ.get("SLUICE_PROGRAM", "sluice")
DEADLINE_S = 30

CLIENT_FILE = """{
    // as users have it
    "operator": true,
    "target": "deployment/meme-app/main",
    "feature": {
        "split_queues": {
            "views-topic": {"queue_type": "Kafka", "message_filter": {"author": "^me$", "source": "^my-session-"},},
        },
        "env": {"exclude": "SECRET_*"}
    }
}
"""
READY = {
    "phase": "Ready",
    "conditions": [{"type": "Ready", "status": "True", "reason": "Accepted", "message": "", "lastTransitionTime": "2026-01-02T03:04:05Z"}],
    "env": [{"name": "KAFKA_TOPIC_NAME", "value": "mirrord-tmp-123-views"}],
    "queues": [{"id": "views-topic", "type": "Kafka", "original": "views", "temporary": "mirrord-tmp-123-views"}],
}


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.socket = self.folder / "api.sock"
        self.api = FakeApi(self.socket).start()
        self.addCleanup(lambda: self.api.running and self.api.stop())
        self.processes = []
        self.addCleanup(self.kill_all)

    def kill_all(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()

    def environment(self, **more):
        keep = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
        environment = {name: os.environ[name] for name in keep if name in os.environ}
        environment.update(HOME=str(self.folder), LANG="C.UTF-8", XDG_RUNTIME_DIR=str(self.folder), SLUICE_SOCKET=str(self.socket), SLUICE_RENEW_MS="100")
        environment.update({name: str(value) for name, value in more.items() if value is not None})
        return {name: value for name, value in environment.items() if more.get(name, value) is not None}

    def client_file(self, text=CLIENT_FILE, name="mirrord.json"):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def sluice(self, *arguments, **environment):
        """Runs to its end; stdout, stderr and status of the result."""
        return subprocess.run([SLUICE, *arguments], env=self.environment(**environment), cwd=self.folder, capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)

    def start(self, *arguments, **environment):
        """Starts it in a process group of its own, without a terminal."""
        process = subprocess.Popen([SLUICE, *arguments], env=self.environment(**environment), cwd=self.folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, start_new_session=True)
        self.processes.append(process)
        return process

    def run_session(self, *command, options=(), **environment):
        """`sluice run` with a filter; -t and a queue are given."""
        return self.start("run", "-t", "deployment/meme-app", "--filter", "views-topic:author=^me$", *options, "--", *command, **environment)

    def run_running(self, script, options=(), **environment):
        """The same, up to a running CMD: a Python script, which must create the file `up` once it is ready."""
        process = self.run_session(sys.executable, "-c", script, options=options, **environment)
        self.api.session()
        self.api.set_status(READY)
        self.wait_file("up", process)
        return process

    def wait_file(self, name, process=None):
        path = self.folder / name
        self.until(path.exists, f"file {name}", process)
        return path

    def until(self, check, what, process=None):
        """Waits for a state outside of the API."""
        end = time.monotonic() + DEADLINE_S
        while not check():
            if time.monotonic() > end:
                self.fail(f"{what} did not come")
            if process is not None and process.poll() is not None:
                self.fail(f"{what} did not come; status {process.returncode}: {process.stderr.read()}")
            time.sleep(0.01)

    def hear(self, process, words):
        """Reads what it says on stderr up to the line with these words, and returns it."""
        said = ""
        while words not in said:
            line = process.stderr.readline()
            self.assertTrue(line, f"it ended without '{words}': {said}")
            said += line
        return said

    def end(self, process, number=None):
        """Status and what it said, after a signal if one is given."""
        if number is not None:
            os.kill(process.pid, number)
        out, err = process.communicate(timeout=DEADLINE_S)
        return process.returncode, out, err

    def requests(self, method):
        with self.api.lock:
            return [r for r in self.api.requests if r[0] == method]

    def annotations(self, name):
        """Values that PATCH requests gave an annotation, in order."""
        found = [((r[2].get("metadata") or {}).get("annotations") or {}).get(name) for r in self.requests("PATCH")]
        return [value for value in found if value is not None]


def main():
    # So that a test which is interrupted ends its children.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    unittest.main(verbosity=2)
