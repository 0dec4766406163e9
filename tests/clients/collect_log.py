"""The log of a collector, for the clients written in Python.

Owns the log file (tests/checker/FORMAT.md) and the identity of this process in it. Each call is one write.
"""
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from checker.canon import header_bytes, header_last, key_text, message_hash  # noqa: E402
from checker.canon_sqs import sqs_hash  # noqa: E402


def now_ms():
    return time.time() * 1000


def integer_or_none(text):
    try:
        return int(text)
    except (TypeError, ValueError):
        return None


class CollectLog:
    def __init__(self, client):
        self.dest = os.environ["COLLECT_LABEL"]
        self.inst = f"{client}-{os.getpid()}-{time.time_ns()}"
        path = os.environ["COLLECT_LOG"].replace("%p", str(os.getpid()))
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def _line(self, kind, fields):
        return json.dumps({"t": kind, "dest": self.dest, "inst": self.inst, "at": now_ms(), **fields}) + "\n"

    def write(self, kind, **fields):
        os.write(self.file, self._line(kind, fields).encode())

    def got(self, messages):
        """messages: (topic, partition, offset, timestamp in ms, key, value, headers) each, all bytes or None."""
        lines = []
        for topic, partition, offset, timestamp, key, value, headers in messages:
            seq = integer_or_none(header_last(headers, "seq"))
            lines.append(self._line("got", {
                "uid": header_last(headers, "uid"), "key": key_text(key), "seq": seq, "topic": topic, "partition": partition,
                "offset": offset, "ts": timestamp, "hash": message_hash(key, value, headers)}))
        self._append(lines)

    def _append(self, lines):
        data = "".join(lines).encode()
        while data:
            data = data[os.write(self.file, data):]

    def got_sqs(self, topic, messages):
        """messages: (message id, system attributes, body, attributes as name -> (type, bytes)) each."""
        lines = []
        for number, system, body, attributes in messages:
            named = {name: value.decode(errors="replace") for name, (_, value) in attributes.items()}
            group = system.get("MessageGroupId")
            lines.append(self._line("got", {
                "uid": named.get("uid"), "key": group, "seq": integer_or_none(named.get("seq")), "topic": topic, "partition": None, "offset": number,
                "ts": None, "hash": sqs_hash(group, body, attributes, system.get("AWSTraceHeader"))}))
        self._append(lines)

    def deleted(self, topic, ids):
        if ids:
            self.write("deleted", topic=topic, ids=ids)

    def commit(self, topic, partition, offset):
        self.write("commit", topic=topic, partition=partition, offset=offset)


def self_test():
    """Prints the hashes of the vectors when asked to; True when that was all there was to do."""
    path = os.environ.get("COLLECT_SELF_TEST")
    if path:
        for vector in json.loads(Path(path).read_text()):
            headers = [(name, header_bytes(value)) for name, value in vector["headers"]]
            print(message_hash(header_bytes(vector["key"]), header_bytes(vector["value"]), headers))
    return bool(path)


def sqs_self_test():
    """As self_test, for the hashes of SQS messages."""
    path = os.environ.get("COLLECT_SELF_TEST")
    if path:
        for vector in json.loads(Path(path).read_text()):
            attributes = {name: (kind, header_bytes(value)) for name, kind, value in vector["attributes"]}
            print(sqs_hash(vector["group"], vector["body"], attributes, vector["trace"]))
    return bool(path)
