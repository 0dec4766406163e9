"""The checker is tested: it passes what a working split logs, and finds each of 1,000 seeded failures (proof of I-1 to I-5)."""
import json
import random
import time
from pathlib import Path

import pytest

from checker import cli
from checker.canon import header_bytes, message_hash
from checker.judge import judge
from checker.log import LogError, logs_from_lines, logs_read
from checker.mutate import MUTATIONS, Field
from checker.sample import good_log

MUTANTS = 1000
FINDS = {"drop": "lost", "drop_everywhere": "lost", "drop_copy": "misrouted", "drop_tail": "lost", "duplicate": "duplicated", "reread": "reread",
         "swap_read": "reordered", "swap_published": "reordered", "misroute_to_session": "misrouted", "misroute_to_app": "misrouted",
         "misroute_to_stranger": "misrouted", "flip_hash": "corrupted", "lose_header": "corrupted", "wrong_partition": "corrupted",
         "wrong_key": "corrupted", "wrong_time": "corrupted", "wrong_seq": "corrupted", "ghost": "ghosts", "aborted_seen": "ghosts",
         "two_at_one_position": "corrupted"}


def judged(lines, **options):
    judgement = judge(logs_from_lines(lines))
    return judgement, cli.holds(cli.verdicts(judgement, **options))


@pytest.mark.parametrize("seed", range(40))
def test_good_log_holds(seed):
    judgement, ok = judged(good_log(seed))
    assert ok, judgement.findings.examples
    ledger = judgement.ledger
    assert ledger["sent"] > 100 and ledger["application"] > 0 and all(ledger["sessions"].values())


def test_good_logs_show_returns_and_redeliveries():
    """Else the cases that are hard to tell from failures would not be there."""
    ledgers = [judge(logs_from_lines(good_log(seed))).ledger for seed in range(10)]
    assert sum(l["returned leftovers"] for l in ledgers) > 50
    assert sum(l["redelivered"] for l in ledgers) > 50


