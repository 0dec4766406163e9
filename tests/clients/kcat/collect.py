"""A consumer with kcat, for what a shell user has (variables: ../README.md).

Owns the kcat process and turns its output into the log. kcat commits by itself and does not say so: the commits are logged when it ended cleanly, which is when
they are certain. Headers come as text, so values that look like another header, and the value NULL, are ambiguous.
"""
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from collect_log import CollectLog, self_test  # noqa: E402

# Sizes first, so that keys, values and headers may hold anything. %h has no size of its own: the line ends with a mark that no test message holds.
MARK = b"\x1e\x1d\x1c\n"
FORMAT = "%t\t%p\t%o\t%T\t%K\t%S\n%k%s%h" + "\\x1e\\x1d\\x1c\\n"
HEADER = re.compile(r",(?=[^\s,=]+=)")


def command():
    options = {
        "auto.offset.reset": os.environ.get("AUTO_OFFSET_RESET", "latest"),
        "isolation.level": os.environ.get("ISOLATION", "read_committed"),
        "session.timeout.ms": os.environ.get("SESSION_TIMEOUT_MS", "6000"),
        "heartbeat.interval.ms": "1000",
        "auto.commit.interval.ms": os.environ.get("COMMIT_INTERVAL_MS", "500"),
        "topic.metadata.refresh.interval.ms": "5000",
    }
    if os.environ.get("GROUP_INSTANCE_ID"):
        options["group.instance.id"] = os.environ["GROUP_INSTANCE_ID"]
    pairs = [part for name, value in options.items() for part in ("-X", f"{name}={value}")]
    return ["kcat", "-b", os.environ["KAFKA_BOOTSTRAP"], *pairs, "-u", "-f", FORMAT, "-G", os.environ["KAFKA_GROUP_ID"], os.environ["KAFKA_TOPIC_NAME"]]


def headers_of(text):
    """[(name, value)] of kcat's name=value,name=value."""
    found = []
    for part in HEADER.split(text.decode(errors="surrogateescape")) if text else []:
        name, _, value = part.partition("=")
        found.append((name, None if value == "NULL" else value.encode(errors="surrogateescape")))
    return found


class Reader:
    """Messages out of kcat's stream."""

    def __init__(self, stream):
        self.stream = stream

    def _exactly(self, count):
        data = self.stream.read(count)
        return data if len(data) == count else None

    def next(self):
        """(topic, partition, offset, timestamp, key, value, headers), or None at the end."""
        line = self.stream.readline()
        if not line.endswith(b"\n"):
            return None
        topic, *numbers = line.split(b"\t")
        partition, offset, timestamp, key_size, size = map(int, numbers)
        key, value = (None if n < 0 else self._exactly(n) for n in (key_size, size))
        rest = b""
        while not rest.endswith(MARK):
            part = self.stream.readline()
            if not part:
                return None
            rest += part
        return topic.decode(), partition, offset, timestamp, key, value, headers_of(rest[:-len(MARK)])


def watch(stream, log, process):
    """kcat's remarks: a rebalance is logged, all else is passed on."""
    for line in stream:
        text = line.decode(errors="replace")
        assigned = re.search(r"assigned: (.*)", text)
        if assigned:
            log.write("assigned", partitions=sorted(int(n) for n in re.findall(r"\[(\d+)\]", assigned.group(1))))
        sys.stderr.write(text)
        sys.stderr.flush()


def main():
    if self_test():
        return 0
    log = CollectLog("kcat")
    log.write("start", client="kcat", topic=os.environ["KAFKA_TOPIC_NAME"], group=os.environ["KAFKA_GROUP_ID"])
    process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *command()], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    asked = []

    def stop(*_):
        asked.append(True)
        process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    import threading
    watcher = threading.Thread(target=watch, args=(process.stderr, log, process), daemon=True)
    watcher.start()
    reader, done = Reader(process.stdout), {}
    for message in iter(reader.next, None):
        log.got([message])
        done[message[0], message[1]] = message[2] + 1
    status = process.wait()
    watcher.join()
    if status != 0 or not asked:
        print(f"kcat ended with {status}", file=sys.stderr)
        return 1
    for (topic, partition), offset in done.items():
        log.commit(topic, partition, offset)
    log.write("stop", clean=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
