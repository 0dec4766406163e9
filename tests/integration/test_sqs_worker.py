"""The SQS engine on the scripted SQS, on ElasticMQ and on moto: routing, fidelity, start and stop. Nothing else of Sluice runs."""

import base64
import json
import socket
import time

import pytest

from engine_driver import ABSENT, CHECK, EMPTIED, FORWARD, HOLD, MIRROR, RELEASE
from harness.wait import wait_until
from sqs_split import SqsSplit


@pytest.fixture
def make(scripted_sqs, tmp_path):
    made = []

    def new(server=scripted_sqs, **options):
        made.append(SqsSplit(server, tmp_path, **options))
        return made[-1]

    yield new
    for split in made:
        split.close()


def test_c6_c14_c15_first_session_wins_mirrors_copy_and_empty_filters_match_nothing(make):
    split = make()
    split.add("one", ("user", "^anna$"), ("kind", "order"))
    split.add("two", ("user", "^a"))
    split.add("copy", ("user", "."), mode=MIRROR)
    split.add("none")
    split.run()
    split.send("both", {"user": "anna", "kind": "an order"})
    split.send("second", {"user": "anna", "kind": "bill"})
    split.send("nobody", {"user": "zoe"})
    split.send("exact-name", {"User": "anna"})
    split.send("plain")
    split.send("bytes", {"user": b"a\xff\xfe"})
    assert split.bodies(split.queue_of("one"), 1) == ["both"]
    assert sorted(split.bodies(split.queue_of("two"), 2)) == ["bytes", "second"]
    assert sorted(split.bodies(split.queue_of("copy"), 4)) == ["both", "bytes", "nobody", "second"]
    assert sorted(split.bodies(split.fallback, 3)) == ["exact-name", "nobody", "plain"]
    assert split.counts(split.queue_of("none")) == (0, 0, 0)
    wait_until(lambda: split.counts(split.name) == (0, 0, 0), 20, lambda: "the original to be empty")
    split.engine.wait_for("figures", session="", received=6, matched=4, unmatched=2, delivered=3, fallback=3, mirrored=4, given_back=0, in_flight=0)
    split.engine.wait_for("work", held=0)


