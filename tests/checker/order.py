"""I-3: first occurrences at a destination, per source partition, are in source order.

Pure. Three views, because each alone has a hole: by position within a queue (what was published), by time across queues (what a change of queue did),
and by reading order of one instance (what was delivered). Only one finding per message.
"""
from .log import KAFKA, SQS_FIFO


class OrderBroken:
    """The periods in which order is not promised."""

    def __init__(self, events):
        self.periods = [e for e in events if e["kind"] == "OrderBroken"]

    def excuses(self, got, sent):
        for period in self.periods:
            if period.get("topic") not in (None, sent.topic):
                continue
            if period.get("partitions") is not None and sent.partition not in period["partitions"]:
                continue
            if period.get("groups") is not None and sent.key not in period["groups"]:
                continue
            if period["at"] <= got.at <= period["to"]:
                return True
        return False


class Highest:
    """Highest source offset so far: of direct messages, and of each group of messages that match the same sessions."""

    def __init__(self):
        self.direct = -1
        self.group = {}

    def after(self, item):
        """The offset that came before item although it is later in the source, or None; then remembers item."""
        highest = self.group.get(item.group, -1)
        if not item.returned:
            highest = max(highest, self.direct)
        return highest if highest > item.source else None

    def remember(self, item):
        if item.source > self.group.get(item.group, -1):
            self.group[item.group] = item.source
        if not item.returned and item.source > self.direct:
            self.direct = item.source


class Item:
    """A first occurrence. source: its place in its source. group: the sessions that match it; returned: it may have come by way of an ended session."""
    __slots__ = ("got", "sent", "source", "group", "returned")

    def __init__(self, got, sent, group, returned):
        self.got = got
        self.sent = sent
        self.source = sent.seq if sent.broker == SQS_FIFO else sent.offset
        self.group = group
        self.returned = returned


def _by_position(items):
    """Late items within each queue's partition, in the order of positions."""
    highest = {}
    for item in sorted(items, key=lambda i: i.got.offset):
        seen = highest.setdefault((item.got.topic, item.got.partition), Highest())
        above = seen.after(item)
        seen.remember(item)
        if above is not None:
            yield item, f"behind {above} in {item.got.topic}"


def _by_time(items):
    """Items that came after a later one out of another queue."""
    highest = {}
    for item in sorted(items, key=lambda i: (i.got.at, i.got.number)):
        for topic, seen in highest.items():
            above = seen.after(item) if topic != item.got.topic else None
            if above is not None:
                yield item, f"out of {item.got.topic} after {above} out of {topic}"
        highest.setdefault(item.got.topic, Highest()).remember(item)


def _by_reading(items):
    """Items that one instance logged after a later position of the same queue partition."""
    highest = {}
    for item in sorted(items, key=lambda i: i.got.number):
        got = item.got
        place = (got.inst, got.topic, got.partition)
        above = highest.get(place, -1)
        if above > got.offset:
            yield item, f"read at position {got.offset} after {above} of {got.topic}"
        highest[place] = max(above, got.offset)


def _by_time_alone(items):
    """Items of a FIFO group that were collected after a later one: a group has no positions, and one reader at a time."""
    highest = Highest()
    for item in sorted(items, key=lambda i: (i.got.at, i.got.number)):
        above = highest.after(item)
        highest.remember(item)
        if above is not None:
            yield item, f"after {above}"


def order_lane(got, sent):
    """Among which first occurrences order is promised, or None: per destination and partition, or group and producer."""
    if sent.broker == SQS_FIFO:
        return got.dest, sent.topic, sent.key, sent.uid.rpartition("-")[0]
    return (got.dest, sent.topic, sent.partition) if sent.broker == KAFKA else None


def order_late(items):
    """items: the first occurrences of one destination and source partition or group. Yields (item, text), each item once."""
    told = set()
    for view in (_by_time_alone,) if items[0].sent.broker == SQS_FIFO else (_by_position, _by_time, _by_reading):
        for item, text in view(items):
            if item.sent.uid not in told:
                told.add(item.sent.uid)
                yield item, text
