"""Mutations of a good log of SQS, each of which must be found: those of mutate.py that need no positions, and those of messages that are deleted one by one.

Owns the list; each is made so that the change really is a failure.
"""
from .mutate import Field, home, drop, drop_everywhere, flip_hash, ghost, lose_header, misroute_to_stranger, two_at_one_position, wrong_seq


class SqsField(Field):
    def __init__(self, lines, random):
        super().__init__(lines, random)
        self.deleted = {(line["inst"], line["topic"], number): i for i, line in enumerate(lines) if line["t"] == "deleted" for number in line["ids"]}
        self.repeats = {line["uid"] for line in lines if line.get("kind") == "repeat"}

    def handled(self):
        """Places that their collector deleted later, of messages that the broker repeated nowhere."""
        found = []
        for i in self.stolen():
            line = self.lines[i]
            after = self.deleted.get((line["inst"], line["topic"], line["offset"]), -1)
            if after > i and line["uid"] not in self.repeats:
                found.append(i)
        return found


def duplicate(field):
    """The same message again, as a new one."""
    line = dict(field.lines[field.pick(field.handled())], offset="m-new", at=field.lines[-1]["at"] + 1)
    return field.lines + [line]


def reread(field):
    """The same message of the same queue after it was deleted, and nothing says that the broker did it."""
    return field.lines + [dict(field.lines[field.pick(field.handled())], inst="later", at=field.lines[-1]["at"] + 1)]


def hide_repeat(field):
    """What the broker did twice is not told, so it must be ours."""
    told = {}
    for i, line in enumerate(field.lines):
        if line.get("kind") == "repeat":
            told.setdefault(line["uid"], []).append(i)
    seen_again = []
    for uid, events in told.items():
        seen = [(i, field.lines[i]["topic"], field.lines[i]["offset"]) for i in field.places[uid]]
        if len(events) == 1 and field.lines[events[0]]["why"] == "doubled" and any(
                i < events[0] < j and at == again for i, *at in seen for j, *again in seen):
            seen_again.append(events[0])
    place = field.pick(seen_again)
    return None if place is None else field.lines[:place] + field.lines[place + 1:]


def swap(field):
    """Two direct, single messages of a FIFO group at one reader in the wrong order."""
    single, latest, pairs = set(field.single()), {}, []
    for i in field.got:
        line = field.lines[i]
        place = (line["inst"], line["topic"], line["key"])
        before = latest.get(place)
        if before in single and i in single and home(field, before) and home(field, i) and field.lines[before]["seq"] < line["seq"]:
            pairs.append((before, i))
        latest[place] = i
    pair = field.pick(pairs)
    if pair is None:
        return None
    first, second = (field.lines[i] for i in pair)
    lines = list(field.lines)
    lines[pair[0]], lines[pair[1]] = dict(second, at=first["at"]), dict(first, at=second["at"])
    return lines


def misroute_to_session(field):
    """A message that matches no steal session arrives at one."""
    place = field.pick(i for i in field.stolen() if field.lines[i]["dest"] == "app"
                       and _author(field, i) in ("carl", "dora"))
    return field.changed(place, dest=field.random.choice(sorted(set(field.sessions) - field.mirrors)))


def _author(field, place):
    return next(v for n, v in field.sent[field.lines[place]["uid"]]["headers"] if n == "author") if field.lines[place]["uid"] in field.sent else ""


def misroute_to_app(field):
    """A message of a live session arrives at the application."""
    live = []
    for i in field.stolen():
        line = field.lines[i]
        if line["dest"] == "app" or line["uid"] not in field.sent:
            continue
        ready, ending = (field.event(kind, line["dest"])["at"] for kind in ("ready", "ending"))
        if field.sent[line["uid"]]["at"] >= ready and line["at"] < ending:
            live.append(i)
    return field.changed(field.pick(live), dest="app", inst="app-x", topic="mirrord-tmp-9-fallback-views")


def drop_copy(field):
    """A mirror copy of a message that was sent long before the session's end: the log's times are stretched for it."""
    copies = [i for i in field.got if field.lines[i]["dest"] in field.mirrors and field.lines[i]["uid"] in field.sent
              and sum(field.lines[j]["dest"] in field.mirrors for j in field.places[field.lines[i]["uid"]]) == 1]
    place = field.pick(copies)
    if place is None:
        return None
    return [dict(line, at=line["at"] * 10000) for i, line in enumerate(field.lines) if i != place]


def lose_group(field):
    place = field.pick(i for i in field.got if field.lines[i]["key"] is not None)
    return field.changed(place, key=None)


SQS_MUTATIONS = [drop, drop_everywhere, drop_copy, duplicate, reread, misroute_to_session, misroute_to_app, misroute_to_stranger, flip_hash, lose_header,
                 lose_group, wrong_seq, ghost, two_at_one_position]
STANDARD_MUTATIONS = [*SQS_MUTATIONS, hide_repeat]
FIFO_MUTATIONS = [*SQS_MUTATIONS, swap]
