"""The Kafka engine beside others on a real broker: what they read before, what they read still, and topics that only look like ours."""

import pytest
from confluent_kafka import Consumer, TopicPartition

from engine_driver import ABSENT, EMPTIED, FORWARD
from harness.wait import wait_until
from kafka_split import Split


@pytest.fixture
def split(broker, tmp_path):
    found = Split(broker, tmp_path)
    yield found
    found.close()


def reader(split, group):
    return Consumer({"bootstrap.servers": split.bootstrap, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest", "log_level": 2})


def read_to(found, offset):
    def reached():
        message = found.poll(1)
        return message is not None and message.error() is None and message.offset() == offset

    wait_until(reached, 20, f"offset {offset} read by the application")


def test_c17_what_the_application_read_and_did_not_commit_may_now_go_to_a_session(split):
    split.add("s", ("user", "^anna$"))
    for value in (b"1", b"2", b"3", b"4"):
        split.send(value, [("user", "bob" if value == b"2" else "anna")])
    split.flush()
    application = reader(split, split.group)
    application.assign([TopicPartition(split.topic, 0, 0)])
    read_to(application, 3)
    application.commit(offsets=[TopicPartition(split.topic, 0, 1)], asynchronous=False)
    application.close()
    split.run()
    split.wait_values(split.session_topic("s"), [b"3", b"4"])
    split.wait_values(split.fallback, [b"2"])


def test_c11_a_temp_that_somebody_still_reads_and_topics_of_others_are_left_alone(split):
    """Only what the table names goes, and what lies in it only once a fresh look finds nobody who uses it."""
    lookalike = f"mirrord-tmp-{split.id}-other-{split.topic}"
    split.kafka.create(lookalike, partitions=1)
    split.add("s", ("user", "anna"))
    split.run()
    topic = split.session_topic("s")
    split.send(b"held", [("user", "anna")])
    split.flush()
    split.wait_values(topic, [b"held"])
    local = reader(split, split.session_group("s"))
    try:
        local.subscribe([topic])
        wait_until(lambda: local.poll(0.1) or local.assignment(), 20, "a reader of the session's topic")
        split.end("s", EMPTIED)
        split.engine.mark()
        split.apply(FORWARD)
        split.engine.wait_for("temp", name=topic, state="waiting", remaining=1)
        assert topic in split.kafka.topics() and split.values(split.fallback) == []
    finally:
        local.close()
    split.engine.wait_for("temp", name=topic, state="empty", moved=1)
    split.wait_values(split.fallback, [b"held"])
    split.end("s", ABSENT)
    split.apply(FORWARD)
    split.engine.wait_for("temp", name=topic, state="absent")
    assert {lookalike, split.topic, split.fallback} <= set(split.kafka.topics())
    split.kafka.delete(lookalike)
