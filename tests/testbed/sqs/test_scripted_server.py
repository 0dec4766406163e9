"""The scripted SQS as a process, with boto3 on the other side: long polls, and every fault that can be ordered."""
import hashlib
import json
import socket
import threading
import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, HTTPClientError, ReadTimeoutError

from harness.wait import wait_until
from testbed.sqs.scripted_server import ScriptedSqs

ONCE = {"retries": {"total_max_attempts": 1}}
GONE = (ConnectionClosedError, EndpointConnectionError, HTTPClientError)
REQUESTS_A_SECOND_MIN = 300     # on a machine that does other things as well; alone on a core it is ten times that


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ScriptedSqs(tmp_path_factory.mktemp("scripted"), visible_s=0) as found:
        yield found


@pytest.fixture
def sqs(server):
    server.faults()
    server.forget()
    yield server.client(**ONCE)
    server.faults()
    server.settings(delay_ms=0, clock_s=None, wait_max_s=20)


@pytest.fixture
def queue(server, sqs, request):
    name = f"q-{abs(hash(request.node.name))}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    assert url == server.queue_url(name)
    server.forget()
    yield url
    server.faults()
    sqs.delete_queue(QueueUrl=url)


def code(call):
    with pytest.raises(ClientError) as error:
        call()
    return error.value.response["Error"]["Code"]


def name_of(url):
    return url.rsplit("/", 1)[1]


def send(sqs, url, count=1, **fields):
    for start in range(0, count, 10):
        batch = [{"Id": str(i), "MessageBody": f"body {i}", **fields} for i in range(start, min(start + 10, count))]
        assert "Failed" not in sqs.send_message_batch(QueueUrl=url, Entries=batch)


def test_boto3_finds_what_it_sent(sqs, queue):
    attributes = {"n": {"DataType": "Number.int", "StringValue": "7"}, "b": {"DataType": "Binary", "BinaryValue": b"\xff\x00"},
                  "a": {"DataType": "String.x", "StringValue": "wört"}}
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}}
    sqs.send_message(QueueUrl=queue, MessageBody="wörter \"/\\", MessageAttributes=attributes, MessageSystemAttributes=trace, MessageGroupId="fair")
    found = sqs.receive_message(QueueUrl=queue, AttributeNames=["All"], MessageAttributeNames=["n", "b*", "a.*"])["Messages"][0]
    assert (found["Body"], sorted(found["MessageAttributes"])) == ("wörter \"/\\", ["a", "n"])
    assert (found["Attributes"]["AWSTraceHeader"], found["Attributes"]["MessageGroupId"]) == ("Root=1", "fair")


def test_long_poll_ends_with_the_message_or_with_its_time(server, sqs, queue):
    began = time.monotonic()
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)
    assert time.monotonic() - began >= 1
    found = []
    thread = threading.Thread(target=lambda: found.extend(server.client().receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]))
    thread.start()
    wait_until(lambda: server.requests("ReceiveMessage", name_of(queue)) == 2, 10, "the poll to begin")
    send(sqs, queue)
    thread.join(10)
    assert [m["Body"] for m in found] == ["body 0"]


def test_long_poll_ends_as_early_as_it_was_ordered(server, sqs, queue):
    server.settings(wait_max_s=0.5)
    began = time.monotonic()
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
    assert 0.5 <= time.monotonic() - began < 15


def test_expired_message_wakes_a_long_poll(sqs, queue):
    send(sqs, queue)
    sqs.receive_message(QueueUrl=queue, VisibilityTimeout=1)
    assert len(sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]) == 1


