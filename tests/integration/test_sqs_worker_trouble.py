"""The SQS engine when something goes wrong in the middle: rights that come and go, queues that take nothing, orders that meet messages on their way."""
import json
import os
import time

import pytest

from engine_driver import EMPTIED, FORWARD, HOLD, MIRROR, PREPARE, RELEASE
from harness.wait import wait_until
from sqs_split import SqsSplit

full = pytest.mark.skipif(os.environ.get("SLUICE_FULL") != "1", reason="takes half a minute (--full)")


@pytest.fixture
def make(scripted_sqs, tmp_path):
    made = []

    def new(**options):
        scripted_sqs.settings(visible_s=0)
        made.append(SqsSplit(scripted_sqs, tmp_path, **options))
        return made[-1]

    yield new
    for split in made:
        split.close()


def denied(action, queue, **more):
    return {"kind": "error", "action": action, "queue": queue, "code": "AccessDenied"} | more


def throttled(queue, **more):
    return {"kind": "throttle", "action": "SendMessageBatch", "queue": queue} | more


NO_EXTENSION = denied("ChangeMessageVisibilityBatch", "orders-*")


def wait_moved(split, count, deadline_s=40):
    """Everything is in the fallback, and not more than once."""
    wait_until(lambda: split.counts(split.name) == (0, 0, 0), deadline_s, "the original to be empty", seen=lambda: split.counts(split.name))
    assert split.counts(split.fallback) == (count, 0, 0)


@pytest.mark.parametrize("again", [False, pytest.param(True, marks=full)], ids=["forwards", "held-meanwhile"])
def test_c1_deletions_that_fail_longer_than_the_visibility_are_taken_up_again(make, scripted_sqs, again):
    split = make()
    split.run()
    scripted_sqs.faults(NO_EXTENSION, denied("DeleteMessageBatch", "orders-*"))
    split.send("one")
    split.engine.wait_for("forwarding", state="suspended")
    split.engine.skip(30)  # what was received is not ours any more
    hits = scripted_sqs.hits()[1]
    wait_until(lambda: scripted_sqs.hits()[1] > hits + 1, 30, "deletions that are still tried")
    if again:
        split.apply(HOLD, deadline_s=100)   # it is looked for, for the visibility and a minute
        split.give(FORWARD)
    scripted_sqs.faults()
    split.send("two")
    wait_until(lambda: "two" in [m["Body"] for m in scripted_sqs.messages(split.fallback)], 40, "the second message",
               seen=lambda: scripted_sqs.messages(split.fallback))
    split.engine.wait_for("forwarding", state="running")


@pytest.mark.parametrize("mode, fifo", [(FORWARD, False), (HOLD, False), (HOLD, True)], ids=["forwards", "drains", "fifo-drains"])
def test_c1_i4_what_was_delivered_and_not_deleted_is_deleted_when_it_comes_again(make, scripted_sqs, mode, fifo):
    split = make(fifo=fifo, visibilitySeconds=4)
    split.run()
    scripted_sqs.faults(NO_EXTENSION, {"kind": "partial", "action": "DeleteMessageBatch", "queue": "orders-*"})
    for body in ("one", "two"):
        split.send(body, group=body if fifo else None)
    wait_until(lambda: split.counts(split.fallback)[0] == 2 and scripted_sqs.hits()[1] > 1, 20, "both delivered and not deleted")
    split.give(mode)
    split.engine.skip(5)    # what was received is not ours any more
    hits = scripted_sqs.hits()[1]
    wait_until(lambda: scripted_sqs.hits()[1] > hits + 2, 30, "tries with other receipts")
    scripted_sqs.faults()
    wait_moved(split, 2)


def test_c1_i4_what_may_be_in_the_fallback_is_not_left_at_the_original(make, scripted_sqs):
    split = make(fifo=True, visibilitySeconds=4)
    split.run()
    scripted_sqs.faults(NO_EXTENSION, {"kind": "lose", "action": "SendMessageBatch", "queue": split.fallback})
    split.send("once", group="g")
    wait_until(lambda: split.counts(split.fallback)[0] == 1, 20, "the message in the fallback, unknown to the worker")
    split.give(HOLD)
    split.engine.skip(5)    # nothing is sent any more of what was received
    scripted_sqs.forget()
    wait_until(lambda: scripted_sqs.requests("ReceiveMessage", split.name), 20, "a look for it")
    scripted_sqs.faults()
    wait_moved(split, 1)