def test_q6_c9_bodies_and_attributes_arrive_with_type_and_bytes(make):
    split = make()
    sent = {"s": "tęxt \"quoted\" \\ /", "n": 42, "custom": ("Number.int", "7"), "b": bytes(range(256)), "label": ("Binary.gif", b"GIF")}
    split.run()
    split.send("{\"a\": \"\\u20ac/\"}\n\t", sent, MessageSystemAttributes={
        "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}})
    [found] = split.take(split.fallback, 1)
    assert found["Body"] == "{\"a\": \"\\u20ac/\"}\n\t"
    attributes = {name: (value["DataType"], value.get("StringValue", value.get("BinaryValue"))) for name, value in found["MessageAttributes"].items()}
    assert attributes == {"s": ("String", sent["s"]), "n": ("Number", "42"), "custom": ("Number.int", "7"), "b": ("Binary", sent["b"]),
                          "label": ("Binary.gif", b"GIF")}
    assert found["Attributes"]["AWSTraceHeader"].startswith("Root=1-5759e988")


def test_q2_requests_come_in_batches(make, scripted_sqs):
    split = make()
    split.run()
    scripted_sqs.fill(split.name, 2000, "x")
    scripted_sqs.forget()
    wait_until(lambda: split.counts(split.fallback)[0] == 2000 and split.counts(split.name) == (0, 0, 0), 60, lambda: "2000 messages moved",
               seen=lambda: (split.counts(split.fallback), split.counts(split.name)))
    of_ours = [row for row in scripted_sqs.access() if row["action"] in ("ReceiveMessage", "SendMessageBatch", "DeleteMessageBatch")]
    assert sum(row["requests"] for row in of_ours) <= 0.35 * 2000 + 20


def test_c13_q15_what_sqs_fails_on_alone_does_not_stop_the_rest(make, scripted_sqs):
    """Five of the first ten: they are sent again by and by, and receiving goes on."""
    split = make()
    split.run()
    scripted_sqs.faults({"kind": "partial", "action": "SendMessageBatch", "queue": "mirrord-*", "count": 5})
    scripted_sqs.fill(split.name, 200, "x")
    wait_until(lambda: split.counts(split.fallback)[0] == 200, 60, "200 messages moved", seen=lambda: split.counts(split.fallback))
    assert scripted_sqs.hits() == [5] and not split.engine.seen("forwarding", state="suspended")


@pytest.mark.parametrize("fifo", [False, True])
def test_q15_a_batch_that_is_refused_as_a_whole_is_sent_in_parts(make, elasticmq, fifo):
    """ElasticMQ takes 256 KiB a batch, and says InvalidAttributeValue of more: nothing waits for that, and what is a session's comes to it."""
    split = make(elasticmq, fifo=fifo)
    split.add("anna", ("user", "^anna$"))
    for i in range(12):    # before the worker is there, so that it has them all at once
        split.send(f"{i} " + "x" * 60000, {"user": "anna" if i % 2 else "zoe"}, **({"group": f"g{i}"} if fifo else {}))
    split.run()
    for name, rest in ((split.queue_of("anna"), 1), (split.fallback, 0)):
        assert sorted(int(body.split()[0]) for body in split.bodies(name, 6, deadline_s=60)) == list(range(rest, 12, 2))


def test_q4_q5_fifo_keeps_the_order_of_each_group_and_repeats_are_harmless(make, scripted_sqs):
    split = make(fifo=True)
    split.add("anna", ("user", "anna"))
    split.run()
    scripted_sqs.faults({"kind": "partial", "action": "SendMessageBatch", "queue": "mirrord-*", "rate": 0.2},
                        {"kind": "lose", "action": "SendMessageBatch", "rate": 0.1})
    for i in range(60):
        split.send(f"{i % 3}:{i}", {"user": "anna" if i % 2 else "zoe"}, group=f"g{i % 3}")
    for name, rest in ((split.queue_of("anna"), 1), (split.fallback, 0)):
        bodies = split.bodies(name, 30, deadline_s=90)
        for group in range(3):
            of_group = [int(b.split(":")[1]) for b in bodies if b.startswith(f"{group}:")]
            assert of_group == [i for i in range(60) if i % 3 == group and i % 2 == rest]


def test_c16_the_stamp_goes_to_sessions_only_and_never_over_one_that_is_there(make):
    split = make()
    split.add("s", ("user", "."), stamp="key-1")
    split.run()
    split.send("stamped", {"user": "a"})
    split.send("own", {"user": "a", "mirrord-key": "mine"})
    split.send("full", {"user": "a"} | {f"a{i}": "x" for i in range(9)})
    split.send("other")
    found = {m["Body"]: m.get("MessageAttributes", {}).get("mirrord-key", {}).get("StringValue") for m in split.take(split.queue_of("s"), 3)}
    assert found == {"stamped": "key-1", "own": "mine", "full": None}
    assert "MessageAttributes" not in split.take(split.fallback, 1)[0]


def test_q7_temporary_queues_are_likenesses_of_the_original(make, scripted_sqs):
    split = make(make_queue=False, tags={"team": "shop"})
    dead = split.sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = scripted_sqs.queue_arn(split.name)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": arn}]})
    split.url = split.sqs.create_queue(QueueName=split.name, tags={"env": "prod", "team": "old"}, Attributes={
        "VisibilityTimeout": "77", "DelaySeconds": "5", "MessageRetentionPeriod": "600", "Policy": policy,
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": scripted_sqs.queue_arn("dead"), "maxReceiveCount": 7})})["QueueUrl"]
    split.spec["tags"] = {"team": "shop"}
    split.add("s", ("user", "."))
    split.run()
    assert dead
    for name, fallback in ((split.fallback, True), (split.queue_of("s"), False)):
        found = split.sqs.get_queue_attributes(QueueUrl=split.url_of(name), AttributeNames=["All"])["Attributes"]
        assert (found["VisibilityTimeout"], found["DelaySeconds"], found["MessageRetentionPeriod"]) == ("77", "0", "345600")
        assert json.loads(found["Policy"])["Statement"][0]["Resource"] == scripted_sqs.queue_arn(name)
        assert ("RedrivePolicy" in found) == fallback
        assert split.sqs.list_queue_tags(QueueUrl=split.url_of(name))["Tags"] == {"env": "prod", "team": "shop"}


def test_c4_leftovers_of_a_session_are_handed_on_without_its_stamp(make, scripted_sqs):
    scripted_sqs.settings(wait_max_s=2)
    split = make()
    split.add("one", ("user", "anna"), stamp="k1")
    split.add("two", ("user", "."), stamp="k2")
    split.run()
    split.send("for two", {"user": "anna"})
    split.send("held", {"user": "anna"})
    wait_until(lambda: split.counts(split.queue_of("one"))[0] == 2, 20, lambda: "both in the queue of one")
    split.end("one", EMPTIED)
    split.apply(FORWARD)
    split.engine.wait_for("temp", name=split.queue_of("one"), state="empty", deadline_s=40)
    found = split.take(split.queue_of("two"), 2)
    assert sorted(m["Body"] for m in found) == ["for two", "held"]
    assert {m["MessageAttributes"]["mirrord-key"]["StringValue"] for m in found} == {"k2"}
    split.end("one", ABSENT)
    split.apply(FORWARD)
    split.engine.wait_for("temp", name=split.queue_of("one"), state="absent")
    assert not split.exists(split.queue_of("one"))


@pytest.mark.long
def test_c3_q8_the_drain_is_told_and_everything_goes_at_the_end(make):
    split = make()
    split.run()
    for i in range(5):
        split.send(str(i))
    wait_until(lambda: split.counts(split.fallback)[0] == 5, 20, lambda: "five in the fallback")
    split.engine.mark()
    split.give(HOLD)
    split.engine.wait_for("temp", name=split.fallback, state="present", remaining=5, deadline_s=40)
    split.take(split.fallback, 5)
    split.engine.wait_for("temp", name=split.fallback, state="empty", deadline_s=40)
    split.apply(RELEASE, fallback_want=EMPTIED)
    split.engine.wait_for("temp", name=split.fallback, state="empty")
    split.apply(RELEASE, fallback_want=ABSENT)
    split.engine.wait_for("temp", name=split.fallback, state="absent")
    assert not split.exists(split.fallback)
    assert split.engine.stop() == 0


def test_c3_leftovers_of_the_fallback_return_to_the_original(make):
    split = make(leftovers="return")
    split.run()
    split.send("back")
    wait_until(lambda: split.counts(split.fallback)[0] == 1, 20, lambda: "one in the fallback")
    split.apply(RELEASE, fallback_want=EMPTIED, deadline_s=40)
    split.engine.wait_for("temp", name=split.fallback, state="empty", deadline_s=40)
    assert split.bodies(split.name, 1) == ["back"]


def test_c1_a_killed_worker_loses_nothing(make):
    split = make()
    split.run()
    for i in range(200):
        split.send(str(i))
    split.engine.kill()
    split.run()
    found = set()
    wait_until(lambda: found.update(m["Body"] for m in split.sqs.receive_message(QueueUrl=split.url_of(split.fallback), MaxNumberOfMessages=10)
                                    .get("Messages", [])) or len(found) == 200, 60, lambda: "200 messages", seen=lambda: len(found))


def test_c6_i2_a_worker_that_takes_over_looks_for_its_sessions_queues_first(make, scripted_sqs):
    split = make()
    split.add("anna", ("user", "anna"))
    split.run()
    split.engine.kill()
    split.send("for anna", {"user": "anna"})
    scripted_sqs.faults({"kind": "delay", "action": "GetQueueAttributes", "queue": split.queue_of("anna"), "ms": 3000, "count": 2})
    split.start()
    split.apply(FORWARD)
    assert split.bodies(split.queue_of("anna"), 1) == ["for anna"]
    assert scripted_sqs.hits() == [2]


def test_q17_a_queue_that_somebody_deleted_is_made_again(make, scripted_sqs):
    scripted_sqs.settings(name_free_s=2)
    split = make()
    split.run()
    split.engine.skip(61)  # a younger one might only not be shown everywhere yet
    split.sqs.delete_queue(QueueUrl=split.url_of(split.fallback))
    split.send("late")
    split.engine.wait_for("event", reason="TempLost", deadline_s=70)
    split.engine.skip(61)
    assert split.bodies(split.fallback, 1, deadline_s=60) == ["late"]


def test_q17_a_queue_that_is_deleted_in_its_first_minute_is_told_within_ten_seconds(make, scripted_sqs):
    scripted_sqs.settings(name_free_s=2)
    split = make()
    split.run()
    split.sqs.delete_queue(QueueUrl=split.url_of(split.fallback))
    split.send("late")
    split.engine.wait_for("event", reason="TempLost", deadline_s=20)
    assert split.engine.wait_for("temp", name=split.fallback, state="failed", reason="TempLost")["text"].startswith(f"queue {split.fallback} was deleted by somebody else")
    split.engine.skip(61)
    assert split.bodies(split.fallback, 1, deadline_s=60) == ["late"]


def test_q17_a_queue_that_was_deleted_while_no_worker_ran_is_told(make, scripted_sqs):
    scripted_sqs.settings(name_free_s=0)
    split = make()
    split.add("anna", ("user", "anna"))
    split.run()
    split.engine.kill()
    for name in (split.fallback, split.queue_of("anna")):
        split.sqs.delete_queue(QueueUrl=split.url_of(name))
    split.send("late", {"user": "anna"})
    split.start()
    split.give(FORWARD)
    split.engine.wait_for("event", reason="TempLost", session="", deadline_s=20)
    split.engine.wait_for("event", reason="TempLost", session="anna", deadline_s=20)
    assert split.bodies(split.queue_of("anna"), 1, deadline_s=60) == ["late"]


@pytest.mark.parametrize("action", ["GetQueueAttributes", "SendMessageBatch", "DeleteQueue"])
def test_q17_one_answer_that_a_queue_does_not_exist_is_not_believed(make, scripted_sqs, action):
    split = make()
    split.add("anna", ("user", "anna"))
    split.run()
    scripted_sqs.faults({"kind": "error", "code": "QueueDoesNotExist", "action": action, "queue": split.queue_of("anna"), "count": 2})
    if action == "GetQueueAttributes":  # of a worker that has not seen it yet
        split.engine.kill()
        split.start()
        split.give(FORWARD)
    if action == "DeleteQueue":
        split.end("anna", ABSENT)
        split.apply(FORWARD)
        split.engine.wait_for("temp", name=split.queue_of("anna"), state="absent")
        assert not split.exists(split.queue_of("anna"))
    else:
        split.send("for anna", {"user": "anna"})
        assert split.bodies(split.queue_of("anna"), 1) == ["for anna"]
    assert scripted_sqs.hits() == [2]
    assert not split.engine.seen("event", reason="TempLost")


def test_s6_nobody_at_the_endpoint_is_told_within_ten_seconds_by_its_name(make, scripted_sqs):
    with socket.socket() as nobody, socket.socket() as silent:
        nobody.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        for place in (nobody, silent):
            endpoint = "http://127.0.0.1:%d" % place.getsockname()[1]
            split = make(make_queue=False, endpoint=endpoint)
            begun = time.monotonic()
            split.start()
            split.give(CHECK)
            told = split.engine.wait_for("condition", reason="BrokerUnreachable", active=True, deadline_s=30)
            assert endpoint in told["text"] and time.monotonic() - begun < 14, (told, time.monotonic() - begun)


def test_s6_check_tells_where_the_queue_is_and_what_is_wrong(make, scripted_sqs):
    split = make()
    split.start()
    split.give(CHECK)
    found = split.engine.wait_for("checked")
    assert found["cluster"] == f"{scripted_sqs.account}/{scripted_sqs.region}"
    other = make(make_queue=False)
    other.start()
    other.give(CHECK)
    assert other.engine.wait_for("condition", reason="QueueMissing", active=True, deadline_s=10)


@pytest.mark.parametrize("server", ["elasticmq", "moto"])
@pytest.mark.parametrize("fifo", [False, True])
def test_it_works_on_other_servers(make, request, server, fifo):
    split = make(request.getfixturevalue(server), fifo=fifo)
    split.add("anna", ("user", "^anna$"))
    split.run()
    group = {"group": "g"} if fifo else {}
    count = 6 if fifo and server == "moto" else 20  # a long poll of moto's does not notice that a group has come free
    for i in range(count):
        split.send(str(i), {"user": "anna" if i % 2 else "zoe"}, **group)
    mine, rest = split.bodies(split.queue_of("anna"), count // 2, deadline_s=90), split.bodies(split.fallback, count // 2, deadline_s=90)
    order = (lambda bodies: bodies) if fifo else sorted
    assert order([int(b) for b in mine]) == list(range(1, count, 2)) and order([int(b) for b in rest]) == list(range(0, count, 2))
    split.end("anna", EMPTIED)
    split.apply(FORWARD)
    split.engine.wait_for("temp", name=split.queue_of("anna"), state="empty", deadline_s=40)
    split.end("anna", ABSENT)
    split.apply(FORWARD)
    split.engine.wait_for("temp", name=split.queue_of("anna"), state="absent")


def test_q10_sns_envelopes_are_matched_by_what_they_carry(make):
    split = make(sns=True)
    split.add("anna", ("user", "^anna$"))
    split.run()
    envelope = {"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:us-east-1:1:t", "Message": "hi", "Timestamp": "2026-01-01T00:00:00Z",
                "MessageAttributes": {"user": {"Type": "String", "Value": "anna"}}}
    array = envelope | {"MessageAttributes": {"user": {"Type": "String.Array", "Value": json.dumps(["zoe", "anna"])}}}
    binary = envelope | {"MessageAttributes": {"user": {"Type": "Binary", "Value": base64.b64encode(b"anna").decode()}}}
    alike = {k: v for k, v in envelope.items() if k != "TopicArn"}
    for body in (envelope, array, binary, alike):
        split.send(json.dumps(body))
    split.send("raw", {"user": "anna"})
    found = split.bodies(split.queue_of("anna"), 4)
    assert sorted(found) == sorted([json.dumps(envelope), json.dumps(array), json.dumps(binary), "raw"])
    assert split.bodies(split.fallback, 1) == [json.dumps(alike)]
