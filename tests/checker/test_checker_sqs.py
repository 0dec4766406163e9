"""The checker's rules for SQS are tested: it passes what a working split logs, and finds each of 1,000 seeded failures of each kind of queue (proof of I-1 to I-5)."""
import random

import pytest

from checker import cli
from checker.canon_sqs import sqs_hash
from checker.judge import judge
from checker.log import LogError, logs_from_lines
from checker.mutate_sqs import FIFO_MUTATIONS, STANDARD_MUTATIONS, SqsField
from checker.sample_sqs import good_sqs_log

MUTANTS = 1000
FINDS = {"drop": "lost", "drop_everywhere": "lost", "drop_copy": "misrouted", "duplicate": "duplicated", "reread": "reread", "hide_repeat": "reread",
         "swap": "reordered", "misroute_to_session": "misrouted", "misroute_to_app": "misrouted", "misroute_to_stranger": "misrouted",
         "flip_hash": "corrupted", "lose_header": "corrupted", "lose_group": "corrupted", "wrong_seq": "corrupted", "ghost": "ghosts",
         "two_at_one_position": "corrupted"}
EACH = pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])


def judged(lines, **options):
    judgement = judge(logs_from_lines(lines))
    return judgement, cli.holds(cli.verdicts(judgement, **options))


@EACH
@pytest.mark.parametrize("seed", range(20))
def test_good_log_holds(seed, fifo):
    judgement, ok = judged(good_sqs_log(seed, fifo))
    assert ok, judgement.findings.examples
    assert judgement.ledger["sent"] > 100 and judgement.ledger["application"] > 0 and all(judgement.ledger["sessions"].values())


@EACH
def test_good_logs_show_what_is_hard_to_tell_from_failures(fifo):
    ledgers = [judge(logs_from_lines(good_sqs_log(seed, fifo))).ledger for seed in range(10)]
    assert not fifo or sum(ledger["returned leftovers"] for ledger in ledgers) > 10
    assert sum(ledger["redelivered"] for ledger in ledgers) > 10
    assert fifo or sum(ledger["repeated by the broker"] for ledger in ledgers) > 50