def test_i4_what_is_still_to_be_deleted_is_known_when_a_poll_on_its_way_brings_it_again(make, scripted_sqs):
    split = make(visibilitySeconds=4)
    split.run()
    scripted_sqs.faults(NO_EXTENSION, denied("DeleteMessageBatch", "orders-*"))
    split.send("one")
    split.engine.wait_for("forwarding", state="suspended")
    wait_until(lambda: scripted_sqs.messages(split.name)[0]["ReceiveCount"] > 1, 20, "a poll that brings it again")
    scripted_sqs.faults()
    wait_moved(split, 1)


def test_q3_looking_for_what_was_delivered_costs_others_one_receive(make, scripted_sqs):
    split = make(make_queue=False, visibilitySeconds=2)
    split.sqs.create_queue(QueueName="dead")
    policy = json.dumps({"deadLetterTargetArn": scripted_sqs.queue_arn("dead"), "maxReceiveCount": 20})
    split.url = split.sqs.create_queue(QueueName=split.name, Attributes={"RedrivePolicy": policy})["QueueUrl"]
    split.run()
    scripted_sqs.faults(NO_EXTENSION, {"kind": "partial", "action": "DeleteMessageBatch", "queue": "orders-*"})
    split.send("one")
    wait_until(lambda: split.counts(split.fallback)[0] == 1 and scripted_sqs.hits()[1] > 1, 20, "delivered and not deleted")
    split.give(HOLD)
    split.engine.wait_for("forwarding", state="stopped")
    times = scripted_sqs.messages(split.name)[0]["ReceiveCount"]
    wait_until(lambda: scripted_sqs.messages(split.name)[0]["ReceiveCount"] > times + 2, 60, "looks, after polls that were on their way")
    for number in range(20):
        split.send(f"theirs {number}")
    split.engine.wait_for("applied", 40, generation=split.generation)
    assert split.counts(split.fallback) == (1, 0, 0) and split.counts("dead") == (0, 0, 0)
    wait_until(lambda: split.counts(split.name) == (21, 0, 0), 20, "all to be there for the application", seen=lambda: split.counts(split.name))
    found = split.take(split.name, 21, delete=False)
    assert max(int(m["Attributes"]["ApproximateReceiveCount"]) for m in found if m["Body"] != "one") <= 2


@pytest.mark.parametrize("extended", [False, pytest.param(True, marks=full)], ids=["visibility", "extended"])
def test_c1_what_can_never_be_deleted_does_not_hold_up_the_drain(make, scripted_sqs, extended):
    split = make(visibilitySeconds=4)
    split.run()
    scripted_sqs.faults(denied("DeleteMessageBatch", "orders-*"), *([] if extended else [NO_EXTENSION]))
    split.send("one")
    wait_until(lambda: split.counts(split.fallback)[0] == 1 and scripted_sqs.hits()[0] > 1, 20, "delivered and not deleted")
    split.give(HOLD)
    split.engine.wait_for("forwarding", state="stopped")
    for _ in range(0 if extended else 16):
        scripted_sqs.forget()
        wait_until(lambda: scripted_sqs.requests("DeleteMessageBatch", split.name) or split.engine.seen("applied", generation=split.generation),
                   30, "another try")
        split.engine.skip(5)
    split.engine.wait_for("applied", 120 if extended else 30, generation=split.generation)


def test_q3_a_tight_redrive_policy_holds_from_the_first_receive_on(make, scripted_sqs):
    split = make(make_queue=False)
    split.sqs.create_queue(QueueName="dead")
    policy = json.dumps({"deadLetterTargetArn": scripted_sqs.queue_arn("dead"), "maxReceiveCount": 2})
    split.url = split.sqs.create_queue(QueueName=split.name, Attributes={"RedrivePolicy": policy})["QueueUrl"]
    scripted_sqs.fill(split.name, 200, "x")
    scripted_sqs.faults({"kind": "delay", "action": "SendMessageBatch", "ms": 200})
    flight = set()
    split.run()

    def moved():
        flight.add(split.counts(split.name)[1])
        return split.counts(split.fallback)[0] >= 100
    wait_until(moved, 60, "a hundred messages")
    assert max(flight) <= 10


