"""The groups of sessions on a real broker: of local processes that were killed, and of sessions that are idle."""

import subprocess
import sys

import pytest
from confluent_kafka import Consumer, TopicPartition

from engine_driver import ABSENT, EMPTIED, FORWARD
from harness.wait import wait_until
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


def test_k15_a_group_that_reads_other_topics_too_is_left_and_named(split):
    """A local process that subscribes to a topic that is not split keeps its group alive: somebody must know."""
    split.add("s", ("user", "anna"))
    split.run()
    group, other = split.session_group("s"), f"payments-{split.id}"
    split.kafka.create(other, partitions=1)
    local = Consumer({"bootstrap.servers": split.bootstrap, "group.id": group, "log_level": 2})
    local.commit(offsets=[TopicPartition(other, 0, 0)], asynchronous=False)
    local.close()
    split.end("s", ABSENT)
    split.give(FORWARD)
    split.engine.wait_for("temp", name=split.session_topic("s"), state="absent")
    told = split.engine.wait_for("event", reason="TempGroupLeft")
    assert group in told["text"] and other in told["text"]
    assert group in split.kafka.groups()


def test_k2_a_new_worker_sets_no_group_back_whose_offsets_may_only_not_be_loaded(split):
    split.add("s", ("user", "anna"))
    split.run()
    group, topic = split.session_group("s"), split.session_topic("s")
    for partition in (0, 1):
        split.send(b"%d" % partition, [("user", "anna")], partition)
    split.flush()
    split.wait_values(topic, [b"0", b"1"])
    split.engine.kill()
    split.kafka.admin.delete_consumer_groups([group])[group].result()
    split.start()
    split.forward()
    assert split.kafka.committed(group, topic) == {2: 0, 3: 0}
    split.send(b"2", [("user", "anna")], partition=2)
    split.flush()
    split.wait_values(topic, [b"0", b"1", b"2"])  # the session has its messages meanwhile
    split.kafka.commit(group, topic, {0: 1})
    split.engine.skip(61)
    wait_until(lambda: split.kafka.committed(group, topic) == {0: 1, 1: 0, 2: 0, 3: 0}, 20, "what is really missing begun at 0")


def field(key, at):
    """A string of a key of the broker's own topic of offsets, and where it ends."""
    end = at + 2 + int.from_bytes(key[at : at + 2], "big")
    return key[at + 2 : end].decode(), end


def commits_since(split, ends):
    """(group, topic) of every offset of this split that the broker has written down since."""
    found = set()
    for message in split.kafka.read("__consumer_offsets", ends):
        key = message.key() or b""
        if key[:2] != b"\x00\x01":
            continue
        group, end = field(key, 2)
        found.add((group, field(key, end)[0]))
    return {(group, topic) for group, topic in found if split.id in group}


def commits_after(split, seconds, expected):
    """What is committed once the engine's clock has gone on, in which those expected are waited for."""
    ends = split.kafka.ends("__consumer_offsets")
    split.engine.skip(seconds)
    wait_until(lambda: expected <= commits_since(split, ends), 20, "positions committed again", seen=lambda: commits_since(split, ends))
    split.apply(FORWARD)
    return commits_since(split, ends)


def test_k9_positions_that_nobody_moves_are_committed_again_daily(split):
    """Those of the original and of temps whose group is idle; not of a group whose members commit themselves."""
    split.add("idle", ("user", "anna"))
    split.add("busy", ("user", "bob"))
    split.run()
    split.send(b"1", [("user", "anna")])
    split.flush()
    split.wait_values(split.session_topic("idle"), [b"1"])
    idle = {(split.group, split.topic), (split.group, split.fallback), (split.session_group("idle"), split.session_topic("idle"))}
    local = Consumer({"bootstrap.servers": split.bootstrap, "group.id": split.session_group("busy"), "enable.auto.commit": False, "log_level": 2})
    try:
        local.subscribe([split.session_topic("busy")])
        wait_until(lambda: local.poll(0.1) or local.assignment(), 20, "an assignment")
        assert commits_after(split, 3700, idle) == idle
        assert commits_after(split, 86500, idle) == idle
    finally:
        local.close()
    assert split.kafka.committed(split.session_group("idle"), split.session_topic("idle")) == dict.fromkeys(range(4), 0)