def test_message_for_a_dead_connection_is_in_flight(server, sqs, queue):
    body = json.dumps({"QueueUrl": queue, "WaitTimeSeconds": 20}).encode()
    head = (f"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\nAuthorization: AWS4-HMAC-SHA256 Credential=me/\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
    with socket.create_connection(("127.0.0.1", server.port)) as link:
        link.sendall(head.encode() + body)
        wait_until(lambda: server.requests("ReceiveMessage", name_of(queue)) == 1, 10, "the poll to begin")
    send(sqs, queue)
    wait_until(lambda: server.queues()[name_of(queue)]["counts"] == [0, 1, 0], 10, "the message handed out", seen=server.queues)


def test_throttling_by_percentage(server, sqs, queue):
    server.faults({"kind": "throttle", "action": "SendMessage", "rate": 0.3})
    refused = 0
    for _ in range(200):
        try:
            sqs.send_message(QueueUrl=queue, MessageBody="x")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "RequestThrottled"
            refused += 1
    assert 30 < refused < 90 and server.hits() == [refused]
    row = next(r for r in server.access() if r["action"] == "SendMessage")
    assert (row["requests"], row["entries"], row["errors"]) == (200, 200 - refused, {"RequestThrottled": refused})


def test_partial_failure(server, sqs, queue):
    server.faults({"kind": "partial", "action": "*Batch", "rate": 0.2})
    failed = good = 0
    for _ in range(30):
        answer = sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": str(i), "MessageBody": "x"} for i in range(10)])
        good += len(answer.get("Successful", []))
        failed += len(answer.get("Failed", []))
    assert 30 < failed < 90 and failed + good == 300 and server.queues()[name_of(queue)]["counts"][0] == good


def test_lost_answer_took_effect_and_reset_did_not(server, sqs, queue):
    server.faults({"kind": "lose", "action": "SendMessage", "count": 1}, {"kind": "reset", "action": "DeleteMessage", "count": 1})
    with pytest.raises(GONE):
        sqs.send_message(QueueUrl=queue, MessageBody="x", MessageAttributes={"uid": {"DataType": "String", "StringValue": "r-1"}})
    assert server.repeats() == [(name_of(queue), "r-1", "unanswered")]
    message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    with pytest.raises(GONE):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert server.queues()[name_of(queue)]["counts"] == [0, 1, 0]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def test_hanging_and_cut_answers(server, sqs, queue):
    server.faults({"kind": "hang", "action": "SendMessage", "count": 1}, {"kind": "garble", "action": "ReceiveMessage", "count": 1})
    impatient = server.client(read_timeout=1, **ONCE)
    with pytest.raises(ReadTimeoutError):
        impatient.send_message(QueueUrl=queue, MessageBody="x")
    assert server.queues()[name_of(queue)]["counts"] == [0, 0, 0]
    send(sqs, queue)
    assert "Messages" not in sqs.receive_message(QueueUrl=queue), "boto3 takes half of an answer for an empty one"
    assert server.queues()[name_of(queue)]["counts"] == [0, 1, 0]


def test_wrong_sums(server, sqs, queue):
    server.faults({"kind": "md5", "action": "*Message"})
    right = hashlib.md5(b"x").hexdigest()
    assert sqs.send_message(QueueUrl=queue, MessageBody="x")["MD5OfMessageBody"] != right
    assert sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)["Messages"][0]["MD5OfBody"] != right
    server.faults()
    assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["MD5OfBody"] == right


def test_double_delivery(server, sqs, queue):
    send(sqs, queue, 100)
    server.faults({"kind": "double", "rate": 0.1})
    seen, ids = 0, set()
    while True:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        if not found:
            break
        seen += len(found)
        ids |= {m["MessageId"] for m in found}
    assert len(ids) == 100 and 100 < seen < 140 and len(server.repeats()) == seen - 100


def test_counts_are_wrong_for_a_while_and_receives_empty(server, sqs, queue):
    send(sqs, queue, 3)
    server.faults({"kind": "counts", "visible": 0, "until_s": time.time() + 3600}, {"kind": "empty", "action": "ReceiveMessage", "count": 1})

    def visible():
        names = ["ApproximateNumberOfMessages"]
        return sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"][names[0]]
    assert visible() == "0" and "Messages" not in sqs.receive_message(QueueUrl=queue)
    assert len(sqs.receive_message(QueueUrl=queue)["Messages"]) == 1
    server.faults({"kind": "counts", "visible": 0, "until_s": time.time() - 1})
    assert visible() == "2"


@pytest.mark.parametrize("wanted, status", [("ServiceUnavailable", 503), ("ExpiredTokenException", 403), ("InvalidSignatureException", 403),
                                            ("AccessDeniedException", 403), ("KmsAccessDenied", 400), ("OverLimit", 403)])
