"""Cases that have broken systems like this one, as far as they concern SQS: CASE-9, CASE-21, CASE-22, CASE-23, CASE-24."""
import base64
import json
import re
import uuid

import pytest

from harness.sqs import Sqs
from harness.sqs_run import SqsRun
from harness.wait import wait_until
from sqs_split import SqsSplit, typed
from testbed.sqs.sns import SnsTopic

BOTH = pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
BYTES = b"\x00\xff anna"


@pytest.fixture
def make(tmp_path):
    made = []

    def new(server, **options):
        made.append(SqsSplit(server, tmp_path, **options))
        return made[-1]
    yield new
    for split in made:
        split.close()


@pytest.fixture
def topic(moto):
    made = []

    def new(fifo):
        made.append(SnsTopic(moto, "views", fifo))
        return made[-1]
    yield new
    for each in made:
        each.close()


def envelope_of(body):
    try:
        return json.loads(body)["Message"]
    except (ValueError, KeyError, TypeError):
        return body


@BOTH
def test_case_9_what_sns_delivers_is_matched_in_its_envelope_and_without_one(make, moto, topic, fifo):
    """Real deliveries of moto's SNS: an envelope, raw, Number and Binary attributes, and a body that only looks like an envelope."""
    split = make(moto, fifo=fifo, sns=True)
    split.add("anna", ("user", "^anna$"))
    split.add("seven", ("count", "^7$"))
    split.add("bytes", ("blob", re.escape(" anna") + "$"))
    wrapped, raw = topic(fifo), topic(fifo)
    wrapped.subscribe(moto.queue_arn(split.name))
    raw.subscribe(moto.queue_arn(split.name), raw=True)
    split.run()
    group = "g" if fifo else None
    for each, how in ((wrapped, "wrapped"), (raw, "raw")):
        for name, attributes in (("anna", {"user": "anna"}), ("seven", {"count": 7}), ("bytes", {"blob": BYTES}), ("zoe", {"user": "zoe"})):
            if (how, name) != ("raw", "bytes"):     # moto never hands out a raw delivery with a binary attribute
                each.publish(f"{how}-{name}", typed(attributes), group)
    alike = json.dumps({"Type": "Notification", "Message": "alike", "MessageAttributes": {"user": {"Type": "String", "Value": "anna"}}})
    split.send(alike, group=group)
    for name in ("anna", "seven", "bytes"):
        wanted = [f"wrapped-{name}"] if name == "bytes" else [f"raw-{name}", f"wrapped-{name}"]
        assert sorted(map(envelope_of, split.bodies(split.queue_of(name), len(wanted), deadline_s=60))) == wanted
    rest = split.bodies(split.fallback, 3, deadline_s=60)
    assert sorted(map(envelope_of, rest)) == sorted(["alike", "raw-zoe", "wrapped-zoe"]) and alike in rest
    carried = next(json.loads(body) for body in rest if "wrapped-zoe" in body)
    assert carried["TopicArn"] == wrapped.arn and carried["MessageAttributes"]["user"]["Value"] == "zoe"


