"""The groups of sessions on a real broker: of local processes that were killed, and of sessions that are idle."""

import subprocess
import sys

import pytest

from engine_driver import ABSENT, EMPTIED, FORWARD
from kafka_split import Split

# Takes what there is, commits it or not, says so, and stays a member until it is killed.
LOCAL = """
import sys
from confluent_kafka import Consumer
bootstrap, group, topic, commits = sys.argv[1:]
consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "session.timeout.ms": 6000, "enable.auto.commit": False,
                     "auto.offset.reset": "earliest", "isolation.level": "read_committed", "log_level": 2})
consumer.subscribe([topic])
while True:
    message = consumer.poll(1)
    if message is not None and message.error() is None:
        if commits == "1":
            consumer.commit(message, asynchronous=False)
        print("taken", flush=True)
"""


@pytest.fixture
def split(broker, tmp_path):
    found = Split(broker, tmp_path)
    yield found
    found.close()


def take_and_die(split, uid, commits):
    arguments = [split.bootstrap, split.session_group(uid), split.session_topic(uid), str(int(commits))]
    process = subprocess.Popen([sys.executable, "-c", LOCAL, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "taken\n"
    finally:
        process.kill()
        process.wait()


def test_c4_c11_k15_groups_of_killed_processes_are_waited_for_and_go(split):
    """What one of them held is handed on, and the group of each is gone with its topic, over the death of the worker too."""
    split.add("read", ("user", "anna"))
    split.add("held", ("user", "bob"))
    split.run()
    split.send(b"1", [("user", "anna")])
    split.send(b"2", [("user", "bob")])
    split.flush()
    take_and_die(split, "read", commits=True)
    take_and_die(split, "held", commits=False)
    split.end("read", ABSENT)
    split.end("held", EMPTIED)
    split.give(FORWARD)
    told = split.engine.wait_for("temp", name=split.session_topic("read"), state="waiting")
    assert told["reason"] == "WaitingForInFlight" and split.session_group("read") in told["text"]
    told = split.engine.wait_for("temp", name=split.session_topic("held"), state="waiting")
    assert told["reason"] == "WaitingForInFlight" and split.session_group("held") in told["text"]
    split.engine.kill()
    split.start()
    split.give(FORWARD)
    split.engine.wait_for("temp", name=split.session_topic("read"), state="absent")
    assert split.session_group("read") not in split.kafka.groups()
    split.engine.wait_for("temp", name=split.session_topic("held"), state="empty", moved=1)
    split.wait_values(split.fallback, [b"2"])
    split.end("held", ABSENT)
    split.apply(FORWARD)
    split.engine.wait_for("temp", name=split.session_topic("held"), state="absent")
    assert split.session_group("held") not in split.kafka.groups()
