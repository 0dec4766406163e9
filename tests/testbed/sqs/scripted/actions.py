"""What each action of the JSON protocol does: from a request's fields to an answer's.

Owns the table ACTIONS and what the answers look like. Pure, apart from the random ids: the time is a parameter; a receive that finds nothing says so, and whoever
called it may wait and ask again.
"""

import hashlib
import itertools
import re
import secrets
from typing import Any, Callable, Mapping

from .account import Account
from .errors import SqsError, invalid, missing, no_queue
from .message import Message, attributes_md5, attributes_size, entry_check
from .queue import Queue

BATCH_MAX = 10
BATCH_BYTES_MAX = 1_048_576
ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
VISIBILITY_MAX_S = 43200
# The ids look like those of AWS and are as unique as one server needs.
RUN = "{:08x}-{:04x}-4{:03x}-8{:03x}".format(*(secrets.randbits(bits) for bits in (32, 16, 12, 12)))
_ids = itertools.count(1)
Fields = Mapping[str, Any]


class Call:
    """One request: who asks, when and how much, and what trouble was ordered for it. fails(): that entry of a batch is refused."""

    def __init__(self, account: Account, base_url: str, now_s: float, sender: str = "", body_bytes: int = 0) -> None:
        self.account, self.base_url, self.now_s, self.sender, self.body_bytes = account, base_url, now_s, sender, body_bytes
        self.fails: "Callable[[], bool] | None" = None
        self.double: "Callable[[], bool] | None" = None
        self.counts: "Callable[[tuple[int, int, int]], tuple[int, int, int]] | None" = None
        self.taken: "list[Message]" = []        # what it sent

    def queue(self, fields: Fields) -> Queue:
        return self.account.by_url(fields.get("QueueUrl"), self.now_s)

    def url(self, name: str) -> str:
        return f"{self.base_url}/{self.account.number}/{name}"


def create_queue(call: Call, f: Fields) -> "dict[str, Any]":
    queue = call.account.create(f.get("QueueName"), f.get("Attributes") or {}, f.get("tags") or {}, call.now_s)
    return {"QueueUrl": call.url(queue.name)}


def delete_queue(call: Call, f: Fields) -> "dict[str, Any]":
    call.account.delete(call.queue(f), call.now_s)
    return {}


def get_queue_url(call: Call, f: Fields) -> "dict[str, Any]":
    if f.get("QueueOwnerAWSAccountId") not in (None, call.account.number):
        raise no_queue()
    return {"QueueUrl": call.url(call.account.by_name(f.get("QueueName"), call.now_s).name)}


def list_queues(call: Call, f: Fields) -> "dict[str, Any]":
    names = list(call.account.names(f.get("QueueNamePrefix") or "", call.now_s))
    start = int(f.get("NextToken") or 0)
    most = int(f.get("MaxResults") or 1000)
    more = {"NextToken": str(start + most)} if f.get("MaxResults") and start + most < len(names) else {}
    return {"QueueUrls": [call.url(name) for name in names[start:start + most]], **more}


def get_queue_attributes(call: Call, f: Fields) -> "dict[str, Any]":
    queue = call.queue(f)
    counts = queue.counts(call.now_s)
    visible, flight, delayed = call.counts(counts) if call.counts else counts
    found = {**queue.attributes, "QueueArn": queue.arn, "CreatedTimestamp": str(int(queue.created_s)),
             "LastModifiedTimestamp": str(int(queue.modified_s)), "ApproximateNumberOfMessages": str(visible),
             "ApproximateNumberOfMessagesNotVisible": str(flight), "ApproximateNumberOfMessagesDelayed": str(delayed)}
    wanted = f.get("AttributeNames") or []
    return {"Attributes": found if "All" in wanted else {name: found[name] for name in wanted if name in found}}


def set_queue_attributes(call: Call, f: Fields) -> "dict[str, Any]":
    call.account.set_attributes(call.queue(f), f.get("Attributes") or {}, call.now_s)
    return {}


def list_queue_tags(call: Call, f: Fields) -> "dict[str, Any]":
    tags = call.queue(f).tags
    return {"Tags": dict(tags)} if tags else {}


def tag_queue(call: Call, f: Fields) -> "dict[str, Any]":
    call.account.set_tags(call.queue(f), f.get("Tags") or {})
    return {}