def test_case_9_a_whole_split_of_a_queue_that_a_topic_feeds(tmp_path, moto, topic):
    """With `sns: true` in the resource, through supervisor and worker; the application is not running, so that the test sees what it would get."""
    run = SqsRun(tmp_path, moto)
    try:
        run.deploy(settings={"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}, app={"instances": 0}, queue={"sns": True})
        source = topic(False)
        source.subscribe(moto.queue_arn(run.queue))
        anna = run.ask(run.served_by, "anna", {"author": "^anna$"})
        anna.wait_ready()
        source.publish("for anna", typed({"author": "anna", "blob": BYTES}))
        source.publish("for the application", typed({"author": "zoe"}))
        got = {name: wait_until(lambda n=name: run.take(n), 60, f"a message in {name}") for name in (anna.environment()["SQS_QUEUE"], run.fallback())}
        (mine,), (theirs,) = got.values()
        envelope = json.loads(mine["Body"])
        assert envelope["Message"] == "for anna" and base64.b64decode(envelope["MessageAttributes"]["blob"]["Value"]) == BYTES
        assert json.loads(theirs["Body"])["Message"] == "for the application"
        anna.end()
        run.wait_restored()
    finally:
        run.close()


def test_case_21_a_message_that_a_debugger_holds_comes_back_to_him_and_holds_up_nobody(make, scripted_sqs):
    """It comes again when the queue's own visibility, which its session's queue has too, is over; meanwhile a backlog of 10,000 flows past him."""
    split = make(scripted_sqs, attributes={"VisibilityTimeout": "3"})
    split.add("anna", ("user", "^anna$"))
    split.run()
    split.send("held", {"user": "anna"})
    queue = split.url_of(split.queue_of("anna"))

    def receive(wait_s):
        return split.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=wait_s, AttributeNames=["All"]).get("Messages")

    first, = wait_until(lambda: receive(1), 30, "the message at the debugger")
    scripted_sqs.fill(split.name, 10000, "x")
    again, = wait_until(lambda: receive(5), 30, "the message once more")
    assert again["MessageId"] == first["MessageId"] and again["Attributes"]["ApproximateReceiveCount"] == "2"
    wait_until(lambda: split.counts(split.fallback) == (10000, 0, 0) and split.counts(split.name) == (0, 0, 0), 120, "the backlog forwarded once",
               seen=lambda: (split.counts(split.fallback), split.counts(split.name)))
    assert sum(split.counts(split.queue_of("anna"))) == 1


def test_case_21_what_cannot_be_sent_for_longer_than_its_visibility_is_extended(make, scripted_sqs):
    """Nothing is given back and received again and again: after the trouble everything arrives, once."""
    split = make(scripted_sqs, visibilitySeconds=10)
    split.run()
    storm = {"kind": "error", "action": "SendMessageBatch", "queue": "mirrord-*", "code": "ServiceUnavailable"}
    scripted_sqs.faults(storm)
    scripted_sqs.fill(split.name, 100, "x")
    extended = wait_until(lambda: scripted_sqs.requests("ChangeMessageVisibilityBatch", split.name) >= 3 and scripted_sqs.hits()[0], 60, "what is held to be extended")
    scripted_sqs.faults()
    wait_until(lambda: split.counts(split.fallback)[0] == 100 and split.counts(split.name) == (0, 0, 0), 60, "everything forwarded",
               seen=lambda: (split.counts(split.fallback), split.counts(split.name)))
    assert extended and not [row for row in scripted_sqs.repeats() if row[0] == split.name]


@BOTH
def test_case_22_partial_failures_and_messages_that_came_twice(make, scripted_sqs, fifo):
    """Parts of sends and deletions fail, and a standard queue gives a message out twice, even in one batch: ids are distinct, each group keeps its order, and what is
    sent again is known by its id."""
    split = make(scripted_sqs, fifo=fifo)
    split.add("anna", ("user", "^anna$"))
    split.run()
    scripted_sqs.faults({"kind": "partial", "rate": 0.2}, {"kind": "double", "action": "ReceiveMessage", "rate": 0.2})
    count = 100
    for i in range(count):
        wait_until(lambda number=i: not refused(split, number, fifo), 30, f"message {i} sent")
    mine, rest = split.queue_of("anna"), split.fallback
    settled = {mine: count // 2, rest: count // 2}
    wait_until(lambda: all(split.counts(name)[0] >= most for name, most in settled.items()) and split.counts(split.name) == (0, 0, 0), 90, "everything forwarded",
               seen=lambda: [split.counts(name) for name in (split.name, mine, rest)])
    scripted_sqs.faults()
    for name, odd in ((mine, 1), (rest, 0)):
        bodies = [(m["MessageGroupId"], int(m["Body"])) for m in scripted_sqs.messages(name)]
        assert {body for _, body in bodies} == {i for i in range(count) if i % 2 == odd}
        if fifo:
            assert len(bodies) == count // 2
            for group in {g for g, _ in bodies}:
                assert [b for g, b in bodies if g == group] == sorted(b for g, b in bodies if g == group)
    assert not [row for row in scripted_sqs.access() if "BatchEntryIdsNotDistinct" in json.dumps(row)]


def refused(split, number, fifo):
    """Sends one; whether SQS failed on it."""
    try:
        split.send(str(number), {"user": "anna" if number % 2 else "zoe"}, group=f"g{number % 4}" if fifo else None, dedup=f"d{number}" if fifo else None)
        return False
    except split.sqs.exceptions.ClientError:
        return True


def dead_letter_queue(server, most, fifo=False):
    """Name of a new one, and the redrive policy to it after so many receives."""
    name = f"dead-{uuid.uuid4().hex[:8]}" + (".fifo" if fifo else "")
    Sqs(server).create(name)
    return name, json.dumps({"deadLetterTargetArn": server.queue_arn(name), "maxReceiveCount": str(most)})


@BOTH
@pytest.mark.parametrize("server", ["elasticmq", "scripted_sqs"])
def test_case_23_what_the_application_always_fails_on_ends_in_its_dead_letter_queue(make, request, server, fifo):
    """The fallback has the original's redrive policy; a session's queue has none, and what lies in the dead-letter queue does not come back."""
    server = request.getfixturevalue(server)
    dead, redrive = dead_letter_queue(server, 3, fifo)
    split = make(server, fifo=fifo, attributes={"RedrivePolicy": redrive})
    split.add("anna", ("user", "^anna$"))
    split.run()
    split.send("poison", group="g" if fifo else None)
    received = 0

    def fail():
        nonlocal received
        received += len(split.sqs.receive_message(QueueUrl=split.url_of(split.fallback), VisibilityTimeout=0, WaitTimeSeconds=1).get("Messages", []))
        return split.counts(dead)[0] == 1

    wait_until(fail, 60, "the message in the dead-letter queue", seen=lambda: (received, split.counts(dead), split.counts(split.fallback)))
    assert received == 3 and split.bodies(dead, 1) == ["poison"]
    assert [split.counts(name) for name in (split.name, split.fallback, split.queue_of("anna"))] == [(0, 0, 0)] * 3
    session = split.sqs.get_queue_attributes(QueueUrl=split.url_of(split.queue_of("anna")), AttributeNames=["All"])["Attributes"]
    assert "RedrivePolicy" not in session


def test_case_24_a_dead_letter_queue_that_does_not_take_the_fallback_is_left_out_and_told(make, scripted_sqs):
    """SQS refuses a redrive policy to a queue of another type, or one that does not let this source in: the split goes on without it. Retention is never
    shorter than four days, so that what is moved on with its first time stamp is still there."""
    dead, redrive = dead_letter_queue(scripted_sqs, 5)
    split = make(scripted_sqs, attributes={"RedrivePolicy": redrive, "MessageRetentionPeriod": "3600"})
    allow = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [scripted_sqs.queue_arn(split.name)]})
    split.sqs.set_queue_attributes(QueueUrl=scripted_sqs.queue_url(dead), Attributes={"RedriveAllowPolicy": allow})
    split.run()
    told = split.engine.latest("event", reason="QueueAttributeRefused")
    assert "RedrivePolicy" in told["text"] and split.fallback in told["text"]
    made = split.sqs.get_queue_attributes(QueueUrl=split.url_of(split.fallback), AttributeNames=["All"])["Attributes"]
    assert "RedrivePolicy" not in made and made["MessageRetentionPeriod"] == "345600"
    split.send("1")
    assert split.bodies(split.fallback, 1) == ["1"]