@EACH
def test_thousand_mutations_are_found(fifo):
    mutations = FIFO_MUTATIONS if fifo else STANDARD_MUTATIONS
    fields = [SqsField(good_sqs_log(seed, fifo), random.Random(seed)) for seed in range(10)]
    found = dict.fromkeys((m.__name__ for m in mutations), 0)
    for number in range(MUTANTS):
        field = fields[number // len(mutations) % len(fields)]
        field.random = random.Random(number)
        mutation = mutations[number % len(mutations)]
        lines = mutation(field) or next(filter(None, (mutation(f) for f in fields)))
        judgement, ok = judged(lines)
        assert not ok, f"mutant {number} ({mutation.__name__}) was not found"
        found[mutation.__name__] += judgement.findings.count[FINDS[mutation.__name__]] > 0
    assert sum(found.values()) >= MUTANTS * 0.9, f"found, but as something else: {found}"
    assert all(found.values()), found


# --- rule by rule ---

def sent(number, fifo=False, **fields):
    line = {"t": "sent", "broker": "sqs-fifo" if fifo else "sqs", "uid": f"u-{number}", "topic": "views", "partition": None, "offset": f"m{number}", "key": "g" if fifo else None,
            "seq": number, "ts": 0, "hash": "h", "headers": [["author", "me"]], "at": 100.0 + number}
    return dict(line, **fields)


def got(number, at, topic="tmp", id=None, dest="app", inst="i", fifo=False):
    return {"t": "got", "dest": dest, "inst": inst, "uid": f"u-{number}", "key": "g" if fifo else None, "seq": number, "topic": topic, "partition": None,
            "offset": id or f"t{number}", "ts": None, "hash": "h", "at": at}


def deleted(at, *ids, topic="tmp", inst="i"):
    return {"t": "deleted", "dest": "app", "inst": inst, "topic": topic, "ids": list(ids), "at": at}


def repeat(number, why="expired"):
    return {"t": "event", "kind": "repeat", "uid": f"u-{number}", "why": why, "at": 1.0}


def counts(*lines):
    return {kind: count for kind, count in judge(logs_from_lines(lines)).findings.count.items() if count}


def test_i4_second_copy_of_a_handled_message_is_a_duplicate_unless_the_broker_made_it():
    lines = [sent(1), got(1, 500), deleted(510, "t1"), got(1, 600, id="t9")]
    assert counts(*lines) == {"duplicated": 1}
    assert counts(*lines, repeat(1)) == {}
    assert counts(*lines, repeat(2)) == {"duplicated": 1}
    assert counts(*lines, got(1, 700, id="t10"), repeat(1)) == {"duplicated": 1}, "one repeat for two copies"


def test_i4_what_was_not_handled_is_a_redelivery():
    assert counts(sent(1), got(1, 500), got(1, 600, inst="j")) == {}
    assert counts(sent(1), got(1, 500), got(1, 600, id="t9", inst="j"), deleted(610, "t9", inst="j")) == {}, "a session that held it was killed"
    assert counts(sent(1), got(1, 500), deleted(510, "t1", inst="k"), got(1, 600, inst="j")) == {}, "somebody else's deletion proves nothing"


def test_i4_fifo_duplicates_of_five_minutes_have_no_excuse():
    lines = [sent(1, fifo=True), got(1, 500, fifo=True), deleted(510, "t1")]
    assert counts(*lines, got(1, 299999, id="t9", fifo=True), repeat(1)) == {"duplicated": 1}
    assert counts(*lines, got(1, 300600, id="t9", fifo=True), repeat(1)) == {}
    assert counts(*lines, got(1, 600, fifo=True, inst="j"), repeat(1)) == {"reread": 1}


def test_i3_order_is_promised_within_a_fifo_group_only():
    assert counts(sent(1), sent(2), got(2, 500), got(1, 600)) == {}
    lines = [sent(1, fifo=True), sent(2, fifo=True), got(2, 500, fifo=True), got(1, 600, fifo=True)]
    assert counts(*lines) == {"reordered": 1}
    other = [dict(line, key="h", seq=1) for line in (lines[1], lines[2])]
    assert counts(lines[0], other[0], other[1], lines[3]) == {}
    broken = {"t": "event", "kind": "OrderBroken", "topic": "views", "groups": ["g"], "at": 550.0, "to": 700.0}
    assert counts(*lines, broken) == {} and counts(*lines, dict(broken, groups=["h"])) == {"reordered": 1}


def test_i2_mirror_copy_may_miss_in_the_last_seconds_of_its_session_only():
    session = [{"t": "event", "kind": "session", "name": "me", "at": 0.0, "queues": {"views": {"mode": "mirror", "filters": {"author": "^me$"}}}},
               {"t": "event", "kind": "ready", "name": "me", "at": 50.0}]
    ending = {"t": "event", "kind": "ending", "name": "me", "at": 10100.0}
    assert counts(sent(1), got(1, 500), *session) == {"misrouted": 1}
    assert counts(sent(1), got(1, 500), *session, ending) == {}
    assert counts(sent(1), got(1, 500), *session, dict(ending, at=10102.0)) == {"misrouted": 1}


def test_unknown_broker_is_refused():
    with pytest.raises(LogError, match="unknown broker"):
        logs_from_lines([sent(1, broker="sqs2")])


def test_hash_leaves_out_what_a_session_is_given_more():
    attributes = {"b": ("Binary", b"\xff"), "a": ("String", b"x")}
    assert sqs_hash("g", "body", attributes) == sqs_hash("g", "body", {**attributes, "mirrord-dedup-id": ("String", b"d")})
    assert sqs_hash("g", "body", attributes) != sqs_hash("g", "body", {**attributes, "a": ("String.x", b"x")})
    assert sqs_hash("g", "body", attributes) != sqs_hash(None, "body", attributes) != sqs_hash(None, "body", attributes, "Root=1")