def test_errors_by_order(server, sqs, queue, wanted, status):
    server.faults({"kind": "error", "code": wanted, "action": "SendMessage", "queue": "q-*", "message": "why"})
    with pytest.raises(ClientError) as error:
        sqs.send_message(QueueUrl=queue, MessageBody="x")
    found = error.value.response
    assert (found["ResponseMetadata"]["HTTPStatusCode"], found["Error"]["Message"]) == (status, "why")
    sqs.receive_message(QueueUrl=queue)


def test_what_create_queue_refuses_by_attribute(server, sqs):
    server.faults({"kind": "error", "code": "KmsAccessDenied", "action": "CreateQueue", "attribute": "KmsMasterKeyId"})
    assert code(lambda: sqs.create_queue(QueueName="kms", Attributes={"KmsMasterKeyId": "k"})) in ("KMS.AccessDeniedException", "KmsAccessDenied")
    sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName="kms")["QueueUrl"])


def test_another_clock_refuses_what_is_signed_by_ours(server, sqs, queue):
    server.settings(clock_s=3600)
    with pytest.raises(ClientError, match="Signature expired: .* is now earlier than"):
        sqs.send_message(QueueUrl=queue, MessageBody="x")
    server.settings(clock_s=10)
    sqs.send_message(QueueUrl=queue, MessageBody="x")


def test_access_log_tells_keys_and_actions(server, sqs, queue):
    server.client(keys={"AWS_ACCESS_KEY_ID": "AKIAOTHER"}).send_message(QueueUrl=queue, MessageBody="x")
    sqs.receive_message(QueueUrl=queue)
    assert server.actions("AKIAOTHER") == {"SendMessage": {name_of(queue)}} and server.actions("test") == {"ReceiveMessage": {name_of(queue)}}


def test_delay_of_every_request(server, sqs, queue):
    server.settings(delay_ms=200)
    began = time.monotonic()
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("order", [("PUT", "/faults", [{"kind": "none"}]), ("PUT", "/faults", [{"kind": "error", "typo": 1}]),
                                   ("PUT", "/settings", {"typo": 1}), ("GET", "/nothing", None), ("GET", "/messages/none", None)])
def test_order_that_means_nothing_is_refused(server, order):
    with pytest.raises(ValueError):
        server.order(*order)


@pytest.mark.parametrize("raw, status", [(b"GET / HTTP/1.1\r\n\r\n", 200), (b"POST / HTTP/1.1\r\n\r\n", 404), (b"nonsense\r\n\r\n", 400),
                                         (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413), (b"x" * 70000, 431),
                                         (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411)])
def test_http_that_no_sdk_sends(server, raw, status):
    with socket.create_connection(("127.0.0.1", server.port)) as link:
        link.sendall(raw)
        assert link.recv(100).split(b" ")[1] == str(status).encode()


def batch_request(url, number):
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in (("uid", f"r-{number}"), ("author", "anna"), ("seq", "1"))}
    body = json.dumps({"QueueUrl": url, "Entries": [{"Id": str(i), "MessageBody": "x" * 100, "MessageAttributes": attributes} for i in range(10)]}).encode()
    return (f"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonSQS.SendMessageBatch\r\nAuthorization: AWS4-HMAC-SHA256 Credential=me/\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def test_it_is_fast(server, queue):
    """In its own processor time, so that a busy machine does not count: tenfold batches of messages with three attributes, the dearest request there is."""
    def spent_s():
        with open(f"/proc/{server.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100
    requests, before = [batch_request(queue, i) for i in range(500)], spent_s()
    with socket.create_connection(("127.0.0.1", server.port)) as link:
        reader = link.makefile("rb")
        for request in requests:
            link.sendall(request)
            length = 0
            while (line := reader.readline()) != b"\r\n":
                length = int(line.split(b":")[1]) if line.startswith(b"Content-Length") else length
            reader.read(length)
    assert server.queues()[name_of(queue)]["counts"][0] == 5000
    assert 500 / max(spent_s() - before, 0.01) > REQUESTS_A_SECOND_MIN
