"""I-4: which of several occurrences of a message are duplicates, and which are redeliveries that every broker makes.

Pure. An occurrence is committed when an instance that collected that position committed past it itself (SQS: deleted it): the worker and later members of
the group commit positions as well, and those prove nothing about the message having been handled.
"""

from .log import KAFKA, SQS_FIFO

DEDUP_MS = 300000


class Commits:
    """commits and deleted: as in Logs."""

    def __init__(self, commits, deleted):
        self.all, self.deleted = commits, deleted
        self.highest = {place: max(offset for _, offset in made) for place, made in commits.items()}

    def covers(self, got):
        """Did the instance that collected it commit past it, at whatever time?"""
        if isinstance(got.offset, str):
            return (got.inst, got.topic, got.offset) in self.deleted
        return self.highest.get((got.inst, got.topic, got.partition), -1) > got.offset

    def covered_before(self, got, at):
        """Had it done so before `at`?"""
        if isinstance(got.offset, str):
            return got.at <= self.deleted.get((got.inst, got.topic, got.offset), float("inf")) < at
        made = self.all.get((got.inst, got.topic, got.partition), ())
        return any(got.at <= when < at and offset > got.offset for when, offset in made)


class Allowed:
    """Which repeats the broker itself made (I-4 for SQS): in each lane as many of a message as `repeat` events name it. What a FIFO queue was sent twice
    within five minutes it must have seen by itself, whatever the events say."""

    def __init__(self, events):
        self.made, self.used = {}, {}
        for event in events:
            if event["kind"] == "repeat":
                self.made[event["uid"]] = self.made.get(event["uid"], 0) + 1

    def uses(self, broker, lane, got, occurrences):
        """Is this occurrence one of them? Then it is used up."""
        used = self.used.get((lane, got.uid), 0)
        if broker == KAFKA or used >= self.made.get(got.uid, 0) or (broker == SQS_FIFO and got.at - occurrences[0].at < DEDUP_MS):
            return False
        self.used[lane, got.uid] = used + 1
        return True


def repeats_judge(occurrences, commits):
    """occurrences: of one uid in one lane, by time. Yields (kind, got, text): kind is duplicated, reread or redelivered; one for each but the first."""
    committed, told = {}, set()
    for index, got in enumerate(occurrences):
        if index:
            yield _judge(got, occurrences[:index], committed, commits, told)
        if commits.covers(got):
            committed.setdefault(got.position, got)


def _judge(got, earlier, committed, commits, told):
    if any(g.position == got.position and commits.covered_before(g, got.at) for g in earlier):
        return "reread", got, f"{got.position} at {got.dest} again after it was committed"
    others = [g for position, g in committed.items() if position != got.position]
    if others and got.position not in told:
        told.add(got.position)
        return "duplicated", got, f"committed at {others[0].dest} {others[0].position}, again at {got.dest} {got.position}"
    return "redelivered", got, ""
