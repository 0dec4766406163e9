"""The SQS servers of the testbed themselves: what tests of splits lean on is there, so that a failure elsewhere is not the testbed's."""
import json
import re

import pytest
from botocore.exceptions import ClientError

from harness.wait import wait_until
from testbed.sqs.moto import Keys, policy_for_moto
from testbed.sqs.sns import SnsTopic

FIFO = {"FifoQueue": "true"}


def refused(call, code):
    """moto says it in XML when it verifies, which boto3 shows as it is."""
    with pytest.raises(ClientError) as error:
        call()
    assert code in (error.value.response["Error"]["Code"], *re.findall("<Code>(.*?)</Code>", str(error.value))), error.value


def receive(sqs, url, **options):
    options.setdefault("WaitTimeSeconds", 5)
    return sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"], MaxNumberOfMessages=10, **options).get("Messages", [])


def text(value):
    return {"StringValue": value, "DataType": "String"}


@pytest.mark.parametrize("server", ["elasticmq", "moto"])
def test_messages_come_back_as_they_were_sent(server, request):
    server = request.getfixturevalue(server)
    sqs = server.client()
    url = sqs.create_queue(QueueName=f"plain-{server.name}")["QueueUrl"]
    assert url == server.queue_url(f"plain-{server.name}")
    attributes = {"author": text("anna"), "raw": {"BinaryValue": b"\xff\x00", "DataType": "Binary"}, "n": {"StringValue": "7", "DataType": "Number.int"}}
    sqs.send_message(QueueUrl=url, MessageBody="wörter", MessageAttributes=attributes)
    found = receive(sqs, url)
    assert [(m["Body"], m["MessageAttributes"]) for m in found] == [("wörter", attributes)]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
    assert receive(sqs, url, WaitTimeSeconds=0) == []
    sqs.delete_queue(QueueUrl=url)


@pytest.mark.parametrize("server", ["elasticmq", "moto"])
def test_fifo_group_waits_for_what_is_in_flight(server, request):
    server = request.getfixturevalue(server)
    sqs = server.client()
    url = sqs.create_queue(QueueName=f"fifo-{server.name}.fifo", Attributes=FIFO)["QueueUrl"]
    for i in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(i), MessageGroupId="g", MessageDeduplicationId=f"d{i % 2}")
    first = receive(sqs, url)
    assert [m["Body"] for m in first] == ["0", "1"], "the third was a duplicate of the first"
    sqs.send_message(QueueUrl=url, MessageBody="later", MessageGroupId="g", MessageDeduplicationId="d9")
    assert receive(sqs, url, WaitTimeSeconds=0) == []
    for message in first:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert [m["Body"] for m in receive(sqs, url)] == ["later"]
    sqs.delete_queue(QueueUrl=url)


def test_moto_verifies_signatures_and_policies(moto_verifying):
    moto = moto_verifying
    url = moto.client().create_queue(QueueName="guarded")["QueueUrl"]
    policy = {"Version": "2012-10-17",
              "Statement": [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": moto.queue_arn("guarded")}]}
    keys = moto.user("sender", policy_for_moto(policy))
    sqs = moto.client(keys=keys.environment())
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "y"}])
    refused(lambda: sqs.receive_message(QueueUrl=url), "AccessDenied")
    wrong = moto.client(keys=Keys(keys.access, "wrong").environment())
    refused(lambda: wrong.send_message(QueueUrl=url, MessageBody="x"), "SignatureDoesNotMatch")
    stranger = moto.client(keys=Keys("AKIAUNKNOWN000000000", "x").environment())
    refused(lambda: stranger.send_message(QueueUrl=url, MessageBody="x"), "InvalidClientTokenId")
    moto.set_user_policy("sender", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": "*"}]})
    assert len(receive(sqs, url)) == 2
    refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="x"), "AccessDenied")


def test_moto_gives_the_keys_of_a_role(moto_verifying):
    moto = moto_verifying
    url = moto.client().create_queue(QueueName="of-a-role")["QueueUrl"]
    role = moto.role("reader", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": "*"}]})
    keys = moto.assume(role)
    assert keys.token
    sqs = moto.client(keys=keys.environment())
    assert receive(sqs, url, WaitTimeSeconds=0) == []
    refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="x"), "AccessDenied")


@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
@pytest.mark.parametrize("raw", [False, True], ids=["enveloped", "raw"])
def test_case_9_sns_delivers_to_sqs(moto, raw, fifo):
    topic = SnsTopic(moto, "orders", fifo=fifo)
    url, arn = topic.subscribe_queue(f"orders-{raw}", raw=raw)
    attributes = {"author": text("anna"), "n": {"StringValue": "7", "DataType": "Number"}}
    if not raw:    # moto cannot hand out what came raw with binary attributes
        attributes["raw"] = {"BinaryValue": b"\xff", "DataType": "Binary"}
    topic.publish("body", attributes, group="g" if fifo else None)
    sqs = moto.client()
    found = wait_until(lambda: receive(sqs, url), 20, f"the message at {arn}")
    assert len(found) == 1
    if raw:
        assert found[0]["Body"] == "body" and found[0]["MessageAttributes"]["author"]["StringValue"] == "anna"
    else:
        envelope = json.loads(found[0]["Body"])
        assert (envelope["Type"], envelope["TopicArn"], envelope["Message"]) == ("Notification", topic.arn, "body")
        assert envelope["MessageAttributes"]["author"] == {"Type": "String", "Value": "anna"} and "MessageAttributes" not in found[0]
    if fifo:
        assert found[0]["Attributes"]["MessageGroupId"] == "g"
    topic.close()
