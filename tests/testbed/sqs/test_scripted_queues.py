"""The scripted SQS keeps the promises of the real one: its queues, without sockets, with time as a parameter."""
import asyncio
import base64
import json

import pytest

from testbed.sqs.scripted.account import Account
from testbed.sqs.scripted.actions import ACTIONS, Call
from testbed.sqs.scripted.errors import SqsError
from testbed.sqs.scripted.http import Request
from testbed.sqs.scripted.service import Service

BASE = "http://x:1"


class Sqs:
    """An account and a clock."""

    def __init__(self):
        self.account, self.now_s, self.repeats = Account("us-east-1", "000000000000"), 1000.0, []
        self.account.visible_s = 0
        self.account.on_repeat = lambda queue, message, why: self.repeats.append((message.body, why))
        self.double = None

    def call(self, action, queue=None, body_bytes=0, **fields):
        call = Call(self.account, BASE, self.now_s, body_bytes=body_bytes)
        call.double = self.double
        if queue:
            fields["QueueUrl"] = f"{BASE}/000000000000/{queue}"
        return ACTIONS[action](call, fields)

    def create(self, name, tags=None, **attributes):
        if name.endswith(".fifo"):
            attributes.setdefault("FifoQueue", "true")
        return self.call("CreateQueue", QueueName=name, Attributes=attributes, tags=tags or {})["QueueUrl"]

    def send(self, queue, *bodies, **fields):
        return [self.call("SendMessage", queue, MessageBody=body, **fields) for body in bodies]

    def receive(self, queue, most=10, **fields):
        return self.call("ReceiveMessage", queue, MaxNumberOfMessages=most, AttributeNames=["All"], MessageAttributeNames=["All"], **fields).get("Messages", [])

    def bodies(self, queue, **fields):
        return [m["Body"] for m in self.receive(queue, **fields)]

    def delete(self, queue, *messages):
        for message in messages:
            self.call("DeleteMessage", queue, ReceiptHandle=message["ReceiptHandle"])

    def counts(self, queue):
        found = self.call("GetQueueAttributes", queue, AttributeNames=["All"])["Attributes"]
        return tuple(int(found["ApproximateNumberOfMessages" + part]) for part in ("", "NotVisible", "Delayed"))


@pytest.fixture
def sqs():
    return Sqs()


def refused(code, call, *args, **fields):
    with pytest.raises(SqsError) as error:
        call(*args, **fields)
    assert error.value.shape == code, error.value


# --- names ---

def test_new_queue_is_seen_after_a_second_and_its_name_is_free_a_minute_after_its_end(sqs):
    sqs.account.visible_s = 1
    sqs.create("q")
    refused("QueueDoesNotExist", sqs.counts, "q")
    sqs.now_s += 1
    assert sqs.counts("q") == (0, 0, 0)
    sqs.call("DeleteQueue", "q")
    refused("QueueDoesNotExist", sqs.counts, "q")
    sqs.now_s += 59
    refused("QueueDeletedRecently", sqs.create, "q")
    sqs.now_s += 1
    sqs.create("q")


def test_queue_that_is_there_is_given_when_its_attributes_are_the_same(sqs):
    url = sqs.create("q", VisibilityTimeout="7")
    assert sqs.create("q", VisibilityTimeout="7") == url and sqs.create("q") == url
    refused("QueueNameExists", sqs.create, "q", VisibilityTimeout="8")


@pytest.mark.parametrize("name", ["", "a b", "x" * 81, "a.fifo.b", "x" * 76 + ".fifo", "ä"])
def test_bad_name_is_refused(sqs, name):
    refused("InvalidParameterValueException", sqs.create, name)
    refused("InvalidParameterValueException", sqs.create, "plain", FifoQueue="true")


@pytest.mark.parametrize("attributes, code", [
    ({"VisibilityTimeout": "43201"}, "InvalidAttributeValue"), ({"Nothing": "1"}, "InvalidAttributeName"), ({"Policy": "{"}, "InvalidAttributeValue"),
    ({"ContentBasedDeduplication": "true"}, "InvalidAttributeName"), ({"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"}, "InvalidAttributeValue"),
    ({"RedrivePolicy": '{"maxReceiveCount": 0, "deadLetterTargetArn": "a"}'}, "InvalidAttributeValue")])
