"""What a session leaves in its queue on a real broker: when it may be taken, how often, and what is held meanwhile."""

import random

import pytest
from confluent_kafka import Consumer

from engine_driver import ABSENT, EMPTIED, FORWARD, MIRROR
from harness.wait import wait_until
from kafka_split import Split


@pytest.fixture
def split(broker, tmp_path):
    found = Split(broker, tmp_path)
    yield found
    found.close()


def consumer(split, uid, **more):
    """The local process of a session."""
    found = Consumer(
        {
            "bootstrap.servers": split.bootstrap,
            "group.id": split.session_group(uid),
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "log_level": 2,
        }
        | more
    )
    found.subscribe([split.session_topic(uid)])
    return found


def take(local, count):
    taken = 0
    while taken < count:
        taken += len([m for m in local.consume(count - taken, 1.0) if not m.error()])


def test_c4_k17_what_a_process_commits_on_its_way_out_is_not_handed_on(split):
    """It commits and leaves while its leftovers are being looked at, as on Ctrl-C: whatever was counted before is void."""
    rounds, each = 2, 12000
    for i in range(rounds):
        split.add(f"s{i}", ("user", f"^u{i}$"))
    split.run()
    for i in range(rounds):
        for k in range(each):
            split.send(b"%d-%d" % (i, k), [("user", f"u{i}")], partition=k % 4)
    split.flush()
    for i in range(rounds):
        local = consumer(split, f"s{i}")
        take(local, each)
        split.end(f"s{i}", EMPTIED)
        split.give(FORWARD)
        split.engine.wait_for("temp", name=split.session_topic(f"s{i}"), state="waiting")
        # Somewhere in the next look.
        assert local.poll(0.55 + 0.15 * i) is None
        local.commit(asynchronous=False)
        local.close()
        state = split.engine.wait_for("temp", name=split.session_topic(f"s{i}"), state="empty")
        assert state["moved"] == 0
    assert split.values(split.fallback) == []


def test_c4_k9_a_process_of_the_new_group_protocol_is_waited_for(split):
    """Such a group cannot be looked into: it counts as held until the broker says that it is empty."""
    split.add("s", ("user", "anna"))
    split.run()
    split.send(b"1", [("user", "anna")])
    split.flush()
    local = consumer(split, "s", **{"group.protocol": "consumer"})
    take(local, 1)
    split.end("s", EMPTIED)
    split.give(FORWARD)
    waiting = split.engine.wait_for("temp", name=split.session_topic("s"), state="waiting")
    assert waiting["reason"] == "WaitingForInFlight" and waiting["remaining"] == 1
    local.close()
    split.engine.wait_for("temp", name=split.session_topic("s"), state="empty", moved=1)
    split.wait_values(split.fallback, [b"1"])


def test_c5_a_queue_goes_only_when_nothing_is_on_its_way_to_it(split):
    """Copies of mirrors need no emptying, so their queues are deleted at once; under load that voids no transaction."""
    mirrors = [f"m{i}" for i in range(4)]
    for uid in mirrors:
        split.add(uid, ("user", "."), mode=MIRROR)
    split.run()
    sent = 0

    def load_until_gone(name):
        nonlocal sent
        while not split.engine.seen("temp", name=name, state="absent"):
            for _ in range(50):
                split.send(b"%d" % sent, [("user", "anna")], partition=sent % 4)
                sent += 1
            split.producer.poll(0.005)

    for uid in mirrors:
        split.end(uid, ABSENT)
        split.engine.mark()
        generation = split.give(FORWARD)
        load_until_gone(split.session_topic(uid))
        assert split.engine.seen("applied", generation=generation)
    split.flush()
    wait_until(
        lambda: split.kafka.committed(split.group, split.topic) == split.kafka.ends(split.topic),
        20,
        "everything forwarded",
    )
    log = next(split.folder.glob("engine-*.log")).read_text()
    assert "a transaction is void" not in log and "call failed" not in log


def test_c5_a_queue_that_cannot_be_made_holds_up_the_end_of_no_other(split):
    """Told as failed, it is no reason to keep back that the route of another session is gone."""
    split.add("s", ("user", "anna"))
    split.run()
    split.add("bad", ("user", "bob"))
    name = f"x.y-{split.id}"
    split.kafka.create(f"x_y-{split.id}", partitions=1)  # Kafka takes the two names for one
    split.sessions["bad"]["temp"]["name"] = split.sessions["bad"]["session"]["temp"] = name
    split.end("s", ABSENT)
    split.apply(FORWARD)
    split.engine.wait_for("temp", name=name, state="failed")
    split.engine.wait_for("temp", name=split.session_topic("s"), state="absent")


