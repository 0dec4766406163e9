"""The queues of one account: their names, when they can be seen and when a name is free again, and dead-letter queues.

Owns the queues. Pure: the time is a parameter of every call.
"""

import json
import re
from typing import Any, Iterator, Mapping

from .attributes import attributes_check, attributes_filled, name_check
from .errors import SqsError, invalid, no_queue
from .message import Message
from .queue import Queue, Repeat, _nobody

VISIBLE_S = 1.0
NAME_FREE_S = 60.0
TAGS_MAX = 50
URL = re.compile(r"[a-z]+://[^/]+(?:/[^/]+)*?/(\d{12})/([^/]+)/?")


class Account:
    """visible_s: how long a new queue cannot be seen by anybody. name_free_s: how long the name of a deleted one is refused."""

    def __init__(self, region: str, number: str) -> None:
        self.region, self.number = region, number
        self.queues: "dict[str, Queue]" = {}
        self.deleted: "dict[str, float]" = {}
        self.visible_s, self.name_free_s = VISIBLE_S, NAME_FREE_S
        self.on_repeat: Repeat = _nobody

    # --- finding ----------------------------------------------------------------------------------------------

    def by_url(self, url: Any, now_s: float) -> Queue:
        """The queue; only account and name of the URL count, as with AWS."""
        if not isinstance(url, str) or not url:
            raise SqsError("MissingParameterException", "The request must contain the parameter QueueUrl.")
        parts = URL.fullmatch(url)
        if parts is None or parts.group(1) != self.number:
            raise no_queue()
        return self.by_name(parts.group(2), now_s)

    def by_name(self, name: Any, now_s: float) -> Queue:
        queue = self.queues.get(name)
        if queue is None or now_s < queue.created_s + self.visible_s:
            raise no_queue()
        return queue

    def by_arn(self, arn: str) -> "Queue | None":
        prefix, _, name = arn.rpartition(":")
        return self.queues.get(name) if prefix == f"arn:aws:sqs:{self.region}:{self.number}" else None

    def names(self, prefix: str, now_s: float) -> "Iterator[str]":
        for name, queue in sorted(self.queues.items()):
            if name.startswith(prefix) and now_s >= queue.created_s + self.visible_s:
                yield name

    # --- life -------------------------------------------------------------------------------------------------

    def create(self, name: Any, attributes: "Mapping[str, str]", tags: "Mapping[str, str]", now_s: float) -> Queue:
        """A new queue, or the one that is there if it has the attributes that are asked for."""
        name_check(name, attributes)
        fifo = str(name).endswith(".fifo")
        attributes_check(attributes, fifo)
        found = self.queues.get(name)
        if found is not None:
            wanted = attributes_filled({**found.attributes, **attributes}, fifo)
            if wanted != found.attributes:
                raise SqsError("QueueNameExists", "A queue already exists with the same name and a different value for attribute(s).")
            return found
        if now_s < self.deleted.get(name, float("-inf")) + self.name_free_s:
            raise SqsError("QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
        self._redrive_check(attributes, f"arn:aws:sqs:{self.region}:{self.number}:{name}", fifo)
        _tags_check(tags)
        queue = Queue(name, f"arn:aws:sqs:{self.region}:{self.number}:{name}", attributes_filled(attributes, fifo), dict(tags), now_s)
        queue.on_repeat = self.on_repeat
        self.queues[name] = queue
        return queue

    def delete(self, queue: Queue, now_s: float) -> None:
        del self.queues[queue.name]
        self.deleted[queue.name] = now_s
        queue.wake()

    def set_attributes(self, queue: Queue, attributes: "Mapping[str, str]", now_s: float) -> None:
        if not attributes:
            raise SqsError("MissingParameterException", "The request must contain the parameter Attributes.")
        if "FifoQueue" in attributes and not queue.fifo:
            raise SqsError("InvalidAttributeName", "You can specify the FifoQueue only when creating a queue.")
        attributes_check(attributes, queue.fifo)
        self._redrive_check(attributes, queue.arn, queue.fifo)
        queue.attributes = attributes_filled({**queue.attributes, **attributes}, queue.fifo)
        queue.modified_s = now_s

    def set_tags(self, queue: Queue, tags: "Mapping[str, str]") -> None:
        found = {**queue.tags, **tags}
        _tags_check(found)
        queue.tags = found

    # --- dead letters -----------------------------------------------------------------------------------------

    def _redrive_check(self, attributes: "Mapping[str, str]", arn: str, fifo: bool) -> None:
        """The dead-letter queue is there, of the same kind, and lets this queue."""
        policy = attributes.get("RedrivePolicy")
        if not policy:
            return
        target = self.by_arn(json.loads(policy)["deadLetterTargetArn"])
        where = f"Value {policy} for parameter RedrivePolicy is invalid. Reason: "
        if target is None:
            raise invalid(where + "Dead letter target does not exist.")
        if target.fifo != fifo:
            raise invalid(where + "Dead-letter queue must be same type of queue as the source.")
        allowed = json.loads(target.attributes.get("RedriveAllowPolicy") or "{}")
        permission = allowed.get("redrivePermission", "allowAll")
        if permission == "denyAll" or (permission == "byQueue" and arn not in allowed.get("sourceQueueArns", [])):
            raise invalid(where + "The dead-letter queue's redrive allow policy does not permit this source queue.")

    def bury(self, queue: Queue, message: Message, now_s: float) -> None:
        """Received too often: to the dead-letter queue, or away when that was deleted."""
        target = self.by_arn(str((queue.redrive or {}).get("deadLetterTargetArn")))
        if target is None:
            return
        moved = message.twin()
        moved.receives, moved.first_s, moved.from_arn = 0, 0.0, queue.arn
        if target.fifo:
            moved.sent_s = now_s
        target.put(moved, 0, now_s)

    def sources_of(self, queue: Queue) -> "list[str]":
        return sorted(q.name for q in self.queues.values() if (q.redrive or {}).get("deadLetterTargetArn") == queue.arn)


def _tags_check(tags: "Mapping[str, str]") -> None:
    if len(tags) > TAGS_MAX:
        raise invalid("Too many tags added for queue.")
    for name, value in tags.items():
        if not 1 <= len(name) <= 128 or len(value) > 256 or name.lower().startswith("aws:"):
            raise invalid(f"Tag {name!r} is invalid.")
