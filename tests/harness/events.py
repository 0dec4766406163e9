"""The test's own log: events that the checker needs (tests/checker/FORMAT.md) and notes for people.

Owns one file of the run's log folder.
"""
import json
import threading
import time


def now_ms():
    return time.time() * 1000


class Events:
    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.file = open(path, "a", encoding="utf-8")

    def write(self, kind, **fields):
        """fields may hold `at`; else it is now. Returns the line."""
        line = {"t": "event", "kind": kind, "at": now_ms(), **fields}
        with self.lock:
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()
        return line

    def fault(self, what, **fields):
        return self.write("fault", what=what, **fields)

    def close(self):
        self.file.close()


def read_lines(paths):
    """All whole JSON lines of these files, in file order."""
    for path in paths:
        with open(path, "rb") as file:
            for raw in file:
                if raw.endswith(b"\n"):
                    yield json.loads(raw)


class Tail:
    """Follows the log files that match a pattern in a folder, and counts. Cheap enough to be asked often."""

    def __init__(self, folder, pattern):
        self.folder, self.pattern = folder, pattern
        self.places = {}
        self.lines = []        # all but `got` and `commit`
        self.count = 0         # `got` lines
        self.uids = set()

    def poll(self):
        """Reads what is new; returns self."""
        for path in sorted(self.folder.glob(self.pattern)):
            with open(path, "rb") as file:
                file.seek(self.places.get(path, 0))
                data = file.read()
            whole = data[:data.rfind(b"\n") + 1]
            self.places[path] = self.places.get(path, 0) + len(whole)
            for raw in whole.splitlines():
                self._take(json.loads(raw))
        return self

    def _take(self, line):
        if line["t"] in ("got", "sent"):
            self.count += 1
            self.uids.add(line["uid"])
        elif line["t"] != "commit":
            self.lines.append(line)

    def of(self, kind):
        return [line for line in self.poll().lines if line["t"] == kind]
