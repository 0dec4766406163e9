"""Worker and supervisor are killed in every state of an SQS split, the server does everything badly meanwhile, and the checker finds nothing lost, misplaced, changed,
out of order or repeated but what SQS itself repeats.

CASE-4, I-1 to I-6. `./dev test faults` runs the short form, --full the long one: 100,000 messages on a standard and 50,000 on a FIFO queue.
"""
import json
import os

import pytest

from harness.killer import ANY, SESSION_STATES, Shot
from harness.sqs_run import SqsRun
from kill_story import Story, in_every_state

FULL = os.environ.get("SLUICE_FULL") == "1"
STATES = ("Provisioning", "Patching", "Active", "Draining", "Restoring", *SESSION_STATES)     # an SQS split is never idle
KILLS = 20      # of each kind, --full
MESSAGES = ["SendMessage*", "DeleteMessage*", "ReceiveMessage", "ChangeMessageVisibility*"]
TROUBLE = [{"kind": "throttle", "action": MESSAGES, "rate": 0.1}, {"kind": "partial", "rate": 0.2}, {"kind": "double", "action": "ReceiveMessage", "rate": 0.05},
           {"kind": "lose", "action": MESSAGES, "rate": 0.02}]
# A deletion that fails holds up its group for a visibility: with few groups nobody could read as fast as is sent.
GROUPS = 400
SLOW_SENDS = {"kind": "delay", "action": "SendMessageBatch", "queue": "mirrord-*", "rate": 0.2, "ms": 1500}
long = pytest.mark.skipif(not FULL, reason="takes long: --full")


@pytest.fixture
def make(tmp_path, scripted_sqs):
    """make(fifo, trouble, visibility_s, proof_s, rate, ...): a story that has begun."""
    runs = []

    def new(fifo, trouble, visibility_s, proof_s, rate, producers=1, instances=2, patience_s=120):
        scripted_sqs.settings(visible_s=0)
        run = SqsRun(tmp_path, scripted_sqs, fifo)
        runs.append(run)
        settings = {"OPERATOR_LOG_LEVEL": "info", "OPERATOR_SQS_VISIBILITY_SECONDS": str(visibility_s), "OPERATOR_SQS_DRAIN_PROOF_SECONDS": str(proof_s),
                    "OPERATOR_SQS_DELETE_PROOF_SECONDS": str(proof_s)}
        story = Story(run, rate, {"settings": settings, "app": {"instances": instances, "SQS_VISIBILITY_S": 10}}, producers, patience_s, strange=0.2, keys=GROUPS if fifo else 0)
        scripted_sqs.faults(*trouble)
        return story

    yield new
    for run in runs:
        run.close()


def finish(story, count, faults):
    """Only what is still on its way when trouble ends may go on without it."""
    ledger = story.finish(count)
    print(json.dumps(ledger))
    assert ledger["sent"] + ledger["unsure"] >= count and all(ledger["sessions"].values()) and ledger["faults"] >= faults


def test_case_4_and_i_1_to_i_6_an_sqs_split_killed_in_every_state(make):
    """10,000 messages, one kill of worker and of supervisor in each state."""
    story = make(False, [], 5, 2, 400)
    story.fire([shot for kind in ("worker", "supervisor") for shot in in_every_state(kind, STATES)])
    finish(story, 10000, 2 * len(STATES))


@long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
def test_i_1_to_i_6_killed_amid_everything_that_sqs_does_badly(make, fifo):
    # What is sent while the application empties the fallback is its next backlog: it must read several times as fast as is sent.
    story = make(fifo, TROUBLE, 10, 5, 80 if fifo else 150, producers=4, instances=8, patience_s=600)
    for kind in ("worker", "supervisor"):
        story.fire(in_every_state(kind, STATES))
        for _ in range(len(STATES), KILLS, 4):
            story.fire([Shot(kind, ANY) for _ in range(4)], spare=2)
    finish(story, 50000 if fifo else 100000, 2 * KILLS)


@long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
def test_i_1_to_i_5_sends_that_take_longer_than_the_visibility(make, fifo):
    """The worker holds a message for two seconds, and a send may take one and a half: what comes too late is not sent (C-12), what was sent is deleted or comes again."""
    story = make(fifo, [*TROUBLE, SLOW_SENDS], 2, 5, 100)
    story.fire([Shot(kind, "Active") for kind in ("worker", "supervisor")])
    finish(story, 5000, 2)
