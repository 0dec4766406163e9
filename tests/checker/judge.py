"""Judges logs: runs every message through the rules of place, order, repeat and fidelity, and draws up the ledger.

Owns the sequence of the checks and the counts; the rules themselves are in the modules it calls. Pure: no files, no clock.
"""
from .findings import Findings
from .log import KAFKA, LogError
from .order import Item, OrderBroken, order_lane, order_late
from .place import APP, Places, is_left
from .repeat import Allowed, Commits, repeats_judge
from .sessions import FOREVER, Sessions

COPY_TAIL_MS = 10000   # so much of the end of a mirror session on SQS need not have come to it


class Judgement:
    """findings: what is wrong. ledger: counts for people, in the order they are shown."""

    def __init__(self):
        self.findings = Findings()
        self.ledger = {}


class _Judge:
    def __init__(self, logs, window_ms):
        self.logs = logs
        self.sessions = Sessions(logs.events, window_ms)
        self.matches = {uid: self.sessions.matching(sent) for uid, sent in logs.sent.items()}
        self.places = Places(self.sessions, logs.events, self.matches)
        self.broken = OrderBroken(logs.events)
        self.result = Judgement()
        self.findings = self.result.findings
        self.known = []          # (got, sent, lane) of every occurrence that was really sent
        self.lanes = {}          # (lane, uid) -> occurrences
        self.tallies = {"redelivered": 0, "returned": 0, "order_excused": 0, "by_broker": 0}

    def run(self):
        self._check_sources()
        self._sort_out()
        self._check_fidelity()
        self._check_places()
        self._check_repeats()
        self._check_lost()
        self._check_copies()
        self._check_order()
        self._draw_up()
        return self.result

    def _check_sources(self):
        seen = {}
        for sent in self.logs.sent.values():
            if sent.offset is None:
                continue
            place = (sent.topic, sent.partition, sent.offset)
            if place in seen:
                raise LogError(f"{sent.uid} and {seen[place]} were both acknowledged at {place}")
            seen[place] = sent.uid

    def _sort_out(self):
        """Occurrences by time; what was never sent is a ghost and takes no further part."""
        for got in sorted(self.logs.got, key=lambda g: (g.at, g.number)):
            sent = self.logs.sent.get(got.uid)
            if sent is None or sent.state == "aborted":
                self.findings.add("ghosts", got.uid, f"at {got.dest}, {'never sent' if sent is None else 'aborted'}")
                continue
            lane = self.places.lane(got, sent)
            self.known.append((got, sent, lane))
            self.lanes.setdefault((lane, got.uid), []).append(got)

    def _check_fidelity(self):
        holder = {}
        for got, sent, _ in self.known:
            wrong = _differences(got, sent)
            if holder.setdefault(got.position, got.uid) != got.uid:
                wrong.append(f"{got.position} also held {holder[got.position]}")
            if wrong:
                self.findings.add("corrupted", got.uid, f"at {got.dest}: " + ", ".join(wrong))

    def _check_places(self):
        for got, sent, _ in self.known:
            why = self.places.wrong(got, sent)
            if why:
                self.findings.add("misrouted", got.uid, why)

    def _check_repeats(self):
        commits, allowed = Commits(self.logs.commits, self.logs.deleted), Allowed(self.logs.events)
        for (lane, uid), occurrences in self.lanes.items():
            if len(occurrences) == 1:
                continue
            for kind, got, text in repeats_judge(occurrences, commits):
                if kind == "redelivered":
                    self.tallies["redelivered"] += 1
                elif allowed.uses(self.logs.sent[uid].broker, lane, got, occurrences):
                    self.tallies["by_broker"] += 1
                else:
                    self.findings.add(kind, uid, text)

    def _check_lost(self):
        for uid, sent in self.logs.sent.items():
            if sent.state == "sent" and ("", uid) not in self.lanes:
                self.findings.add("lost", uid, f"{sent.topic} {sent.partition} {sent.offset}, key {sent.key}")

    def _check_copies(self):
        mirrors = {s.name for s in self.sessions.ordered if any(mode == "mirror" for mode, _ in s.queues.values())}
        if not mirrors:
            return
        reached = {}
        for got, sent, lane in self.known:
            if lane and sent.offset is not None and sent.broker == KAFKA:
                place = (lane, sent.topic, sent.partition)
                reached[place] = max(reached.get(place, -1), sent.offset)
        for uid, sent in self.logs.sent.items():
            if sent.state != "sent":
                continue
            for session in self.places.copies_wanted(sent):
                if (session.name, uid) not in self.lanes and not _copy_may_miss(session, sent, reached):
                    self.findings.add("misrouted", uid, f"no copy at the mirror session {session.name}")

    def _check_order(self):
        for items in self._first_occurrences().values():
            for item, text in order_late(items):
                if self.broken.excuses(item.got, item.sent):
                    self.tallies["order_excused"] += 1
                else:
                    self.findings.add("reordered", item.sent.uid,
                                      f"source {item.sent.topic} {item.sent.partition} {item.source} at {item.got.dest} {text}")

    def _first_occurrences(self):
        firsts, seen = {}, set()
        for got, sent, _ in self.known:
            lane = order_lane(got, sent)
            if lane is None or sent.offset is None or is_left(got.dest) or (got.dest, got.uid) in seen:
                continue
            seen.add((got.dest, got.uid))
            returned = bool(self.matches[got.uid]) and self.places.returned(got, sent)
            item = Item(got, sent, self.matches[got.uid], returned)
            firsts.setdefault(lane, []).append(item)
            self.tallies["returned"] += returned
        return firsts

    def _draw_up(self):
        states = [s.state for s in self.logs.sent.values()]
        at = {}
        for got, _, _ in self.known:
            at.setdefault("left" if is_left(got.dest) else got.dest, set()).add(got.uid)
        ledger = self.result.ledger
        ledger["sent"] = states.count("sent")
        ledger["unsure"] = states.count("unsure")
        ledger["aborted"] = states.count("aborted")
        ledger["application"] = len(at.pop(APP, ()))
        left = len(at.pop("left", ()))
        ledger["sessions"] = {s.name: len(at.pop(s.name, ())) for s in self.sessions.ordered}
        ledger["unknown"] = {name: len(uids) for name, uids in sorted(at.items())}
        ledger["returned leftovers"] = self.tallies["returned"]
        ledger["left in queues"] = left
        for kind in ("lost", "duplicated", "misrouted"):
            ledger[kind] = self.findings.count[kind]
        ledger["redelivered"] = self.tallies["redelivered"]
        ledger["repeated by the broker"] = self.tallies["by_broker"]
        for kind in ("reread", "reordered"):
            ledger[kind] = self.findings.count[kind]
        ledger["order excused"] = self.tallies["order_excused"]
        ledger["corrupted"] = self.findings.count["corrupted"]
        ledger["ghosts"] = self.findings.count["ghosts"]
        ledger["faults"] = sum(1 for e in self.logs.events if e["kind"] == "fault")
        ledger["torn lines"] = self.logs.torn


def _copy_may_miss(session, sent, reached):
    """reached: (session, topic, partition) -> the last offset that it collected."""
    if session.ending == FOREVER:
        return False
    if sent.broker != KAFKA:
        return sent.at >= session.ending - COPY_TAIL_MS
    return sent.offset > reached.get((session.name, sent.topic, sent.partition), -1)


def _differences(got, sent):
    wrong = []
    for name in ("hash", "key", "seq", "partition"):
        if getattr(got, name) != getattr(sent, name):
            wrong.append(f"{name} {getattr(got, name)!r} instead of {getattr(sent, name)!r}")
    if sent.ts and got.ts is not None and got.ts != sent.ts:
        wrong.append(f"timestamp {got.ts} instead of {sent.ts}")
    if got.topic == sent.topic and sent.offset is not None and got.offset != sent.offset:
        wrong.append(f"offset {got.offset} instead of {sent.offset}")
    return wrong


def judge(logs, window_ms=0):
    """Judgement of Logs. window_ms: how much earlier a session may stop and later it may start than the events say. Raises LogError."""
    try:
        return _Judge(logs, window_ms).run()
    except KeyError as error:
        raise LogError(f"an event lacks {error}") from error
