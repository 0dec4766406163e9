"""Reads the JSON lines of FORMAT.md into plain records.

Owns the decoding and its complaints (LogError names file and line); judges nothing.
"""
import json
from pathlib import Path


KAFKA, SQS, SQS_FIFO = BROKERS = "kafka", "sqs", "sqs-fifo"


class LogError(Exception):
    """The logs cannot be judged: unreadable, or not of this format."""


class Sent:
    """One message of a producer. state: sent, unsure or aborted. at: ms before the send began. broker: whose rules hold (BROKERS)."""
    __slots__ = ("uid", "topic", "partition", "offset", "key", "seq", "ts", "hash", "headers", "at", "state", "broker")

    def __init__(self, line, state):
        self.uid = line["uid"]
        self.topic = line["topic"]
        self.partition = line["partition"]
        self.offset = line.get("offset")
        self.key = line.get("key")
        self.seq = line.get("seq")
        self.ts = line.get("ts")
        self.hash = line["hash"]
        self.headers = line.get("headers") or []
        self.at = line["at"]
        self.state = state
        self.broker = line.get("broker", KAFKA)


class Got:
    """One message at a collector. number: place in the reading order of its file."""
    __slots__ = ("dest", "inst", "uid", "key", "seq", "topic", "partition", "offset", "ts", "hash", "at", "number")

    def __init__(self, line, number):
        self.dest = line["dest"]
        self.inst = line["inst"]
        self.uid = line["uid"]
        self.key = line.get("key")
        self.seq = line.get("seq")
        self.topic = line["topic"]
        self.partition = line["partition"]
        self.offset = line["offset"]
        self.ts = line.get("ts")
        self.hash = line["hash"]
        self.at = line["at"]
        self.number = number

    @property
    def position(self):
        return (self.topic, self.partition, self.offset)


class Logs:
    """Everything that was read. commits: (inst, topic, partition) -> [(at, offset)] in reading order. deleted: (inst, topic, message id) -> at."""

    def __init__(self):
        self.sent = {}
        self.got = []
        self.commits = {}
        self.deleted = {}
        self.events = []
        self.torn = 0

    def add(self, line, where):
        kind = line["t"]
        if kind == "got":
            self.got.append(Got(line, len(self.got)))
        elif kind in ("sent", "unsure", "aborted"):
            self._add_sent(Sent(line, kind), where)
        elif kind == "commit":
            place = (line["inst"], line["topic"], line["partition"])
            self.commits.setdefault(place, []).append((line["at"], line["offset"]))
        elif kind == "deleted":
            for number in line["ids"]:
                self.deleted.setdefault((line["inst"], line["topic"], number), line["at"])
        elif kind == "event":
            self.events.append(line)
        elif kind not in ("start", "assigned", "revoked", "stop"):
            raise LogError(f"{where}: unknown t {kind!r}")

    def _add_sent(self, record, where):
        if record.uid in self.sent:
            raise LogError(f"{where}: uid {record.uid} was sent twice; uids must be unique")
        if record.broker not in BROKERS:
            raise LogError(f"{where}: unknown broker {record.broker!r}")
        if record.state == "sent" and record.offset is None:
            raise LogError(f"{where}: sent without offset")
        self.sent[record.uid] = record


def _read_file(logs, path):
    data = path.read_bytes()
    lines = data.split(b"\n")
    if lines[-1]:
        logs.torn += 1
    for number, raw in enumerate(lines[:-1], 1):
        if not raw:
            continue
        try:
            logs.add(json.loads(raw), f"{path}:{number}")
        except (ValueError, KeyError, TypeError) as error:
            raise LogError(f"{path}:{number}: {type(error).__name__}: {error}") from error


def logs_from_lines(lines):
    """Logs from dictionaries, as tests make them."""
    logs = Logs()
    for number, line in enumerate(lines, 1):
        try:
            logs.add(line, f"line {number}")
        except (KeyError, TypeError) as error:
            raise LogError(f"line {number}: {type(error).__name__}: {error}") from error
    return logs


def logs_read(paths):
    """Logs of files and of all *.jsonl below folders. Raises LogError, also when there is nothing to read."""
    files = []
    for path in map(Path, paths):
        files.extend(sorted(path.rglob("*.jsonl")) if path.is_dir() else [path])
    if not files:
        raise LogError("no *.jsonl file in " + " ".join(map(str, paths)))
    logs = Logs()
    for path in files:
        try:
            _read_file(logs, path)
        except OSError as error:
            raise LogError(f"{path}: {error.strerror}") from error
    return logs
