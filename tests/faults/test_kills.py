"""Worker, supervisor and guardian are killed in every state of a split while a producer goes on: nothing is lost, misplaced, changed or (read_committed) duplicated.

CASE-4, CASE-5 (the old worker is fenced by its transactional id), I-1 to I-7. `./dev test faults` runs the short form, --full the long one.
"""
import json
import os

from harness.events import read_lines
from harness.killer import ANY, STATES, Shot
from harness.order import order_broken
from kill_story import Story, in_every_state

FULL = os.environ.get("SLUICE_FULL") == "1"
RECOVERY_MS = 5000      # I-7
DEPLOY = {"ttl": 1, "restart_timeout": 100, "settings": {"OPERATOR_LOG_LEVEL": "info"}}


def recovered(run):
    """I-7: [(how long after a worker's death in Active the first message that was sent after it was collected, ms)]."""
    sent, got = {}, {}
    for line in read_lines(sorted(run.folder.glob("*.jsonl"))):
        if line["t"] == "sent":
            sent[line["uid"]] = line["at"]
        elif line["t"] == "got":
            got[line["uid"]] = min(line["at"], got.get(line["uid"], line["at"]))
    faults = [e for e in read_lines([run.events.path]) if e["kind"] == "fault"]
    for fault, following in zip(faults, faults[1:] + [{"at": float("inf")}]):
        alone = following["at"] - fault["at"] > RECOVERY_MS
        if fault["what"] == "worker killed" and "Active" in fault.get("states", ()) and alone:
            first = min((at for uid, at in got.items() if sent.get(uid, 0) > fault["at"]), default=None)
            if first is not None:
                yield first - fault["at"]


def test_case_4_and_i_1_to_i_6_killed_in_every_state(run):
    """10,000 messages, one kill of worker and of supervisor in each state, two of the guardian; --full: 100,000, and as many at random moments as to make 20, 20 and 5."""
    story = Story(run, 450 if FULL else 140, DEPLOY)
    more = 20 - len(STATES) if FULL else 0
    for kind in ("worker", "supervisor"):
        story.fire(in_every_state(kind, STATES))
        for _ in range(0, more, 4):
            story.fire([Shot(kind, ANY) for _ in range(4)], spare=2)
    guardian = ["Patching", "Active", "Draining", "Restoring", ANY] if FULL else ["Patching", "Active"]
    for state in guardian:
        story.fire([Shot("guardian", state)])
    ledger = story.finish(100000 if FULL else 10000)
    print(json.dumps(ledger))
    assert ledger["faults"] >= 2 * len(STATES) + 2 * more + len(guardian)
    assert ledger["sent"] >= (100000 if FULL else 10000) and all(ledger["sessions"].values())
    for took_ms in recovered(run):
        assert took_ms <= RECOVERY_MS, f"I-7: new messages flowed again only {took_ms:.0f} ms after the worker's death"


def test_i_3_a_run_without_kills_keeps_the_order(run):
    """No OrderBroken without a fault: neither said nor needed."""
    story = Story(run, 400, DEPLOY)
    story.cycle()
    story.cycle()
    assert order_broken(run.served_by.logs()) == []
    story.killer.kill()
    story.stop_producers()
    ledger = run.finish(*story.sessions, no_order_excuse=True)
    assert ledger["returned leftovers"] >= 0 and ledger["faults"] == 0
