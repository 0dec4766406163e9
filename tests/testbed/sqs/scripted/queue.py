"""One queue: what lies in it, what is in flight and until when, what was sent lately (FIFO).

Owns its messages. Pure: the time is a parameter of every call, in seconds; nothing waits here. Who waits for messages is told by `wake`.
"""

import heapq
import itertools
import json
from typing import Any, Callable, Mapping, Sequence

from .errors import SqsError, invalid
from .lane import Groups, Lane, Standard
from .message import Message

DEDUP_S = 300.0
ATTEMPT_S = 300.0
SEQUENCE_FIRST = 18849496460467696128
IN_FLIGHT_MAX = 120_000

Repeat = Callable[["Queue", Message, str], None]


def _nobody(*_: object) -> None:
    pass


class Queue:
    """attributes: those that were set, defaults filled in. on_repeat(queue, message, why): it will be received once more than its consumer may expect."""

    def __init__(self, name: str, arn: str, attributes: "dict[str, str]", tags: "dict[str, str]", now_s: float) -> None:
        self.name, self.arn = name, arn
        self.attributes, self.tags = attributes, tags
        self.fifo = name.endswith(".fifo")
        self.created_s = self.modified_s = now_s
        self.lane: Lane = Groups() if self.fifo else Standard()
        self.messages: "dict[int, Message]" = {}
        self.flight: "dict[int, Message]" = {}
        self.delayed: "dict[int, Message]" = {}
        self.due: "list[tuple[float, int, int]]" = []       # (when, number, receives) of what becomes visible then
        self.sent: "dict[tuple[str | None, str], tuple[float, Message]]" = {}
        self.attempts: "dict[str, tuple[float, list[Message], list[str]]]" = {}
        self.in_flight_max = IN_FLIGHT_MAX
        self.on_repeat: Repeat = _nobody
        self.wake: Callable[[], None] = _nobody
        self._numbers = itertools.count(1)
        self.purged_s = float("-inf")

    def seconds(self, name: str) -> int:
        return int(self.attributes[name])

    @property
    def redrive(self) -> "Mapping[str, Any] | None":
        found: "Mapping[str, Any] | None" = json.loads(self.attributes["RedrivePolicy"]) if self.attributes.get("RedrivePolicy") else None
        return found

    # --- sending ----------------------------------------------------------------------------------------------

    def send(self, message: Message, delay_s: "float | None", now_s: float) -> Message:
        """The message that lies there: an earlier one when this is its duplicate (FIFO, five minutes)."""
        if self.fifo:
            per_group = self.attributes.get("DeduplicationScope") == "messageGroup"
            key = (message.group if per_group else None, message.dedup or "")
            found = self.sent.get(key)
            if found is not None and found[0] > now_s:
                return found[1]
            if len(self.sent) > 1000:
                self._forget_old(now_s)
            self.sent.pop(key, None)
            self.sent[key] = (now_s + DEDUP_S, message)
        self.put(message, self.seconds("DelaySeconds") if delay_s is None else delay_s, now_s)
        return message

    def _forget_old(self, now_s: float) -> None:
        """In the order of sending, so the oldest are in front."""
        for key, (until_s, _) in list(itertools.islice(self.sent.items(), 100)):
            if until_s > now_s:
                return
            del self.sent[key]

    def put(self, message: Message, delay_s: float, now_s: float) -> None:
        """Store it, whatever came before."""
        message.number = next(self._numbers)
        if self.fifo:
            message.sequence = f"{SEQUENCE_FIRST + 256 * message.number:020d}"
        self.messages[message.number] = message
        if delay_s > 0:
            self.delayed[message.number] = message
            heapq.heappush(self.due, (now_s + delay_s, message.number, 0))
        else:
            self.lane.add(message)
        self.wake()

    # --- time -------------------------------------------------------------------------------------------------

    def next_due_s(self) -> float:
        """When something may become visible by itself."""
        return self.due[0][0] if self.due else float("inf")

    def pass_time(self, now_s: float) -> None:
        """What is due becomes visible."""
        while self.due and self.due[0][0] <= now_s:
            when_s, number, receives = heapq.heappop(self.due)
            message = self.delayed.pop(number, None)
            if message is not None:
                self.lane.add(message)
                continue
            message = self.flight.get(number)
            if message is not None and message.receives == receives and message.visible_s == when_s:
                self._show(message, "expired")

    def _show(self, message: Message, why: str) -> None:
        del self.flight[message.number]
        self.on_repeat(self, message, why)
        self.lane.back(message)
        self.wake()

    # --- receiving --------------------------------------------------------------------------------------------

    def is_full(self) -> bool:
        return len(self.flight) >= self.in_flight_max

    def receive(self, most: int, visible_s: float, now_s: float, attempt: "str | None" = None,
                dead: "Callable[[Message], None] | None" = None, double: "Callable[[], bool] | None" = None) -> "list[Message]":
        """Up to `most` messages, in flight for visible_s from now on.

        dead(message) takes those that were received too often. double() says whether a message is handed out and stays (standard queues only).
        """
        self.pass_time(now_s)
        again = self._again(attempt, visible_s, now_s)
        if again is not None:
            return again
        found: "list[Message]" = []
        redrive = self.redrive if dead else None
        while len(found) < most and not self.is_full():
            message = self.lane.pick()
            if message is None:
                break
            if message.sent_s + self.seconds("MessageRetentionPeriod") < now_s:
                self._drop(message)
            elif redrive and dead and message.receives >= int(redrive["maxReceiveCount"]):
                self._drop(message)
                dead(message)
            else:
                self._hand_out(message, visible_s, now_s)
                found.append(message)
                if double and not self.fifo and double():
                    self._double(message, now_s)
        self.lane.close()
        if attempt and self.fifo:
            self.attempts[attempt] = (now_s + ATTEMPT_S, found, [m.handle for m in found])
        return found

    def _again(self, attempt: "str | None", visible_s: float, now_s: float) -> "list[Message] | None":
        """What the same attempt got before, if it still has all of it."""
        until_s, found, handles = self.attempts.pop(attempt or "", (0.0, [], []))
        if not found or until_s < now_s or any(m.number not in self.flight or m.handle != h for m, h in zip(found, handles)):
            return None
        for message in found:
            self._until(message, now_s + visible_s)
        self.attempts[attempt or ""] = (until_s, found, handles)
        return found

    def _hand_out(self, message: Message, visible_s: float, now_s: float) -> None:
        message.receives += 1
        message.first_s = message.first_s or now_s
        message.handle = f"{self.name}:{message.number}:{message.receives}"
        self.flight[message.number] = message
        self._until(message, now_s + visible_s)

    def _until(self, message: Message, when_s: float) -> None:
        message.visible_s = when_s
        heapq.heappush(self.due, (when_s, message.number, message.receives))

    def _drop(self, message: Message) -> None:
        del self.messages[message.number]
        self.lane.gone(message)

    def _double(self, message: Message, now_s: float) -> None:
        self.on_repeat(self, message, "doubled")
        self.put(message.twin(), 0, now_s)

    # --- settling ---------------------------------------------------------------------------------------------

    def _by_handle(self, handle: str) -> "tuple[Message | None, bool]":
        """(message or None when it is gone, whether this is its last handle)."""
        name, _, rest = handle.rpartition(":")[0].rpartition(":")
        receives = handle.rpartition(":")[2]
        if name != self.name or not rest.isdigit() or not receives.isdigit():
            raise SqsError("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')
        message = self.messages.get(int(rest))
        return message, message is not None and message.receives == int(receives)

    def delete(self, handle: str, now_s: float) -> "Message | None":
        """The message that is gone by it; None: it is not there, or was received again meanwhile (AWS calls both success)."""
        self.pass_time(now_s)
        message, last = self._by_handle(handle)
        if message is None:
            return None
        if self.fifo and (not last or message.number not in self.flight):
            raise invalid(f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")
        if not last:
            return None
        del self.messages[message.number]
        message.deleted = True
        if self.flight.pop(message.number, None):
            self.lane.gone(message)
            self.wake()
        return message

    def change_visibility(self, handle: str, visible_s: float, now_s: float) -> None:
        self.pass_time(now_s)
        message, last = self._by_handle(handle)
        if message is None or not last or message.number not in self.flight:
            raise SqsError("MessageNotInflight", f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.")
        for attempt in [name for name, (_, found, _) in self.attempts.items() if message in found]:
            del self.attempts[attempt]
        if visible_s > 0:
            self._until(message, now_s + visible_s)
        else:
            self._show(message, "returned")

    # --- looking ----------------------------------------------------------------------------------------------

    def counts(self, now_s: float) -> "tuple[int, int, int]":
        """(visible, in flight, delayed)"""
        self.pass_time(now_s)
        flight, delayed = len(self.flight), len(self.delayed)
        return len(self.messages) - flight - delayed, flight, delayed

    def left(self) -> "Sequence[Message]":
        """Everything in it, in the order of sending."""
        return list(self.messages.values())

    def purge(self, now_s: float) -> None:
        if now_s - self.purged_s < 60:
            raise SqsError("PurgeQueueInProgress", f"Only one PurgeQueue operation on {self.name} is allowed every 60 seconds.")
        self.purged_s = now_s
        self.lane = Groups() if self.fifo else Standard()
        self.messages, self.flight, self.delayed, self.due = {}, {}, {}, []