def untag_queue(call: Call, f: Fields) -> "dict[str, Any]":
    queue = call.queue(f)
    for name in f.get("TagKeys") or []:
        queue.tags.pop(name, None)
    return {}


def purge_queue(call: Call, f: Fields) -> "dict[str, Any]":
    call.queue(f).purge(call.now_s)
    return {}


def list_dead_letter_source_queues(call: Call, f: Fields) -> "dict[str, Any]":
    return {"queueUrls": [call.url(name) for name in call.account.sources_of(call.queue(f))]}


# --- messages -------------------------------------------------------------------------------------------------

def _send(call: Call, queue: Queue, entry: Fields) -> "dict[str, Any]":
    entry_check(entry, queue.fifo, queue.seconds("MaximumMessageSize"))
    if queue.fifo and not entry.get("MessageDeduplicationId"):
        if queue.attributes.get("ContentBasedDeduplication") != "true":
            raise invalid("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
        entry = {**entry, "MessageDeduplicationId": hashlib.sha256(entry["MessageBody"].encode()).hexdigest()}
    message = Message(f"{RUN}-{next(_ids):012x}", entry, call.now_s)
    message.sender = call.sender
    there = queue.send(message, entry.get("DelaySeconds"), call.now_s)
    call.taken.append(there)
    answer = {"MessageId": there.id, "MD5OfMessageBody": message.md5}
    if message.attributes_md5:
        answer["MD5OfMessageAttributes"] = message.attributes_md5
    if message.system:
        answer["MD5OfMessageSystemAttributes"] = attributes_md5(message.system)
    if queue.fifo:
        answer["SequenceNumber"] = there.sequence
    return answer


def send_message(call: Call, f: Fields) -> "dict[str, Any]":
    return _send(call, call.queue(f), f)


def _batch(call: Call, f: Fields, act: "Callable[[Fields], Any]") -> "dict[str, Any]":
    """Each entry by itself; what is wrong with one is told beside it."""
    good, bad = [], []
    for entry in _entries(f):
        try:
            if call.fails and call.fails():
                raise SqsError("InternalError", "We encountered an internal error. Please try again.", 500)
            good.append({"Id": entry["Id"], **act(entry)})
        except SqsError as error:
            bad.append({"Id": entry["Id"], "Code": error.older, "Message": error.message, "SenderFault": error.sender_fault})
    return {"Successful": good, "Failed": bad} if bad else {"Successful": good}


def _entries(f: Fields) -> "list[Fields]":
    entries = f.get("Entries") or []
    if not entries:
        raise SqsError("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(entries) > BATCH_MAX:
        raise SqsError("TooManyEntriesInBatchRequest", f"Maximum number of entries per request are {BATCH_MAX}. You have sent {len(entries)}.")
    ids = [str(entry.get("Id")) for entry in entries]
    for name in ids:
        if not ENTRY_ID.fullmatch(name):
            raise SqsError("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
    if len(set(ids)) != len(ids):
        raise SqsError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
    return list(entries)


def send_message_batch(call: Call, f: Fields) -> "dict[str, Any]":
    queue = call.queue(f)
    # JSON is never shorter than what it says.
    if call.body_bytes > BATCH_BYTES_MAX:
        size = sum(len((e.get("MessageBody") or "").encode()) + _size(e.get("MessageAttributes") or {}) for e in f.get("Entries") or [])
        if size > BATCH_BYTES_MAX:
            raise SqsError("BatchRequestTooLong", f"Batch requests cannot be longer than {BATCH_BYTES_MAX} bytes. You have sent {size} bytes.")
    return _batch(call, f, lambda entry: _send(call, queue, entry))


def _size(attributes: Fields) -> int:
    try:
        return attributes_size(attributes)
    except (KeyError, ValueError, AttributeError):
        return 0    # the entry itself says what is wrong with it


def _number(f: Fields, name: str, default: int, high: int, low: int = 0) -> int:
    value = f.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or not low <= value <= high:
        raise invalid(f"Value {value} for parameter {name} is invalid. Reason: Must be between {low} and {high}, if provided.")
    return value


def receive_message(call: Call, f: Fields) -> "dict[str, Any]":
    queue = call.queue(f)
    most = _number(f, "MaxNumberOfMessages", 1, 10, 1)
    visible_s = _number(f, "VisibilityTimeout", queue.seconds("VisibilityTimeout"), VISIBILITY_MAX_S)
    wait_s = wait_seconds(call, f)
    if queue.is_full() and not queue.fifo and not wait_s:
        raise SqsError("OverLimit", f"Too many messages are in flight: {queue.in_flight_max}.")
    found = queue.receive(most, visible_s, call.now_s, f.get("ReceiveRequestAttemptId"),
                          lambda message: call.account.bury(queue, message, call.now_s), call.double)
    return {"Messages": [_shown(m, f) for m in found]} if found else {}


def wait_seconds(call: Call, f: Fields) -> int:
    """How long a receive may wait for something to come."""
    return _number(f, "WaitTimeSeconds", call.queue(f).seconds("ReceiveMessageWaitTimeSeconds"), 20)


def _shown(message: Message, f: Fields) -> "dict[str, Any]":
    shown: "dict[str, Any]" = {"MessageId": message.id, "ReceiptHandle": message.handle, "Body": message.body, "MD5OfBody": message.md5}
    wanted = f.get("MessageAttributeNames")
    if wanted and message.attributes:
        attributes, digest = message.attributes, message.attributes_md5
        if "All" not in wanted and ".*" not in wanted:
            attributes = {n: a for n, a in attributes.items() if any(n == w or (w.endswith(".*") and n.startswith(w[:-2])) for w in wanted)}
            digest = attributes_md5(attributes) if attributes else ""
        if attributes:
            shown["MessageAttributes"], shown["MD5OfMessageAttributes"] = attributes, digest
    names = f.get("MessageSystemAttributeNames") or f.get("AttributeNames")
    if names:
        system = _system(message)
        shown["Attributes"] = system if "All" in names else {n: system[n] for n in names if n in system}
    return shown


def _system(message: Message) -> "dict[str, str]":
    found = {"SenderId": message.sender or "AIDATESTBED", "SentTimestamp": str(int(message.sent_s * 1000)),
             "ApproximateReceiveCount": str(message.receives), "ApproximateFirstReceiveTimestamp": str(int(message.first_s * 1000))}
    for name, value in (("MessageGroupId", message.group), ("MessageDeduplicationId", message.dedup), ("SequenceNumber", message.sequence),
                        ("DeadLetterQueueSourceArn", message.from_arn)):
        if value:
            found[name] = value
    if "AWSTraceHeader" in message.system:
        found["AWSTraceHeader"] = message.system["AWSTraceHeader"]["StringValue"]
    return found


def _delete(call: Call, queue: Queue, entry: Fields) -> "dict[str, Any]":
    if not entry.get("ReceiptHandle"):
        raise missing("ReceiptHandle")
    queue.delete(entry["ReceiptHandle"], call.now_s)
    return {}


def delete_message(call: Call, f: Fields) -> "dict[str, Any]":
    return _delete(call, call.queue(f), f)


def delete_message_batch(call: Call, f: Fields) -> "dict[str, Any]":
    queue = call.queue(f)
    return _batch(call, f, lambda entry: _delete(call, queue, entry))


def _change(call: Call, queue: Queue, entry: Fields) -> "dict[str, Any]":
    if "VisibilityTimeout" not in entry or not entry.get("ReceiptHandle"):
        raise missing("VisibilityTimeout")
    queue.change_visibility(entry["ReceiptHandle"], _number(entry, "VisibilityTimeout", 0, VISIBILITY_MAX_S), call.now_s)
    return {}


def change_message_visibility(call: Call, f: Fields) -> "dict[str, Any]":
    return _change(call, call.queue(f), f)


def change_message_visibility_batch(call: Call, f: Fields) -> "dict[str, Any]":
    queue = call.queue(f)
    return _batch(call, f, lambda entry: _change(call, queue, entry))


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


ACTIONS: "dict[str, Callable[[Call, Fields], dict[str, Any]]]" = {_camel(act.__name__): act for act in (
    create_queue, delete_queue, get_queue_url, list_queues, get_queue_attributes, set_queue_attributes, list_queue_tags, tag_queue, untag_queue,
    purge_queue, list_dead_letter_source_queues, send_message, send_message_batch, receive_message, delete_message, delete_message_batch,
    change_message_visibility, change_message_visibility_batch)}
