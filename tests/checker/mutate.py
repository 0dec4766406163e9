"""Mutations of a good log, each of which must be found.

Owns the list of ways in which a split can fail; a mutation returns the changed lines, or None where the log offers no place for it.
Each is made so that the change really is a failure: what the rules allow (a redelivery that is gone, say) is never mutated.
"""
import copy


class Field:
    """The lines of a good log and where things stand in it."""

    def __init__(self, lines, random):
        self.lines, self.random = lines, random
        self.got = [i for i, line in enumerate(lines) if line["t"] == "got"]
        self.sent = {line["uid"]: line for line in lines if line["t"] == "sent"}
        self.places = {}
        for i in self.got:
            self.places.setdefault(lines[i]["uid"], []).append(i)
        self.sessions = {line["name"]: line for line in lines if line.get("kind") == "session"}
        self.mirrors = {n for n, s in self.sessions.items() if any(q["mode"] == "mirror" for q in s["queues"].values())}

    def stolen(self):
        return [i for i in self.got if self.lines[i]["dest"] not in self.mirrors]

    def single(self):
        """Places of messages that the steal lane collected once."""
        stolen = set(self.stolen())
        return [i for i in stolen if sum(1 for j in self.places[self.lines[i]["uid"]] if j in stolen) == 1]

    def pick(self, places):
        places = sorted(places)
        return self.random.choice(places) if places else None

    def changed(self, place, **fields):
        lines = list(self.lines)
        lines[place] = dict(lines[place], **fields)
        return lines

    def event(self, kind, name):
        return next((e for e in self.lines if e.get("kind") == kind and e.get("name") == name), {"at": float("inf")})


def drop(field):
    place = field.pick(field.single())
    return field.lines[:place] + field.lines[place + 1:]


def drop_everywhere(field):
    uid = field.random.choice(sorted(field.sent))
    return [line for line in field.lines if line["t"] != "got" or line["uid"] != uid]


def drop_copy(field):
    """A mirror copy that is not the last of its partition."""
    copies = [i for i in field.got if field.lines[i]["dest"] in field.mirrors]
    last = {}
    for i in copies:
        line = field.lines[i]
        last[line["partition"]] = max(last.get(line["partition"], -1), field.sent[line["uid"]]["offset"])
    wanted = []
    for i in copies:
        sent = field.sent[field.lines[i]["uid"]]
        alone = sum(1 for j in field.places[sent["uid"]] if field.lines[j]["dest"] in field.mirrors) == 1
        if alone and sent["offset"] < last[sent["partition"]]:
            wanted.append(i)
    place = field.pick(wanted)
    return None if place is None else field.lines[:place] + field.lines[place + 1:]


def drop_tail(field):
    """The end of one source partition is never collected."""
    partition = field.random.choice(sorted({s["partition"] for s in field.sent.values()}))
    offsets = sorted(s["offset"] for s in field.sent.values() if s["partition"] == partition)
    first = offsets[-field.random.randrange(1, 10)]
    gone = {u for u, s in field.sent.items() if s["partition"] == partition and s["offset"] >= first}
    return [line for line in field.lines if line["t"] != "got" or line["uid"] not in gone]


def duplicate(field):
    """The same message again, behind everything else of its queue."""
    committed = {}
    for line in field.lines:
        if line["t"] == "commit":
            place = (line["inst"], line["topic"], line["partition"])
            committed[place] = max(committed.get(place, 0), line["offset"])
    place = field.pick(i for i in field.got if committed.get(_reader(field.lines[i]), 0) > field.lines[i]["offset"])
    line = copy.deepcopy(field.lines[place])
    line["offset"] = 1 + max(field.lines[i]["offset"] for i in field.got
                             if _reader(field.lines[i])[1:] == _reader(line)[1:])
    line["at"] = field.lines[-1]["at"] + 1
    return field.lines + [line]


def _reader(line):
    return line["inst"], line["topic"], line["partition"]


def reread(field):
    """A group was moved back behind its commit."""
    by_reader = {}
    for i, line in enumerate(field.lines):
        if line["t"] == "commit":
            by_reader.setdefault(_reader(line), []).append((i, line["offset"]))
    place = field.pick(i for i in field.got if any(j > i and o > field.lines[i]["offset"] for j, o in by_reader.get(_reader(field.lines[i]), ())))
    return field.lines + [dict(field.lines[place], inst="later", at=field.lines[-1]["at"] + 1)]


