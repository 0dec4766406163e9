"""The Kafka engine with another librdkafka than the one that it was built with (K-8)."""

from pathlib import Path

import confluent_kafka
from engine_driver import ABSENT, EMPTIED, FORWARD
from kafka_split import Split


def newer_library():
    """The one that comes with the Python client of the tests."""
    folder = Path(confluent_kafka.__file__).parent.parent / "confluent_kafka.libs"
    found = next(iter(sorted(folder.glob("librdkafka-*.so.1"))), None)
    assert found, f"no library in {folder}"
    return found


def loaded(pid):
    """Every librdkafka that a process has in its memory."""
    paths = {line.split()[-1] for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if "/" in line}
    return {path for path in paths if "librdkafka" in Path(path).name}


def test_k8_a_newer_library_does_as_well(broker, tmp_path, monkeypatch):
    """Routing, going on after a kill, moving leftovers, deleting, ending."""
    newer = newer_library()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "librdkafka.so.1").symlink_to(newer)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path / "lib"))
    split = Split(broker, tmp_path)
    try:
        split.add("s", ("user", "anna"))
        split.run()
        assert loaded(split.engine.process.pid) == {str(newer)}
        for i in range(1000):
            split.send(b"%d" % i, [("user", "anna" if i % 2 else "bob")], partition=i % 4)
        split.flush()
        split.wait_count(split.session_topic("s"), 500)
        split.wait_count(split.fallback, 500)
        split.engine.kill()
        split.start()
        split.forward()
        split.send(b"after", [("user", "anna")])
        split.flush()
        split.wait_count(split.session_topic("s"), 501)
        split.end("s", EMPTIED)
        split.engine.mark()
        split.give(FORWARD)
        split.engine.wait_for("temp", name=split.session_topic("s"), state="empty", moved=501)
        assert len(split.kafka.read(split.fallback)) == 1001
        split.end("s", ABSENT)
        split.apply(FORWARD)
        split.engine.wait_for("temp", name=split.session_topic("s"), state="absent")
        assert split.engine.stop() == 0
    finally:
        split.close()
