"""Drives an engine's harness executable: tables in, reports out, nothing else of Sluice in between."""

import json
import signal
import subprocess
import threading
import time

CHECK, PREPARE, FORWARD, HOLD, RELEASE = 1, 2, 3, 4, 5
FALLBACK, SESSION = 1, 2
PRESENT, EMPTIED, ABSENT = 1, 2, 3
STEAL, MIRROR = 1, 2


def temp(name, role=SESSION, session="", group="", want=PRESENT, stamp=""):
    return {"name": name, "role": role, "session": session, "group": group, "want": want, "stamp": stamp}


def session(uid, temp_name, filters, mode=STEAL, stamp=""):
    return {"session": uid, "temp": temp_name, "mode": mode, "stamp": stamp, "filters": [list(f) for f in filters]}


class Engine:
    """One engine process. Reports are kept in order; wait_for looks at those since the last `mark`."""

    def __init__(self, executable, spec, properties, log_path, environment=None):
        self.reports = []
        self.mark_index = 0
        self._changed = threading.Condition()
        self._log = open(log_path, "ab")
        self.process = subprocess.Popen(
            [str(executable)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True, env=environment
        )
        threading.Thread(target=self._read, daemon=True).start()
        self._send({"spec": spec, "credentials": {"properties": properties}})

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.reports.append(json.loads(line) | {"at": time.monotonic()})
                self._changed.notify_all()
        with self._changed:
            self.reports.append({"report": "eof", "at": time.monotonic()})
            self._changed.notify_all()

    def _send(self, document):
        self.process.stdin.write(json.dumps(document) + "\n")
        self.process.stdin.flush()

    def table(self, generation, mode, temps=(), sessions=(), positions=(), free=True):
        self._send(
            {
                "table": {
                    "generation": generation,
                    "mode": mode,
                    "free": 1 if free else 0,
                    "temps": list(temps),
                    "sessions": list(sessions),
                    "positions": [list(p) for p in positions],
                }
            }
        )

    def skip(self, seconds):
        """The engine's clock goes on by so much at once."""
        self._send({"skip": int(seconds * 1000)})

    def mark(self):
        """Forget what was reported so far."""
        with self._changed:
            self.mark_index = len(self.reports)

    def wait_for(self, report, deadline_s=20.0, **fields):
        """The first report since the mark with these fields."""
        end = time.monotonic() + deadline_s
        index = self.mark_index
        with self._changed:
            while True:
                while index < len(self.reports):
                    found = self.reports[index]
                    index += 1
                    if found["report"] == report and all(found.get(k) == v for k, v in fields.items()):
                        return found
                    if found["report"] == "eof" and report != "eof":
                        raise AssertionError(f"the engine ended before {report} {fields}: {self.reports[-6:]}")
                left = end - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    if time.monotonic() >= end:
                        raise AssertionError(f"no {report} {fields} within {deadline_s} s; last: {self.reports[-8:]}")

    def latest(self, report, **fields):
        with self._changed:
            for found in reversed(self.reports):
                if found["report"] == report and all(found.get(k) == v for k, v in fields.items()):
                    return found
        return None

    def seen(self, report, **fields):
        return self.latest(report, **fields) is not None

    def stop(self, deadline_s=25.0):
        if self.process.poll() is None:
            self.process.stdin.close()
        code = self.process.wait(deadline_s)
        self._log.close()
        return code

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