def test_bad_attribute_is_refused(sqs, attributes, code):
    refused(code, sqs.create, "q", **attributes)


def test_attributes_and_tags(sqs):
    sqs.create("q", tags={"team": "x"}, KmsMasterKeyId="alias/k", DelaySeconds="5")
    found = sqs.call("GetQueueAttributes", "q", AttributeNames=["All"])["Attributes"]
    assert (found["KmsMasterKeyId"], found["SqsManagedSseEnabled"], found["DelaySeconds"], found["QueueArn"]) == (
        "alias/k", "false", "5", "arn:aws:sqs:us-east-1:000000000000:q")
    sqs.call("SetQueueAttributes", "q", Attributes={"DelaySeconds": "0", "Policy": "{}"})
    assert sqs.call("GetQueueAttributes", "q", AttributeNames=["DelaySeconds", "Policy"])["Attributes"] == {"DelaySeconds": "0", "Policy": "{}"}
    sqs.call("TagQueue", "q", Tags={"more": "y"})
    sqs.call("UntagQueue", "q", TagKeys=["team"])
    assert sqs.call("ListQueueTags", "q") == {"Tags": {"more": "y"}}
    refused("InvalidParameterValueException", sqs.call, "TagQueue", "q", Tags={f"t{i}": "" for i in range(50)})


# --- visibility ---

def test_message_is_back_when_its_visibility_is_over(sqs):
    sqs.create("q")
    sqs.send("q", "a")
    first = sqs.receive("q", VisibilityTimeout=10)[0]
    assert sqs.bodies("q") == [] and sqs.counts("q") == (0, 1, 0)
    sqs.now_s += 9
    sqs.call("ChangeMessageVisibility", "q", ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=10)
    sqs.now_s += 9
    assert sqs.bodies("q") == [] and sqs.repeats == []
    sqs.now_s += 1
    again = sqs.receive("q")[0]
    assert again["Attributes"]["ApproximateReceiveCount"] == "2" and sqs.repeats == [("a", "expired")]
    sqs.delete("q", first)
    assert sqs.counts("q") == (0, 1, 0), "an old handle deletes nothing"
    sqs.delete("q", again, again)
    assert sqs.counts("q") == (0, 0, 0)


def test_expired_message_that_nobody_took_again_can_be_deleted(sqs):
    sqs.create("q")
    sqs.send("q", "a")
    message = sqs.receive("q", VisibilityTimeout=1)[0]
    sqs.now_s += 2
    sqs.delete("q", message)
    assert sqs.bodies("q") == [] and sqs.counts("q") == (0, 0, 0)