def test_thousand_mutations_are_found():
    fields = [Field(good_log(seed), random.Random(seed)) for seed in range(10)]
    found = dict.fromkeys(FINDS, 0)
    for number in range(MUTANTS):
        field = fields[number // len(MUTATIONS) % len(fields)]
        field.random = random.Random(number)
        mutation = MUTATIONS[number % len(MUTATIONS)]
        lines = mutation(field)
        if lines is None:
            lines = next(filter(None, (mutation(f) for f in fields)))
        judgement, ok = judged(lines)
        assert not ok, f"mutant {number} ({mutation.__name__}) was not found"
        found[mutation.__name__] += judgement.findings.count[FINDS[mutation.__name__]] > 0
    assert sum(found.values()) >= MUTANTS * 0.95, f"found, but as something else: {found}"
    assert all(found.values()), found


def test_hash_is_the_same_as_when_logs_were_first_written():
    """The other vectors of tests/clients/vectors.json are held against each client's own code."""
    assert message_hash(None, None, []) == "65ea24b012287d121bdf43f4f468ed09"
    vectors = json.loads((Path(__file__).parent.parent / "clients" / "vectors.json").read_text())
    assert len(vectors) >= 6
    for vector in vectors:
        key, value = (header_bytes(vector[name]) for name in ("key", "value"))
        headers = [(name, header_bytes(header)) for name, header in vector["headers"]]
        assert message_hash(key, value, headers) == vector["hash"], vector


def message(number, **fields):
    line = {"t": "sent", "uid": f"u{number}", "topic": "views", "partition": 0, "offset": number, "key": None, "seq": 1, "ts": 5,
            "hash": "h", "headers": [["author", "me"]], "at": 100.0 + number}
    return dict(line, **fields)


def got(number, dest="app", topic="views", offset=None, at=None, inst="i"):
    line = message(number, t="got", dest=dest, inst=inst, topic=topic, offset=number if offset is None else offset)
    return dict(line, at=500.0 + number if at is None else at)


def session(name="me", at=0.0, mode="steal", **times):
    yield {"t": "event", "kind": "session", "name": name, "at": at, "queues": {"views": {"mode": mode, "filters": {"author": "^me$"}}}}
    for kind, when in times.items():
        yield {"t": "event", "kind": kind, "name": name, "at": when}


def counts(lines):
    return {k: v for k, v in judge(logs_from_lines(lines)).findings.count.items() if v}


def commit(topic, offset, at, inst="i", dest="app"):
    return {"t": "commit", "dest": dest, "inst": inst, "topic": topic, "partition": 0, "offset": offset, "at": at}


def test_i2_message_sent_before_ready_may_go_either_way():
    lines = [message(1), got(1), *session(ready=200.0)]
    assert counts(lines) == {}
    assert counts([message(1, at=200.0), got(1), *session(ready=200.0)]) == {"misrouted": 1}


def test_i2_leftovers_return_only_after_ending():
    lines = [message(1), *session(ready=50.0, ending=400.0)]
    assert counts(lines + [got(1, at=401.0)]) == {}
    assert counts(lines + [got(1, at=399.0)]) == {"misrouted": 1}


def test_i2_mirror_copy_is_wanted_beside_the_application():
    lines = [message(1), message(2), got(1), got(2), *session(mode="mirror", ready=50.0)]
    copies = [got(1, "me", "tmp", 0), got(2, "me", "tmp", 1)]
    assert counts(lines + copies) == {}
    assert counts(lines + copies[:1]) == {"misrouted": 1}
    assert counts(lines + [{"t": "event", "kind": "ending", "name": "me", "at": 600.0}] + copies[:1]) == {}
    assert counts(lines + [{"t": "event", "kind": "ending", "name": "me", "at": 600.0}] + copies[1:]) == {"misrouted": 1}


def test_i2_window_is_not_judged():
    lines = [message(1), got(1), *session(ready=50.0)]
    assert counts(lines + [{"t": "event", "kind": "window", "at": 500.0, "to": 502.0}]) == {}


def test_i3_order_broken_excuses_its_partition_and_period_only():
    lines = [message(1), message(2), got(2, topic="tmp", offset=0), got(1, topic="tmp", offset=1, at=600.0)]
    assert counts(lines) == {"reordered": 1}
    broken = {"t": "event", "kind": "OrderBroken", "partitions": [0], "at": 550.0, "to": 650.0}
    assert counts(lines + [broken]) == {}
    assert counts(lines + [dict(broken, partitions=[1])]) == {"reordered": 1}
    assert counts(lines + [dict(broken, to=599.0)]) == {"reordered": 1}
    judgement, ok = judged(lines + [broken], no_order_excuse=True)
    assert not ok and judgement.ledger["order excused"] == 1


def test_i3_late_queue_is_found_by_time():
    """The application was moved back to the original before its fallback was empty."""
    lines = [message(1), message(2), got(2, at=600.0), got(1, topic="tmp", offset=0, at=700.0)]
    assert counts(lines) == {"reordered": 1}


def test_i3_returned_leftover_keeps_order_among_its_kind():
    other = {"headers": [["author", "you"]]}
    ended = list(session(ready=50.0, ending=400.0, ended=450.0))
    lines = [message(1), message(2, **other), message(3), *ended]
    returned = [got(2, topic="tmp", offset=0, at=300.0), got(1, topic="tmp", offset=1), got(3, topic="tmp", offset=2)]
    assert counts(lines + returned) == {}
    returned[1:] = [got(3, topic="tmp", offset=1), got(1, topic="tmp", offset=2, at=600.0)]
    assert counts(lines + returned) == {"reordered": 1}


def test_i4_uncommitted_move_is_a_redelivery():
    lines = [message(1), got(1, at=500.0), got(1, topic="tmp", offset=0, at=600.0, inst="j")]
    assert counts(lines) == {}
    assert counts(lines + [commit("views", 2, 550.0)]) == {"duplicated": 1}
    assert counts(lines + [commit("views", 2, 700.0)]) == {"duplicated": 1}, "the instance that collected it committed it later"
    assert counts(lines + [commit("views", 2, 700.0, inst="k")]) == {}, "a later member's commit proves nothing"
    assert judged(lines + [commit("views", 2, 550.0)], duplicates_max=1)[1]


def test_i4_same_position_twice():
    lines = [message(1), got(1, at=500.0), got(1, at=600.0, inst="j")]
    assert counts(lines) == {}
    assert judge(logs_from_lines(lines)).ledger["redelivered"] == 1
    assert counts(lines + [commit("views", 2, 550.0)]) == {"reread": 1}


def test_unsure_may_be_missing_and_aborted_must():
    assert counts([message(1, t="unsure", offset=None)]) == {}
    assert counts([message(1, t="unsure", offset=None), got(1)]) == {}
    assert counts([message(1, t="aborted", offset=None), got(1)]) == {"ghosts": 1}


def test_left_in_a_queue_is_not_lost():
    judgement, ok = judged([message(1), got(1, "left:tmp", "tmp", 0)])
    assert ok and judgement.ledger["left in queues"] == 1


@pytest.mark.parametrize("line", [{"t": "what"}, {"t": "got"}, message(1), dict(message(2), offset=1)])
def test_nonsense_is_refused(line):
    with pytest.raises(LogError):
        judge(logs_from_lines([message(1), line]))


def write(folder, name, lines, end="\n"):
    (folder / name).write_text("\n".join(json.dumps(line) for line in lines) + end)


def test_files_and_exit_status(tmp_path, capsys):
    lines = good_log(1)
    write(tmp_path, "a.jsonl", lines[:100])
    write(tmp_path, "b.jsonl", lines[100:])
    assert cli.main([str(tmp_path)]) == 0
    assert "lost" in capsys.readouterr().out
    assert cli.main([str(tmp_path), "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    write(tmp_path, "b.jsonl", lines[100:-30])
    assert cli.main([str(tmp_path)]) == 1
    assert cli.main([str(tmp_path), "--sent-min", "100000"]) == 2
    assert cli.main([str(tmp_path / "none")]) == 2


def test_torn_last_line_is_left_out_and_torn_middle_refused(tmp_path):
    write(tmp_path, "a.jsonl", [message(1), got(1)], end='\n{"t": "go')
    assert logs_read([tmp_path]).torn == 1
    (tmp_path / "b.jsonl").write_text('{"t": "go\n{"t": "note"}\n')
    with pytest.raises(LogError, match="b.jsonl:1"):
        logs_read([tmp_path])


def test_hundred_thousand_messages_in_seconds():
    lines = good_log(3, steps=7000)
    began = time.process_time()
    judgement, ok = judged(lines)
    spent = time.process_time() - began
    assert ok and judgement.ledger["sent"] >= 100_000, judgement.ledger
    assert spent < 20, f"{spent:.1f} s of processor time"
