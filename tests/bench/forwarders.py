"""What is measured: the worker, its engine alone, and the bare loop. Each is a context manager around one process."""

import json
import os
import secrets
import subprocess
import tempfile
import time
from pathlib import Path

from testbed.process import Process, tail

PREPARE, FORWARD = 2, 3
FALLBACK, SESSION = 1, 2
STEAL = 1
READY_S = 60.0
END_S = 30.0
POLL_S = 0.005


def program(name):
    folder = os.environ.get("SLUICE_BIN")
    assert folder, "SLUICE_BIN must name the folder of the built programs"
    folder = Path(folder)
    return str((folder.parent / "tests" / "bin" if name.startswith("sluice_bench_") else folder) / name)


class Loop:
    """The bare loop, from the first message on. kind: tuned or stock."""

    def __init__(self, kind, bench, source, destinations):
        self.argv = [program("sluice_bench_loop"), kind, bench.broker.bootstrap, source, str(bench.partitions), *destinations]
        self.log = bench.folder / "loop.log"
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.kill()

    @property
    def pid(self):
        return self.process.pid

    def forward(self):
        self.process = Process(self.argv, self.log)

    def check(self):
        assert self.process.is_running(), f"the loop ended: {tail(self.log)}"


def kafka_spec(bench, source, group):
    """(specification, credentials) of a worker that forwards a topic from its beginning."""
    properties = {"bootstrap.servers": bench.broker.bootstrap, "compression.type": "none"}
    return {"topic": source, "group": group, "transactionalId": f"mirrord-bench-{source}", "autoOffsetReset": "earliest"}, {"properties": properties}


class Scripted:
    """A worker or an engine that is told tables. group: what the fallback's consumers are called; "" where there are none such."""

    def __init__(self, argv, document, temps, group, environment=None):
        self.argv, self.document, self.temps, self.group, self.environment = argv, document, temps, group, environment
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-bench-"))
        self.log = self.folder / "log"
        self.generation = 0
        self.process, self.pid = None, None

    def __enter__(self):
        self.process = Process(self.argv + self.arguments(), self.log, stdin=subprocess.PIPE, env=self.environment)
        spec, credentials = self.document
        self._send({"spec": spec, "credentials": credentials})
        self.pid = self.find_pid()
        self._give(PREPARE)
        for temp in self.temps:
            self.wait("temp", name=temp, state="present")
        return self

    def __exit__(self, kind, *_):
        if self.process.is_running() and kind is None:
            self.process.stdin.close()
            self.process.wait(END_S)
        else:
            self.process.kill()
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()

    def arguments(self):
        return []

    def find_pid(self):
        return self.process.pid

    def check(self):
        assert self.process.is_running(), f"the worker ended: {tail(self.log)}"

    def forward(self):
        self._give(FORWARD)

    def wait(self, report, **fields):
        """The first report with these fields."""
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            for found in self._reports():
                if found.get("report") == report and all(found.get(k) == v for k, v in fields.items()):
                    return found
            self.check()
            time.sleep(POLL_S)
        raise AssertionError(f"no {report} {fields} within {READY_S:.0f} s: {tail(self.log)}")

    def _reports(self):
        for line in self.log.read_text().splitlines():
            if line.startswith("{"):
                try:
                    yield json.loads(line)
                except ValueError:   # not yet written to its end
                    return

    def _send(self, document):
        self.process.stdin.write(json.dumps(document).encode() + b"\n")
        self.process.stdin.flush()

    def _give(self, mode):
        self.generation += 1
        temps = [{"name": name, "role": SESSION if i else FALLBACK, "session": self.uid(i - 1) if i else "", "want": 1,
                  "group": f"{self.group}-{i}" if i and self.group else self.group} for i, name in enumerate(self.temps)]
        self._send({"table": {"generation": self.generation, "mode": mode, "free": 1, "temps": temps, **self.sessions()}})


class Engine(Scripted):
    """The engine with many sessions of mixed filters, which share the temps."""

    def __init__(self, bench, source, temps, mixed):
        group = f"app-{secrets.token_hex(6)}"
        super().__init__([program("sluice_bench_engine")], kafka_spec(bench, source, group), temps, group)
        self.mixed = mixed

    @staticmethod
    def uid(number):
        return f"bench-session-{number}"

    def sessions(self):
        return {"mixed": self.mixed}


class StagedWorker(Scripted):
    """A real worker under a played supervisor; session i has the temp i + 1 and takes what filters(i) say."""

    def __init__(self, worker, *args, **options):
        super().__init__([program("sluice_bench_stage"), program(worker)], *args, **options)

    def arguments(self):
        return [str(self.folder)]

    def find_pid(self):
        return self.wait("started")["pid"]

    @staticmethod
    def uid(number):
        return f"session-{number}"

    def sessions(self):
        return {"sessions": [{"session": self.uid(i), "temp": name, "mode": STEAL, "stamp": "", "filters": self.filters(i)}
                             for i, name in enumerate(self.temps[1:])]}


class Worker(StagedWorker):
    """Kafka's; session i takes what is marked with i."""

    def __init__(self, bench, source, temps):
        group = f"app-{secrets.token_hex(6)}"
        super().__init__("sluice-worker-kafka", kafka_spec(bench, source, group), temps, group)

    @staticmethod
    def filters(number):
        return [["x-session", f"^my-session-{number}-"]]