def test_visibility_of_zero_gives_it_back(sqs):
    sqs.create("q")
    sqs.send("q", "a")
    message = sqs.receive("q")[0]
    sqs.call("ChangeMessageVisibility", "q", ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    assert sqs.bodies("q") == ["a"] and sqs.repeats == [("a", "returned")]
    refused("MessageNotInflight", sqs.call, "ChangeMessageVisibility", "q", ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=5)
    refused("ReceiptHandleIsInvalid", sqs.delete, "q", {"ReceiptHandle": "other"})


def test_delay_and_retention(sqs):
    sqs.create("q", DelaySeconds="5", MessageRetentionPeriod="60")
    sqs.send("q", "late")
    sqs.send("q", "now", DelaySeconds=0)
    assert sqs.counts("q") == (1, 0, 1) and sqs.bodies("q") == ["now"]
    sqs.now_s += 5
    assert sqs.bodies("q") == ["late"]
    sqs.now_s += 60
    assert sqs.bodies("q") == [] and sqs.counts("q") == (0, 0, 0)


def test_too_many_in_flight(sqs):
    sqs.create("q")
    sqs.create("f.fifo")
    sqs.send("q", "a", "b")
    sqs.send("f.fifo", "a", MessageGroupId="1", MessageDeduplicationId="1")
    sqs.send("f.fifo", "b", MessageGroupId="2", MessageDeduplicationId="2")
    for queue in sqs.account.queues.values():
        queue.in_flight_max = 1
    assert len(sqs.bodies("q")) == 1 and len(sqs.bodies("f.fifo")) == 1
    refused("OverLimit", sqs.bodies, "q")
    assert sqs.bodies("q", WaitTimeSeconds=1) == [] and sqs.bodies("f.fifo") == []


def test_double_delivery_by_order(sqs):
    sqs.create("q")
    sqs.send("q", "a")
    sqs.double = lambda: True
    first = sqs.receive("q", 1)[0]
    sqs.double = None
    second = sqs.receive("q", 1)[0]
    assert first["MessageId"] == second["MessageId"] and first["ReceiptHandle"] != second["ReceiptHandle"]
    sqs.delete("q", first)
    assert sqs.counts("q") == (0, 1, 0) and sqs.repeats == [("a", "doubled")]


# --- dead letters ---

def policy(name, count):
    return json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:000000000000:{name}", "maxReceiveCount": count})


@pytest.mark.parametrize("suffix", ["", ".fifo"])
def test_received_too_often_goes_to_the_dead_letter_queue(sqs, suffix):
    sqs.create("dead" + suffix)
    sqs.create("q" + suffix, RedrivePolicy=policy("dead" + suffix, 2))
    group = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if suffix else {}
    sqs.send("q" + suffix, "a", **group)
    for _ in range(2):
        assert sqs.bodies("q" + suffix, VisibilityTimeout=0) == ["a"]
    assert sqs.bodies("q" + suffix) == []
    found = sqs.receive("dead" + suffix)
    assert [m["Body"] for m in found] == ["a"] and found[0]["Attributes"]["DeadLetterQueueSourceArn"].endswith(":q" + suffix)
    assert sqs.counts("q" + suffix) == (0, 0, 0)
    assert sqs.call("ListDeadLetterSourceQueues", "dead" + suffix)["queueUrls"] == [f"{BASE}/000000000000/q{suffix}"]


def test_redrive_is_refused(sqs):
    refused("InvalidParameterValueException", sqs.create, "q", RedrivePolicy=policy("none", 2))
    sqs.create("dead.fifo")
    refused("InvalidParameterValueException", sqs.create, "q", RedrivePolicy=policy("dead.fifo", 2))
    sqs.create("closed", RedriveAllowPolicy='{"redrivePermission": "denyAll"}')
    refused("InvalidParameterValueException", sqs.create, "q", RedrivePolicy=policy("closed", 2))
    arn = "arn:aws:sqs:us-east-1:000000000000:q"
    sqs.create("chosen", RedriveAllowPolicy=json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]}))
    refused("InvalidParameterValueException", sqs.create, "other", RedrivePolicy=policy("chosen", 2))
    sqs.create("q", RedrivePolicy=policy("chosen", 2))


# --- FIFO ---

def put(sqs, group, *bodies, queue="f.fifo"):
    for body in bodies:
        sqs.send(queue, body, MessageGroupId=group, MessageDeduplicationId=body)


def test_group_is_locked_until_all_of_it_is_settled(sqs):
    sqs.create("f.fifo")
    put(sqs, "g", "1", "2", "3")
    put(sqs, "h", "4")
    first = sqs.receive("f.fifo", 2, VisibilityTimeout=10)
    assert [m["Body"] for m in first] == ["1", "2"]
    assert sqs.bodies("f.fifo", VisibilityTimeout=10) == ["4"], "only the other group"
    sqs.delete("f.fifo", first[0])
    assert sqs.bodies("f.fifo") == []
    sqs.now_s += 10
    assert sqs.bodies("f.fifo") == ["2", "3", "4"], "the expired ones are in front of their groups again"
    refused("InvalidParameterValueException", sqs.delete, "f.fifo", first[1])


