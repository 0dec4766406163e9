"""A developer's run: `sluice run -f mirrord.json -t TARGET -- CLIENT`.

Owns the CLI's process; its local process is the CLI's child. Writes the session's events for the checker at the moments that tests/checker/FORMAT.md wants them.
"""
import os
import signal
import subprocess

from testbed.process import Process, tail

from . import processes
from .api import phase
from .clients import client_command
from .events import Tail, read_lines
from .manifests import client_file
from .supervisor import binaries
from .wait import wait_until

READY_S = 60.0
END_S = 60.0
API_S = 20.0    # it may just have been killed


def _queue(line):
    """The temporary topic or queue that a client says at its start; None: it has not."""
    return line.get("topic") or next((url.rsplit("/", 1)[1] for url in line.get("queues", [])), None)


class Session:
    """queues: queue id -> filters or (filters, mode). topics: queue id -> original topic, for the checker. options: more arguments for `sluice run`.

    folder: for logs, by default the supervisor's. variable: which variable of the session's environment names the topic that the local process consumes.
    """

    def __init__(self, supervisor, events, name, queues, topics, target="deployment/meme-app", namespace=None, client="python", environment=None, options=(),
                 folder=None, variable=None, queue_type="Kafka"):
        self.supervisor, self.events, self.name = supervisor, events, name
        self.queues, self.topics = queues, topics
        self.folder = folder or supervisor.folder
        self.output = self.folder / f"session-{name}.log"
        self.tail = Tail(self.folder, f"{name}.*.jsonl")
        self.client, self.extra = client, dict(environment or {})
        file = client_file(self.folder / f"session-{name}" / ".mirrord" / "mirrord.json", queues, queue_type=queue_type)
        self.argv = [str(binaries() / "sluice"), "run", "-f", str(file), "-t", target, *(["-n", namespace] if namespace else []), *options,
                     "--", *(["sh", "-c", f'KAFKA_TOPIC_NAME="${variable}" exec "$@"', "sh"] if variable else []), *client_command(client)]
        self.process = None

    # --- life ---

    def start(self, ready=True):
        """Ask for it; with ready, wait until its local process runs."""
        queues = {}
        for queue_id, entry in self.queues.items():
            filters, mode = entry if isinstance(entry, tuple) else (entry, "steal")
            queues[self.topics[queue_id]] = {"mode": mode or "steal", "filters": filters}
        self.events.write("session", name=self.name, queues=queues)
        self.process = Process(self.argv, self.output, env=self.environment(), cwd=self.folder)
        if ready:
            self.wait_ready()
        return self

    def environment(self):
        environment = self.supervisor.environment()
        environment.update(PYTHONUNBUFFERED="1", PYTHONDONTWRITEBYTECODE="1", COLLECT_LABEL=self.name,
                           COLLECT_LOG=str(self.folder / f"{self.name}.%p.jsonl"), AUTO_OFFSET_RESET="earliest")
        environment.update(self.extra)
        return environment

    def wait_ready(self, deadline_s=READY_S):
        """Ready is when the local process was started. Also tells the checker the order that the supervisor gave the session."""
        def started():
            status = self.process.poll()
            assert status is None, f"session {self.name} ended with {status}: {self.describe()}"
            return self.tail.of("start")
        line = wait_until(started, deadline_s, f"session {self.name} ready", seen=self.describe)[0]
        self.events.write("ready", name=self.name, at=line["at"])
        self._tell_order(_queue(line))

    def _tell_order(self, topic):
        document = self.document(topic)
        if document is not None:
            meta = document["metadata"]
            self.events.write("order", name=self.name, order=[meta["creationTimestamp"], meta["uid"]])

    def wait_joined(self, deadline_s=READY_S):
        """Its local process has joined its group."""
        wait_until(lambda: self.tail.of("assigned"), deadline_s, f"the local process of {self.name} in its group", seen=self.describe)

    def end(self, deadline_s=END_S):
        """As Ctrl-C: SIGTERM to the CLI. Returns its exit status."""
        self.events.write("ending", name=self.name)
        self.process.signal(signal.SIGTERM)
        try:
            status = self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"session {self.name} did not end in {deadline_s} s: {self.describe()}") from None
        self._wait_over(deadline_s)
        return status

    def kill(self, wait=True, deadline_s=END_S * 2):
        """SIGKILL the CLI and its local process, as a laptop that is switched off; the session then runs out by itself."""
        local = self.local()
        self.events.write("ending", name=self.name)
        self._kill_both(local)
        if wait:
            self._wait_over(deadline_s)

    def _kill_both(self, local):
        self.process.kill()
        if local is not None and processes.alive(local):
            os.kill(local, signal.SIGKILL)
            wait_until(lambda: not processes.alive(local), END_S, f"the local process {local} of {self.name} gone")

    def _wait_over(self, deadline_s):
        topic = _queue((self.tail.of("start") or [{}])[0])

        def over():
            """Its document alone says little: a deleted one is gone at once, its route and its leftovers are not."""
            document = self.document(topic)
            routed = any(t["name"] == topic for split in self.supervisor.api.splits() for t in split["spec"].get("temporaries") or [])
            return (document is None or phase(document) in ("Ended", "Failed")) and not routed
        wait_until(over, deadline_s, f"session {self.name} over", seen=lambda: (self.document(topic), self.supervisor.describe()))
        self.events.write("ended", name=self.name)

    def close(self):
        """End its processes whatever their state."""
        if self.process is not None and self.process.is_running():
            self._kill_both(self.local())

    # --- state ---

    def local(self):
        """pid of the local process, None when there is none."""
        found = processes.children(self.process.pid)
        return found[0] if found else None

    def document(self, topic=None):
        """Its SplitSession, found by the temporary topic that it was given; None when it is not there (any more)."""
        topic = topic or _queue((self.tail.of("start") or [{}])[0])
        for document in wait_until(lambda: (self.supervisor.api.sessions(),), API_S, "an answer of the API")[0]:
            if topic is not None and any(e.get("value") == topic for e in (document.get("status") or {}).get("env") or []):
                return document
        return None

    def events_written(self):
        """The lines about it in the test's log."""
        return [line for line in read_lines([self.events.path]) if line.get("name") == self.name]

    def count(self):
        return self.tail.poll().count

    def uids(self):
        return self.tail.poll().uids

    def describe(self):
        state = "not started" if self.process is None else f"status {self.process.poll()}"
        return f"session {self.name}: {state}, collected {self.count()}; {self.output}:\n{tail(self.output)}"
