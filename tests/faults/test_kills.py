"""Worker, supervisor and guardian are killed in every state of a split while a producer goes on: nothing is lost, misplaced, changed or (read_committed) duplicated.

CASE-4, CASE-5 (the old worker is fenced by its transactional id), I-1 to I-7. `./dev test faults` runs the short form, --full the long one.
"""
import json
import os

from harness.events import read_lines
from harness.killer import ANY, STATES, Killer, Shot
from harness.order import order_broken
from harness.wait import wait_until

FULL = os.environ.get("SLUICE_FULL") == "1"
ANNA, BOB = {"author": "^anna$"}, {"author": "^bob$"}
PATIENCE_S = 120
RECOVERY_MS = 5000      # I-7


class Story:
    """Cycles of a split's whole life, each with two sessions, until every shot was fired."""

    def __init__(self, run, rate):
        self.run, self.sessions = run, []
        self.app = run.deploy(ttl=1, restart_timeout=100, settings={"OPERATOR_LOG_LEVEL": "info"})
        self.killer = run._own(Killer(run.served_by))
        self.killer.start()
        self.producer = run.producer(rate=rate)

    def session(self, name, filters):
        session = self.run.session(self.run.served_by, f"{name}{len(self.sessions)}", filters)
        self.sessions.append(session)
        session.start(ready=False)
        session.wait_ready(PATIENCE_S)
        return session

    def cycle(self):
        run = self.run
        anna = self.session("anna", ANNA)
        bob = self.session("bob", BOB)
        run.flow(200, PATIENCE_S)
        self.wait_shots("Active", ANY)
        bob.end(PATIENCE_S)
        self.killer.check()
        anna.end(PATIENCE_S)
        wait_until(lambda: not run.splits(), PATIENCE_S, "the split to be over", seen=run.describe)
        self.killer.check()

    def wait_shots(self, *states):
        """Until nothing is left to be fired in these states; of those at random moments, some are left for the other states."""
        def fired():
            self.killer.check()
            left = [s for s in self.killer.left() if s.state in states]
            return sum(s.state == ANY for s in left) <= self.spare and not any(s.state != ANY for s in left)
        wait_until(fired, PATIENCE_S, f"the kills in {states}", seen=self.killer.left)

    def fire(self, shots, spare=0):
        """Cycles until all of these were fired."""
        self.spare = spare
        self.killer.load(shots)
        for _ in range(len(shots)):
            self.cycle()
            if not self.killer.left():
                return
            self.spare = 0
        raise AssertionError(f"not every state came up: {self.killer.left()} left")

    def finish(self, count):
        run = self.run
        self.killer.kill()
        self.killer.check()
        wait_until(lambda: self.producer.count() >= count, PATIENCE_S * 5, f"{count} messages sent", seen=self.producer.describe)
        self.producer.stop()
        for told in order_broken(run.served_by.logs()):
            run.events.write("OrderBroken", **told)
        return run.finish(*self.sessions)


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


def in_every_state(kind):
    return [Shot(kind, state) for state in STATES]


def test_case_4_and_i_1_to_i_6_killed_in_every_state(run):
    """10,000 messages, one kill of worker and of supervisor in each state, two of the guardian; --full: 100,000, and as many at random moments as to make 20, 20 and 5."""
    story = Story(run, rate=450 if FULL else 140)
    more = 20 - len(STATES) if FULL else 0
    for kind in ("worker", "supervisor"):
        story.fire(in_every_state(kind))
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
    story = Story(run, rate=400)
    story.spare = 0
    story.cycle()
    story.cycle()
    assert order_broken(run.served_by.logs()) == []
    story.killer.kill()
    story.producer.stop()
    ledger = run.finish(*story.sessions, no_order_excuse=True)
    assert ledger["returned leftovers"] >= 0 and ledger["faults"] == 0