def test_sequence_numbers_rise(sqs):
    sqs.create("f.fifo")
    put(sqs, "g", "1", "2")
    numbers = [m["Attributes"]["SequenceNumber"] for m in sqs.receive("f.fifo")]
    assert numbers == sorted(numbers) and all(len(n) == 20 for n in numbers)


def test_duplicate_of_the_last_five_minutes_is_taken_and_not_stored(sqs):
    sqs.create("f.fifo")
    one, two = sqs.send("f.fifo", "a", "b", MessageGroupId="g", MessageDeduplicationId="d")
    assert one["MessageId"] == two["MessageId"] and one["SequenceNumber"] == two["SequenceNumber"] and sqs.counts("f.fifo") == (1, 0, 0)
    sqs.delete("f.fifo", *sqs.receive("f.fifo"))
    sqs.send("f.fifo", "a", MessageGroupId="g", MessageDeduplicationId="d")
    assert sqs.counts("f.fifo") == (0, 0, 0), "also when the first one is gone"
    sqs.now_s += 300
    sqs.send("f.fifo", "a", MessageGroupId="g", MessageDeduplicationId="d")
    assert sqs.counts("f.fifo") == (1, 0, 0)


def test_deduplication_by_content_and_by_group(sqs):
    sqs.create("f.fifo")
    refused("InvalidParameterValueException", sqs.send, "f.fifo", "a", MessageGroupId="g")
    sqs.create("c.fifo", ContentBasedDeduplication="true", DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    sqs.send("c.fifo", "a", "a", MessageGroupId="g")
    sqs.send("c.fifo", "a", MessageGroupId="h")
    assert sqs.counts("c.fifo") == (2, 0, 0)


def test_receive_is_repeated_by_its_attempt_id(sqs):
    sqs.create("f.fifo")
    put(sqs, "g", "1", "2")
    first = sqs.receive("f.fifo", VisibilityTimeout=30, ReceiveRequestAttemptId="x")
    sqs.now_s += 20
    again = sqs.receive("f.fifo", VisibilityTimeout=30, ReceiveRequestAttemptId="x")
    assert [m["ReceiptHandle"] for m in again] == [m["ReceiptHandle"] for m in first] and sqs.bodies("f.fifo") == []
    sqs.now_s += 20
    assert sqs.bodies("f.fifo") == [], "the visibility began anew"
    sqs.delete("f.fifo", again[0])
    assert sqs.bodies("f.fifo", ReceiveRequestAttemptId="x") == [], "something of it is handled"


# --- what may be sent ---

@pytest.mark.parametrize("fields, code", [
    ({"MessageBody": ""}, "MissingParameterException"), ({"MessageBody": "\x00"}, "InvalidMessageContents"), ({"MessageBody": "\ufffe"}, "InvalidMessageContents"),
    ({"MessageBody": "x" * 1048577}, "InvalidParameterValueException"), ({"MessageBody": "x", "MessageDeduplicationId": "d"}, "InvalidParameterValueException"),
    ({"MessageBody": "x", "MessageGroupId": "a b"}, "InvalidParameterValueException"),
    ({"MessageBody": "x", "MessageAttributes": {f"a{i}": {"DataType": "String", "StringValue": "v"} for i in range(11)}}, "InvalidParameterValueException"),
    ({"MessageBody": "x", "MessageAttributes": {"AWS.x": {"DataType": "String", "StringValue": "v"}}}, "InvalidParameterValueException"),
    ({"MessageBody": "x", "MessageAttributes": {"a": {"DataType": "Text", "StringValue": "v"}}}, "InvalidParameterValueException"),
    ({"MessageBody": "x", "MessageAttributes": {"a": {"DataType": "Number", "StringValue": "v"}}}, "InvalidParameterValueException"),
    ({"MessageBody": "x", "MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}}, "InvalidParameterValueException"),
    ({"MessageBody": "x", "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": "!"}}}, "InvalidParameterValueException")])
def test_bad_message_is_refused(sqs, fields, code):
    sqs.create("q")
    refused(code, sqs.call, "SendMessage", "q", **fields)


def test_fair_groups_of_standard_queues_lock_nothing(sqs):
    sqs.create("q")
    sqs.send("q", "a", "b", MessageGroupId="tenant")
    assert [m["Attributes"]["MessageGroupId"] for m in sqs.receive("q", 1) + sqs.receive("q", 1)] == ["tenant", "tenant"]


def test_sums_of_what_was_sent_and_received_are_the_same(sqs):
    sqs.create("q")
    attributes = {"n": {"DataType": "Number.int", "StringValue": "7"}, "b": {"DataType": "Binary", "BinaryValue": base64.b64encode(b"\xff\x00").decode()},
                  "a": {"DataType": "String", "StringValue": "wört"}}
    sent = sqs.send("q", "body", MessageAttributes=attributes)[0]
    found = sqs.receive("q")[0]
    assert sent["MD5OfMessageBody"] == found["MD5OfBody"] == "841a2d689ad86bd1611447453c22c6fc"
    assert sent["MD5OfMessageAttributes"] == found["MD5OfMessageAttributes"] == "170adfbf47a7dcbb2d2a0fcb8e838a88"


def entries(*ids, **fields):
    return [{"Id": i, "MessageBody": "x", **fields} for i in ids]


def test_batches(sqs):
    sqs.create("q")
    refused("EmptyBatchRequest", sqs.call, "SendMessageBatch", "q", Entries=[])
    refused("TooManyEntriesInBatchRequest", sqs.call, "SendMessageBatch", "q", Entries=entries(*map(str, range(11))))
    refused("BatchEntryIdsNotDistinct", sqs.call, "SendMessageBatch", "q", Entries=entries("1", "1"))
    refused("InvalidBatchEntryId", sqs.call, "SendMessageBatch", "q", Entries=entries("a.b"))
    big = [{"Id": str(i), "MessageBody": "x" * 524288} for i in range(2)]
    assert len(sqs.call("SendMessageBatch", "q", body_bytes=2 << 20, Entries=big)["Successful"]) == 2
    refused("BatchRequestTooLong", sqs.call, "SendMessageBatch", "q", body_bytes=2 << 20, Entries=big + entries("z"))
    mixed = sqs.call("SendMessageBatch", "q", Entries=entries("good") + [{"Id": "bad", "MessageBody": ""}])
    assert [e["Id"] for e in mixed["Successful"]] == ["good"]
    assert [(e["Id"], e["Code"], e["SenderFault"]) for e in mixed["Failed"]] == [("bad", "MissingParameter", True)]
    sqs.call("PurgeQueue", "q")
    assert sqs.counts("q") == (0, 0, 0)
    refused("PurgeQueueInProgress", sqs.call, "PurgeQueue", "q")


# --- waiting ---

class Link:
    def __init__(self):
        self.answers = []

    def answer(self, status, headers, body, cut=False, pause_s=0):
        self.answers.append(json.loads(body))


def test_poll_whose_time_comes_as_it_is_woken_is_answered_once():
    async def tell():
        service, link = Service("us-east-1", "000000000000", BASE, 1), Link()
        service.set({"visible_s": 0})

        def ask(to, action, **fields):
            headers = {"x-amz-target": f"AmazonSQS.{action}", "authorization": "AWS4-HMAC-SHA256 Credential=me/"}
            service.handle(Request("POST", "/", headers, json.dumps({"QueueUrl": f"{BASE}/000000000000/q", **fields}).encode()), to)
        ask(Link(), "CreateQueue", QueueName="q")
        ask(link, "ReceiveMessage", WaitTimeSeconds=20)
        poll = service.waiters["q"][0]
        ask(Link(), "SendMessage", MessageBody="a")     # wakes it in the next turn of the loop
        poll.retry()
        ask(Link(), "SendMessage", MessageBody="b")
        await asyncio.sleep(0)
        assert [m["Body"] for answer in link.answers for m in answer["Messages"]] == ["a"] and len(link.answers) == 1
    asyncio.run(tell())
