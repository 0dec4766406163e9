"""The Kafka engine beside transactions that are not finished: what they hide from readers of committed data is neither
missing nor read twice (K-10, K-12, CASE-26)."""

import pytest
from confluent_kafka import Producer

from engine_driver import EMPTIED, FORWARD
from kafka_split import Split


@pytest.fixture
def split(broker, tmp_path):
    found = Split(broker, tmp_path)
    yield found
    found.close()


def open_transaction(split, topic, value, transactional_id, partition=0):
    """A record in a transaction that somebody has begun and not ended."""
    producer = Producer(
        {"bootstrap.servers": split.bootstrap, "transactional.id": transactional_id, "transaction.timeout.ms": 600000}
    )
    producer.init_transactions(20)
    producer.begin_transaction()
    producer.produce(topic, value, partition=partition)
    assert producer.flush(10) == 0
    return producer


def test_k12_case26_a_position_behind_an_unfinished_transaction_is_not_lost(split):
    """An application that reads uncommitted data has committed past what readers of committed data can see."""
    for value in (b"0", b"1"):
        split.send(value)
    split.flush()
    upstream = open_transaction(split, split.topic, b"2", f"app-{split.id}")
    split.send(b"3")
    split.flush()
    split.kafka.commit(split.group, split.topic, {0: 4})
    split.run()
    split.send(b"4")
    split.flush()
    split.send(b"other", partition=1)
    split.flush()
    split.wait_values(split.fallback, [b"other"])
    upstream.commit_transaction(20)
    split.wait_values(split.fallback, [b"4", b"other"])
    assert not split.engine.seen("event", reason="PositionLost")


def test_k10_a_fallback_with_an_unfinished_transaction_is_not_proven_empty(split):
    split.run()
    split.send(b"0")
    split.flush()
    split.wait_values(split.fallback, [b"0"])
    unfinished = open_transaction(split, split.fallback, b"open", f"other-{split.id}")
    split.send(b"1")
    split.flush()
    split.kafka.commit(split.group, split.fallback, {0: 1})
    split.engine.mark()
    split.hold()
    # What is hidden counts as one message until it is known.
    found = split.engine.wait_for("temp", name=split.fallback)
    assert (found["state"], found["remaining"]) == ("present", 1)
    unfinished.abort_transaction(20)
    split.kafka.commit(split.group, split.fallback, {0: 4})
    split.engine.wait_for("temp", name=split.fallback, state="empty", remaining=0)


def test_c4_k17_an_unfinished_transaction_hides_no_leftovers(split):
    split.add("s", ("user", "anna"))
    split.run()
    split.send(b"0", [("user", "anna")])
    split.flush()
    split.wait_values(split.session_topic("s"), [b"0"])
    split.kafka.commit(split.session_group("s"), split.session_topic("s"), {0: 1})
    unfinished = open_transaction(split, split.session_topic("s"), b"open", f"other-{split.id}")
    split.send(b"1", [("user", "anna")])
    split.flush()
    split.end("s", EMPTIED)
    split.apply(FORWARD)
    # The original is held while the leftovers are not known; until then nothing may follow them.
    split.send(b"2", [("user", "anna")])
    split.send(b"other", partition=1)
    split.flush()
    split.wait_values(split.fallback, [b"other"])
    unfinished.abort_transaction(20)
    state = split.engine.wait_for("temp", name=split.session_topic("s"), state="empty")
    assert state["moved"] == 1
    split.wait_values(split.fallback, [b"1", b"2", b"other"])