def test_q7_more_tags_than_a_queue_may_have_cost_nothing_but_tags(make, scripted_sqs):
    split = make(make_queue=False)
    split.spec["tags"] = {"team": "shop"}
    split.url = split.sqs.create_queue(QueueName=split.name, tags={f"t{i}": "x" for i in range(50)}, Attributes={"ReceiveMessageWaitTimeSeconds": "5"})["QueueUrl"]
    split.start()
    split.apply(PREPARE)
    split.engine.wait_for("temp", name=split.fallback, state="present")
    made = scripted_sqs.queues()[split.fallback]
    assert len(made["tags"]) == 50 and made["tags"]["team"] == "shop" and made["attributes"]["ReceiveMessageWaitTimeSeconds"] == "5"
    assert "without 1 of the tags" in split.engine.wait_for("event", reason="QueueAttributeRefused")["text"]


def test_q4_a_damaged_message_keeps_its_place_in_its_group(make, scripted_sqs):
    split = make(fifo=True)
    split.send("first", group="g")
    split.send("second", group="g")
    split.send("other", group="h")
    scripted_sqs.faults({"kind": "damage", "action": "ReceiveMessage", "queue": "orders-*", "count": 1})
    split.run()
    found = split.bodies(split.fallback, 3, deadline_s=60)
    assert found.index("first") < found.index("second") and scripted_sqs.hits() == [1]


def test_c4_leftovers_come_before_what_a_poll_on_its_way_still_brings(make, scripted_sqs):
    split = make(fifo=True)
    split.add("anna", ("user", "anna"))
    split.run()
    split.send("first", {"user": "anna"}, group="g")
    wait_until(lambda: split.counts(split.queue_of("anna"))[0] == 1 and split.counts(split.name) == (0, 0, 0), 20, "the first in her queue")
    scripted_sqs.faults({"kind": "delay", "action": "ReceiveMessage", "queue": split.queue_of("anna"), "ms": 2000})
    split.end("anna", EMPTIED)
    split.apply(FORWARD)
    split.send("second", {"user": "anna"}, group="g")
    assert split.bodies(split.fallback, 2, deadline_s=60) == ["first", "second"]
    assert not split.engine.seen("event", reason="OrderBroken")


def test_c4_leftovers_of_two_sessions_that_end_together_are_told_for_their_order(make):
    split = make(fifo=True)
    for uid in ("anna", "bob"):
        split.add(uid, ("user", uid))
    split.run()
    for uid in ("anna", "bob") * 3:
        split.send(uid, {"user": uid}, group="g")
    wait_until(lambda: split.counts(split.queue_of("anna"))[0] == split.counts(split.queue_of("bob"))[0] == 3, 30, "three messages for each")
    split.end("anna", EMPTIED)
    split.end("bob", EMPTIED)
    split.apply(FORWARD)
    told = split.engine.wait_for("event", reason="OrderBroken")["text"]
    assert split.queue_of("anna") in told and split.queue_of("bob") in told
    assert sorted(split.bodies(split.fallback, 6, deadline_s=60)) == ["anna"] * 3 + ["bob"] * 3


def test_c4_a_restart_does_not_end_the_wait_for_leftovers(make):
    split = make(fifo=True)
    split.add("anna", ("user", "anna"))
    split.run()
    split.send("first", {"user": "anna"}, group="g")
    wait_until(lambda: split.counts(split.queue_of("anna"))[0] == 1 and split.counts(split.name) == (0, 0, 0), 20, "the first in her queue")
    split.engine.kill()
    split.send("second", {"user": "anna"}, group="g")
    split.end("anna", EMPTIED)
    split.start()
    split.give(FORWARD)
    split.engine.wait_for("temp", name=split.queue_of("anna"), state="empty", deadline_s=60)
    assert not split.engine.seen("event", reason="OrderBroken")
    assert split.bodies(split.fallback, 2, deadline_s=60) == ["first", "second"]


@pytest.mark.parametrize("extended", [False, pytest.param(True, marks=full)], ids=["visibility", "extended"])
def test_c6_a_mirror_that_takes_nothing_holds_nobody_up_and_repeats_nothing(make, scripted_sqs, extended):
    split = make(fifo=True)
    split.add("copy", ("user", "."), mode=MIRROR)
    split.run()
    scripted_sqs.faults(throttled(split.queue_of("copy")), *([] if extended else [NO_EXTENSION]))
    split.send("first", {"user": "anna"}, group="g")
    split.send("second", {"user": "anna"}, group="g")
    wait_moved(split, 2, 60)
    assert split.engine.seen("condition", reason="DestinationRefused", active=True)
    assert [m["Body"] for m in scripted_sqs.messages(split.fallback)] == ["first", "second"]


