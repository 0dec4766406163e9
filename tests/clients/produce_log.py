"""What every producer of the tests needs: its variables, the pools of header values, and the log of what the broker acknowledged.

Owns the log file (tests/checker/FORMAT.md); lines are gathered and written a few times a second.
"""
import json
import os
import time

AUTHORS = "anna:2,bob:2,carl:1,dora:5"
SOURCES = "my-session-1:1,my-session-2:1,web:2"
LEVELS = "beginner:2,intermediate:1,expert:1"
FLUSH_S = 0.2


def number(name, default):
    return int(os.environ.get(name) or default)


def _weighted(name, default):
    pairs = [item.rsplit(":", 1) for item in (os.environ.get(name) or default).split(",")]
    return [value.encode() for value, _ in pairs], [float(weight) for _, weight in pairs]


def pools(random):
    """[(header, 4096 values)] of PRODUCE_AUTHORS, PRODUCE_SOURCES and PRODUCE_LEVELS."""
    found = []
    for name, variable, default in (("author", "PRODUCE_AUTHORS", AUTHORS), ("source", "PRODUCE_SOURCES", SOURCES), ("level", "PRODUCE_LEVELS", LEVELS)):
        values, weights = _weighted(variable, default)
        found.append((name, random.choices(values, weights, k=4096)))
    return found


class ProduceLog:
    def __init__(self):
        self.file = open(os.environ["PRODUCE_LOG"], "a", encoding="utf-8")
        self.lines, self.written_s = [], time.monotonic()
        self.count = {"sent": 0, "unsure": 0, "aborted": 0}

    def add(self, state, line):
        """line: all fields of its kind but `t`."""
        self.count[state] += 1
        self.lines.append(json.dumps({"t": state, **line}))

    def flush(self, force=False):
        if self.lines and (force or time.monotonic() - self.written_s >= FLUSH_S):
            self.file.write("\n".join(self.lines) + "\n")
            self.file.flush()
            self.lines.clear()
            self.written_s = time.monotonic()