def _neighbours(field):
    """Pairs of direct, single first occurrences that follow one another in a queue partition of one instance."""
    single, latest = set(field.single()), {}
    for i in field.got:
        line = field.lines[i]
        before = latest.get(_reader(line))
        latest[_reader(line)] = i
        if before is not None and before in single and i in single and field.lines[before]["offset"] + 1 == line["offset"]:
            yield before, i


def home(field, place):
    """Is it the first place that it went to? (A returned leftover may overtake messages that match other sessions.)"""
    line = field.lines[place]
    sent = field.sent[line["uid"]]
    return line["at"] < min([field.event("ending", n)["at"] for n in field.sessions] + [float("inf")]) and sent["at"] <= line["at"]


def swap_read(field):
    """Delivered in the wrong order."""
    pair = field.pick(_neighbours(field))
    first, second = (field.lines[i] for i in pair)
    lines = list(field.lines)
    lines[pair[0]], lines[pair[1]] = dict(second, at=first["at"]), dict(first, at=second["at"])
    return lines


def swap_published(field):
    """Published in the wrong order: the positions change with them. At the original that would be another message's place (corrupted)."""
    pair = field.pick(p for p in _neighbours(field) if all(home(field, i) for i in p))
    if pair is None:
        return None
    first, second = (field.lines[i] for i in pair)
    lines = list(field.lines)
    lines[pair[0]] = dict(second, at=first["at"], offset=first["offset"])
    lines[pair[1]] = dict(first, at=second["at"], offset=second["offset"])
    return lines


def misroute_to_session(field):
    """A message that matches nothing arrives at a session; its own position, so that nothing else is wrong."""
    stolen = [i for i in field.stolen() if field.lines[i]["dest"] == "app"]
    authors = {"dora", "carl"}
    place = field.pick(i for i in stolen if all(v in authors for n, v in field.sent[field.lines[i]["uid"]]["headers"] if n == "author"))
    return field.changed(place, dest=field.random.choice(sorted(set(field.sessions) - field.mirrors)))


def misroute_to_app(field):
    """A message of a live session arrives at the application."""
    live = []
    for i in field.stolen():
        line = field.lines[i]
        if line["dest"] == "app":
            continue
        ready, ending = (field.event(kind, line["dest"])["at"] for kind in ("ready", "ending"))
        if field.sent[line["uid"]]["at"] >= ready and line["at"] < ending:
            live.append(i)
    return field.changed(field.pick(live), dest="app", inst="app-x", topic="mirrord-tmp-9-fallback-views")


def misroute_to_stranger(field):
    return field.changed(field.pick(field.got), dest="nobody")


def flip_hash(field):
    place = field.pick(field.got)
    digest = int(field.lines[place]["hash"], 16) ^ 1 << field.random.randrange(128)
    return field.changed(place, hash=f"{digest:032x}")


def lose_header(field):
    """Hash as a collector would give it for one header less: taken over everything that the log knows of the message."""
    place = field.pick(field.got)
    return field.changed(place, hash=field.lines[place]["hash"][::-1])


def wrong_partition(field):
    place = field.pick(field.got)
    return field.changed(place, partition=field.lines[place]["partition"] + 1, offset=100000)


def wrong_key(field):
    place = field.pick(field.got)
    key = field.lines[place]["key"]
    return field.changed(place, key="" if key is None else None)


def wrong_time(field):
    place = field.pick(field.got)
    return field.changed(place, ts=field.lines[place]["ts"] + field.random.choice([-1, 1]))


def wrong_seq(field):
    place = field.pick(field.got)
    return field.changed(place, seq=field.lines[place]["seq"] + 1)


def ghost(field):
    place = field.pick(field.got)
    return field.changed(place, uid="r-unknown")


def aborted_seen(field):
    aborted = [line for line in field.lines if line["t"] == "aborted"]
    if not aborted:
        return None
    line = dict(field.random.choice(aborted), t="got", dest="app", inst="x", offset=200000)
    return field.lines + [line]


def two_at_one_position(field):
    one, two = field.random.sample(field.stolen(), 2)
    if field.lines[one]["uid"] == field.lines[two]["uid"]:
        return None
    other = field.lines[two]
    return field.changed(one, topic=other["topic"], partition=other["partition"], offset=other["offset"])


MUTATIONS = [drop, drop_everywhere, drop_copy, drop_tail, duplicate, reread, swap_read, swap_published, misroute_to_session, misroute_to_app,
             misroute_to_stranger, flip_hash, lose_header, wrong_partition, wrong_key, wrong_time, wrong_seq, ghost, aborted_seen, two_at_one_position]
