"""Two replicas of the operator, of which one loses the lead while it and its workers live on."""
import os
import signal

import pytest
from harness import processes
from harness.wait import wait_until
from release import NAMESPACE
from test_release import BACK_S, NOBODY, leader

OUTLED_S = 150.0    # a minute of another's lead, and the period in which that is looked at


def workers(story, pod):
    """pids of the workers of splits in a pod."""
    return [pid for pid in story.cluster.container_pids(NAMESPACE, pod, "workers") if "sluice-worker split-" in processes.command_line(pid)]


def says_stopped(story):
    """Who says in the Lease that no worker of its is left."""
    lease = story.cluster.api.get("coordination.k8s.io/v1", "leases", "mirrord-operator", NAMESPACE)
    return [identity.split("_")[0] for identity in lease["metadata"].get("annotations", {}).get("sluice.dev/stopped", "").split()]


def freeze(story, pod, number):
    for pid in story.cluster.container_pids(NAMESPACE, pod, "supervisor"):
        os.kill(pid, number)


@pytest.fixture
def two(story):
    story.operator.upgrade(operator__replicas="2")
    yield story
    story.operator.upgrade(operator__replicas="1")
    wait_until(lambda: len(story.operator.pods()) == 1, BACK_S, "one replica", seen=story.operator.describe)


@pytest.mark.skipif(os.environ.get("SLUICE_FULL") != "1", reason="three minutes; with --full")
def test_case_5_the_workers_of_a_former_leader_are_stopped(two):
    """CASE-5, I-1, I-4: a worker that nobody fences, because nothing flows, does not stay for ever in a pod that leads no more, and
    the pod says so: on a broker that fences nobody its successor waits for that."""
    story = two
    wait_until(lambda: leader(story), BACK_S, "a leader")
    story.deploy(instances=1)
    session = story.ask(story.served_by, "nobody", NOBODY)
    session.wait_ready(BACK_S)
    former = leader(story).split("_")[0]
    assert workers(story, former) and former not in says_stopped(story)
    freeze(story, former, signal.SIGSTOP)
    try:
        wait_until(lambda: leader(story).split("_")[0] not in ("", former), BACK_S, "another leader", seen=story.operator.describe)
        successor = leader(story).split("_")[0]
        wait_until(lambda: workers(story, successor), BACK_S, "a worker of the new leader", seen=story.operator.describe)
    finally:
        freeze(story, former, signal.SIGCONT)
    story.wait_phase("Active")
    wait_until(lambda: not workers(story, former), OUTLED_S, "the workers of the former leader to end", seen=story.operator.describe)
    wait_until(lambda: former in says_stopped(story), BACK_S, "its word that none is left", seen=story.operator.describe)
    assert workers(story, successor) and successor not in says_stopped(story)
    producer = story.producer("1", rate=100)
    story.flow(200)
    producer.stop()
    session.end(wait=False)
    story.finish()
