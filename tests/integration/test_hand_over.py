"""The hand-overs: from old instances to the split, from the split back, and what sessions leave behind."""
import threading

import pytest

from harness.api import phase
from harness.wait import wait_until

ANNA = {"author": "^anna$"}


class Gate:
    """A hook of the application: says that it was reached, and holds until it is opened."""

    def __init__(self):
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self):
        self.reached.set()
        assert self.opened.wait(100), "the gate of the test was never opened"

    def wait(self, what, seen):
        wait_until(self.reached.is_set, 60, what, seen=seen)


def test_c_2_case_2_case_3_and_c_3_order_of_start_and_stop(run):
    """C-2, K-2: names written down, topics created, consumers positioned, and only then the target patched. CASE-2: while an old instance lives the session is not Ready, and it
    says what it waits for; nothing is forwarded before a new instance is there. CASE-3, C-3: the fallback lives until the last instance that uses it is gone."""
    app = run.deploy(restart_timeout=100)
    producer = run.producer(rate=200)
    run.flow(100)
    old, new = app.before_stop, app.before_start = Gate(), Gate()
    anna = run.session(run.served_by, "anna", ANNA).start(ready=False)
    old.wait("the restart", run.describe)
    split = run.wait_phase("Patching")
    temporaries = {t["role"]: t for t in split["spec"]["temporaries"]}
    assert split["spec"]["environment"] and split["metadata"]["finalizers"]
    fallback = temporaries["fallback"]["name"]
    assert run.kafka.committed(run.group, fallback) == {p: 0 for p in range(4)}, "positioned before the patch"
    before = app.count()
    run.flow(200)
    wait_until(lambda: app.count() > before, 20, "the old instances to go on", seen=app.describe)
    documents = run.served_by.api.sessions()
    assert [phase(d) for d in documents] == ["Pending"] and documents[0]["status"]["waitsFor"], documents
    assert set(run.kafka.ends(fallback).values()) == {0}, "nothing is forwarded while only old instances are there"
    old.opened.set()
    new.wait("the old instances to end", app.describe)
    at = run.kafka.committed(run.group, run.topic)
    run.flow(200)
    assert run.kafka.committed(run.group, run.topic) == at and set(run.kafka.ends(fallback).values()) == {0}, "messages wait in the original"
    new.opened.set()
    anna.wait_ready()
    run.flow(300)
    old, app.before_start = Gate(), None
    app.before_stop = old
    anna.end()
    old.wait("the restart back", run.describe)
    run.flow(100)
    assert fallback in run.kafka.topics() and phase(run.split()) == "Restoring"
    old.opened.set()
    producer.stop()
    run.finish(anna)
    assert app.restarts == 2


def test_c_4_leftovers_go_to_the_next_matching_session_then_to_the_application(run):
    """C-4: and on the way nothing is taken twice: what was committed stays where it was read."""
    run.deploy(app={"instances": 1})
    producer = run.producer(rate=300)
    first = run.session(run.served_by, "first", ANNA, environment={"COLLECT_LIMIT": "40"}).start()
    second = run.session(run.served_by, "second", ANNA, environment={"COLLECT_LIMIT": "150"}).start()
    wait_until(lambda: first.count() == 40, 30, "the first session to have read its share", seen=first.describe)
    run.flow(200)
    assert second.count() == 0
    first.end()
    wait_until(lambda: second.count() == 150, 30, "the leftovers at the second session", seen=second.describe)
    second.end()
    producer.stop()
    ledger = run.finish(first, second)
    assert ledger["returned leftovers"] > 0 and ledger["sessions"] == {"first": 40, "second": 150}


def test_c_4_a_laptop_that_is_switched_off_loses_nothing(run):
    """C-4: uncommitted messages of a killed local process come free when its group session ends; the session ends by itself (Unused)."""
    run.deploy(app={"instances": 1}, settings={"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "10"})
    producer = run.producer(rate=200)
    anna = run.session(run.served_by, "anna", ANNA, environment={"COMMIT_EVERY": "100000", "COMMIT_INTERVAL_MS": "60000"}).start()
    wait_until(lambda: anna.count() > 30, 30, "messages at the session", seen=anna.describe)
    anna.kill()
    reasons = [d["status"].get("endReason") for d in run.served_by.api.sessions()]
    assert reasons == ["Unused"], reasons
    producer.stop()
    run.wait_all_collected(run.deployed)    # nothing was committed by anna, so everything is at the application
    ledger = run.finish()
    assert ledger["redelivered"] >= 30


@pytest.mark.long
def test_c_3_keep_waits_for_an_application_that_does_not_read(run):
    """C-3: leftovers are kept by default: after drainTimeout the target stays on the fallback, forwarding goes on, LeftoversKept says so, and the drain is tried again."""
    app = run.deploy(app={"instances": 1}, annotations={"drain-timeout": 2})
    producer = run.producer(rate=200)
    anna = run.session(run.served_by, "anna", ANNA).start()
    run.flow(200)
    app.pause(0)
    anna.end()
    run.wait_split_condition("Degraded", "LeftoversKept")
    fallback = run.fallback()
    ends = run.kafka.ends(fallback)
    wait_until(lambda: run.kafka.ends(fallback) != ends, 30, "forwarding to go on", seen=run.describe)
    app.resume(0)
    producer.stop()
    run.finish(anna)


def test_c_3_discard_deletes_and_counts(run):
    """C-3: with leftovers: discard the fallback's rest is deleted after drainTimeout and its count reported."""
    app = run.deploy(app={"instances": 1, "COLLECT_LIMIT": 50}, annotations={"drain-timeout": 1, "leftovers": "discard"})
    anna = run.session(run.served_by, "anna", ANNA).start()
    run.producer(count=600).finish()
    wait_until(lambda: app.count() == 50, 30, "the application to stop reading", seen=app.describe)
    anna.end()
    run.wait_restored()
    said = run.served_by.output.read_text() + "".join(p.read_text() for p in run.served_by.logs())
    assert "LeftoversDiscarded" in said


@pytest.mark.parametrize("reset", ["latest", "earliest"])
def test_k_3_a_group_without_offsets_begins_as_declared(run, reset):
    """K-3: log start and end are recorded before the patch; what came after that is forwarded in any case."""
    app = run.deploy(start=False, annotations={"auto-offset-reset": reset} if reset == "earliest" else None,
                     app={"environment": run.app_environment(reset)})
    old = [[("uid", f"old-{i}".encode()), ("seq", str(i).encode())] for i in range(100)]
    run.kafka.produce(run.topic, *old, partition=1)
    gate = app.before_start = Gate()
    anna = run.session(run.served_by, "anna", ANNA).start(ready=False)
    gate.wait("the patch", run.describe)
    positions = {p["partition"]: (p["start"], p["end"]) for p in run.split()["spec"]["positions"]}
    assert positions == {p: (0, 100 if p == 1 else 0) for p in range(4)}
    producer = run.producer(count=200)
    producer.finish()
    gate.opened.set()
    anna.wait_ready()
    run.wait_all_collected(app, anna)
    collected = app.uids() | anna.uids()
    if reset == "earliest":
        wait_until(lambda: len([u for u in app.uids() if u.startswith("old-")]) == 100, 20, "the old messages", seen=app.describe)
    else:
        assert not any(u.startswith("old-") for u in collected)
    anna.end()
    run.wait_restored()
    run.wait_committed()