def test_c4_c13_a_queue_that_is_gone_holds_nothing(split):
    split.add("s", ("user", "anna"))
    split.run()
    split.kafka.delete(split.session_topic("s"))
    split.end("s", EMPTIED)
    split.give(FORWARD)
    split.engine.wait_for("temp", name=split.session_topic("s"), state="empty")
    split.send(b"other", partition=1)
    split.flush()
    split.wait_values(split.fallback, [b"other"], 20)


def test_c4_k17_many_leftovers_hold_up_nothing_else(split):
    """Messages of other partitions, and new tables, do not wait until all is handed on."""
    split.add("s", ("user", "anna"))
    split.run()
    count = 150000
    for i in range(count):
        split.send(b"%d" % i, [("user", "anna")])
    split.flush()
    wait_until(lambda: sum(split.kafka.ends(split.session_topic("s")).values()) >= count, 60, "all in the queue")
    split.end("s", EMPTIED)
    split.apply(FORWARD)
    # A broker that was silent under the load is given a minute to load its positions (K-9).
    wait_until(lambda: split.kafka.ends(split.fallback)[0] > 1000, 120, "some are handed on")
    split.engine.mark()
    split.apply(FORWARD)
    assert split.kafka.ends(split.fallback)[0] < count
    split.engine.wait_for("temp", name=split.session_topic("s"), state="empty", moved=count, deadline_s=120)
    assert split.values(split.fallback) == [b"%d" % i for i in range(count)]


def test_c8_k16_leftovers_that_their_next_session_refuses_go_to_the_fallback(split):
    split.add("one", ("user", "anna"))
    split.add("two", ("user", "anna"), stamp="two")
    split.run()
    split.kafka.configure(split.session_topic("two"), max_message_bytes=1000)
    bodies = [random.Random(i).randbytes(3000) if i == 5 else b"%d" % i for i in range(9)]
    for body in bodies:
        split.send(body, [("user", "anna")])
    split.flush()
    split.wait_count(split.session_topic("one"), 9)
    split.end("one", EMPTIED)
    split.give(FORWARD)
    split.engine.wait_for("temp", name=split.session_topic("one"), state="empty", moved=9)
    assert split.values(split.session_topic("two")) == bodies[:5] + bodies[6:]
    assert split.values(split.fallback) == [bodies[5]]
    assert split.kafka.read(split.fallback)[0].headers() == [("user", b"anna")]


def test_c16_c4_leftovers_lose_the_stamp_of_a_session_that_ended_before_the_worker_did(split):
    split.add("s", ("user", "anna"), stamp="one")
    split.run()
    split.send(b"1", [("user", "anna")])
    split.flush()
    split.wait_values(split.session_topic("s"), [b"1"])
    split.engine.kill()
    split.end("s", EMPTIED)
    split.start()
    split.give(FORWARD)
    split.wait_values(split.fallback, [b"1"])
    assert split.kafka.read(split.fallback)[0].headers() == [("user", b"anna")]


def test_c4_c16_leftovers_are_judged_by_all_the_headers_that_they_came_with(split):
    """And by none that was added for the session before."""
    split.add("one", ("user", "anna"), stamp="one")
    split.add("greedy", ("mirrord-key", "."))
    split.add("two", ("user", "ann"))
    split.run()
    headers = [(f"h{i}", "x") for i in range(200)] + [("user", "anna")]
    split.send(b"1", headers)
    split.flush()
    split.wait_values(split.session_topic("one"), [b"1"])
    split.end("one", EMPTIED)
    split.give(FORWARD)
    split.engine.wait_for("temp", name=split.session_topic("one"), state="empty", moved=1)
    assert split.values(split.session_topic("two")) == [b"1"]
    assert split.values(split.session_topic("greedy")) == []


def test_c4_c16_leftovers_are_judged_by_a_header_of_their_own_that_looks_like_the_stamp(split):
    """The stamp is only added where there is none of its name: one of several is the message's own."""
    split.add("one", ("user", "anna"), stamp="one")
    split.add("exact", ("mirrord-key", "^one$"))
    split.run()
    split.send(b"1", [("user", "anna"), ("mirrord-key", "first"), ("mirrord-key", "one")])
    split.flush()
    split.wait_values(split.session_topic("one"), [b"1"])
    split.end("one", EMPTIED)
    split.give(FORWARD)
    split.engine.wait_for("temp", name=split.session_topic("one"), state="empty", moved=1)
    assert split.values(split.session_topic("exact")) == [b"1"]