def test_c8_what_a_session_queue_does_not_take_in_time_goes_to_the_application(make, scripted_sqs):
    split = make(visibilitySeconds=40)
    split.add("anna", ("user", "anna"))
    split.run()
    scripted_sqs.faults(throttled(split.queue_of("anna"), code="KmsThrottled"))
    split.send("stuck", {"user": "anna"})
    wait_until(lambda: scripted_sqs.hits()[0] > 0, 20, "a refusal")
    split.engine.skip(31)  # three quarters of the visibility; its call is over as well
    wait_moved(split, 1, 60)
    assert split.engine.seen("condition", reason="DestinationRefused", active=True)


def test_i2_what_may_be_in_a_session_queue_goes_nowhere_else(make, scripted_sqs):
    split = make(visibilitySeconds=40)
    split.add("anna", ("user", "anna"))
    split.run()
    scripted_sqs.faults({"kind": "lose", "action": "SendMessageBatch", "queue": split.queue_of("anna")})
    split.send("hers", {"user": "anna"})
    wait_until(lambda: scripted_sqs.hits()[0] > 0, 20, "a lost answer")
    split.engine.skip(31)   # what is known not to be there would go to the application now
    hits = scripted_sqs.hits()[0]
    wait_until(lambda: scripted_sqs.hits()[0] > hits, 40, "another try")
    scripted_sqs.faults()
    wait_until(lambda: split.counts(split.name) == (0, 0, 0), 40, "the original to be empty", seen=lambda: split.counts(split.name))
    assert split.counts(split.fallback) == (0, 0, 0) and split.counts(split.queue_of("anna"))[0] > 0


def test_c12_the_visibility_goes_on_while_an_answer_comes(make, scripted_sqs):
    split = make(visibilitySeconds=4)
    split.run()
    scripted_sqs.faults(NO_EXTENSION, {"kind": "trickle", "action": "ReceiveMessage", "queue": split.name, "ms": 5000, "count": 1})
    wait_until(lambda: scripted_sqs.hits()[1] == 1, 30, "a poll")
    split.send("once")
    wait_moved(split, 1)
    assert sum(row["entries"] for row in scripted_sqs.access() if row["action"] == "ReceiveMessage") == 2


@full
def test_c12_a_batch_is_not_repeated_once_its_messages_are_visible_again(make, scripted_sqs):
    split = make()
    split.run()
    scripted_sqs.faults(NO_EXTENSION, throttled(split.fallback, until_s=time.time() + 12))
    split.send("once")
    wait_until(lambda: split.counts(split.fallback)[0] > 0, 60, "the message")
    wait_moved(split, 1)


@full
def test_q3_all_that_is_held_is_extended_not_only_a_batch_a_second(make, scripted_sqs):
    split = make(visibilitySeconds=16)
    split.run()
    scripted_sqs.faults(throttled(split.fallback))
    scripted_sqs.forget()
    scripted_sqs.fill(split.name, 300, "x")
    wait_until(lambda: split.counts(split.name) == (0, 300, 0), 12, "300 messages received")
    time_over = time.time() + 25
    wait_until(lambda: time.time() > time_over, 40, "more than a visibility")
    scripted_sqs.faults()
    wait_moved(split, 300, 60)
    assert sum(row["entries"] for row in scripted_sqs.access() if row["action"] == "ReceiveMessage") <= 300


@full
def test_q8_discarding_begins_with_a_look_and_tells_only_what_is_there(make):
    split = make(leftovers="discard")
    split.run()
    split.send("one")
    split.take(split.fallback, 1)
    split.give(HOLD)
    split.engine.wait_for("temp", name=split.fallback, state="empty", deadline_s=40)
    split.engine.mark()
    split.apply(RELEASE, fallback_want=EMPTIED)
    split.engine.wait_for("temp", name=split.fallback, state="waiting")
    split.engine.wait_for("temp", name=split.fallback, state="empty")
    assert not split.engine.seen("event", reason="LeftoversDiscarded")
