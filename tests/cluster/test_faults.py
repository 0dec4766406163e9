"""Kills under a live split on a real cluster: nothing is lost, nothing comes twice, and everything is as before at the end."""
import os
import signal
import time

import pytest
from harness import processes
from harness.wait import wait_until
from release import NAMESPACE
from workload import FULL

NOBODY = {"author": "^nobody$"}
BACK_S = 90.0
CONTROLLERS_BACK_S = 120.0   # after an outage of the API server: those of Kubernetes try again after up to a minute each, one after the other
API_AWAY_S = 120 if FULL else 20


def worker(story):
    """pid of the split's worker, as this machine counts; None while there is none."""
    found = [pid for pid in story.cluster.container_pids(NAMESPACE, story.operator.pod(), "workers")
             if "sluice-worker" in processes.command_line(pid)]
    return found[0] if found else None


def is_well(story):
    """Active, with a worker that says so."""
    found = story.splits()
    return len(found) == 1 and found[0]["status"].get("phase") == "Active" and not [
        c for c in found[0]["status"]["conditions"] if c["type"] == "Degraded" and c["status"] == "True"]


def kill_supervisor(story):
    story.cluster.kill_container(NAMESPACE, story.operator.pod(), "supervisor")


def kill_worker(story):
    os.kill(wait_until(lambda: worker(story), BACK_S, "a worker to kill", seen=story.describe), signal.SIGKILL)


def kill_guardian(story):
    story.cluster.kill_container(NAMESPACE, story.operator.pod(), "workers")


def delete_pod(story):
    story.cluster.api.delete("v1", "pods", story.operator.pod(), NAMESPACE)


def api_away(story):
    """Longer than a Lease lasts; in full form for two minutes."""
    story.cluster.kill_api()
    time.sleep(API_AWAY_S)
    story.cluster.start_api()


def reboot(story):
    story.cluster.reboot_node()


KILLS = {"supervisor": kill_supervisor, "worker": kill_worker, "guardian": kill_guardian, "operator-pod": delete_pod, "api-server": api_away,
         "node": reboot}
PHASES = ("Provisioning", "Patching", "Active", "Idle", "Draining", "Restoring")
SHORT = [(what, "Active") for what in KILLS] + [("worker", "Patching"), ("supervisor", "Draining")]
EVERY = [(what, phase) for phase in PHASES for what in KILLS]
TTL_S = 5


def wait_phase(story, wanted):
    """Catches a phase that may last for a moment only."""
    wait_until(lambda: [s.get("status", {}).get("phase") for s in story.splits()] == [wanted], BACK_S, f"the split to be {wanted}",
               seen=story.describe, poll_s=0.02)


def renew_operator(story):
    """The kubelet waits longer with each container that it starts again, up to minutes: a pod that was killed before is replaced."""
    if not any(status["restartCount"] for pod in story.operator.pods() for status in pod["status"].get("containerStatuses", [])):
        return
    old = story.operator.pod()
    delete_pod(story)
    wait_until(lambda: old not in [pod["metadata"]["name"] for pod in story.operator.pods()], BACK_S, "a new pod of the operator")
    story.operator.wait_ready(BACK_S)


def kill(story, what, phase):
    """A worker may not be there in every phase: then there is nothing to kill of it."""
    story.events.fault(f"{what} killed in {phase}")
    KILLS[what](story)


@pytest.mark.parametrize("what,phase", EVERY if FULL else SHORT)
def test_case_4_a_kill_in_a_phase(story, what, phase):
    """CASE-4, CASE-5, C-1, I-1 to I-6: a part of the operator or of the cluster goes in a phase of a split while messages flow, and the
    split goes on by itself to its end."""
    renew_operator(story)
    early = PHASES.index(phase) < PHASES.index("Active")
    back_s = BACK_S + (CONTROLLERS_BACK_S if what == "api-server" else 0)
    story.deploy(instances=2, splitTtl=TTL_S if phase == "Idle" else 0)
    producer = story.producer("1", rate=100)
    story.flow(50)
    story.wait_consuming()
    session = story.ask(story.served_by, "nobody", NOBODY)
    if early:
        wait_phase(story, phase)
        kill(story, what, phase)
    story.operator.wait_ready(BACK_S)
    session.wait_ready(back_s)
    story.flow(100, deadline_s=back_s)
    if phase == "Active":
        kill(story, what, phase)
        story.flow(200, deadline_s=back_s)
        story.operator.wait_ready(BACK_S)
        wait_until(lambda: is_well(story), BACK_S, "the split to go on", seen=story.describe)
    producer.stop()
    session.end(wait=False)
    if PHASES.index(phase) > PHASES.index("Active"):
        wait_phase(story, phase)
        kill(story, what, phase)
    story.finish()
