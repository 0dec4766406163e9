"""Kills under a live split on a real cluster: nothing is lost, nothing comes twice, and everything is as before at the end."""
import os
import signal

import pytest
from harness import processes
from harness.wait import wait_until
from release import NAMESPACE

ANNA = {"author": "^nobody$"}
BACK_S = 90.0


def worker(story):
    """pid of the split's worker, as this machine counts."""
    found = [pid for pid in story.cluster.container_pids(NAMESPACE, story.operator.pod(), "workers")
             if "sluice-worker" in processes.command_line(pid)]
    assert found, "no worker runs"
    return found[0]


def is_well(story):
    """Active, with a worker that says so."""
    found = story.splits()
    return len(found) == 1 and found[0]["status"].get("phase") == "Active" and not [
        c for c in found[0]["status"]["conditions"] if c["type"] == "Degraded" and c["status"] == "True"]


def kill_supervisor(story):
    story.cluster.kill_container(NAMESPACE, story.operator.pod(), "supervisor")


def kill_worker(story):
    os.kill(worker(story), signal.SIGKILL)


def kill_guardian(story):
    story.cluster.kill_container(NAMESPACE, story.operator.pod(), "workers")


def delete_pod(story):
    story.cluster.api.delete("v1", "pods", story.operator.pod(), NAMESPACE)


def api_away(story):
    story.cluster.kill_api()
    story.flow(300)
    story.cluster.start_api()


def reboot(story):
    story.cluster.reboot_node()


KILLS = {"supervisor": kill_supervisor, "worker": kill_worker, "guardian": kill_guardian, "operator-pod": delete_pod, "api-server": api_away,
         "node": reboot}


@pytest.mark.parametrize("what", KILLS)
def test_case_4_a_kill_under_an_active_split(story, what):
    """CASE-4, CASE-5, C-1, I-1 to I-6: a part of the operator or of the cluster goes while messages flow, and comes back by itself."""
    story.deploy(instances=2)
    producer = story.producer("1", rate=100)
    anna = story.ask(story.served_by, "anna", ANNA)
    anna.wait_ready()
    story.flow(200)
    story.events.fault(f"{what} killed")
    KILLS[what](story)
    story.flow(200, deadline_s=BACK_S)
    story.operator.wait_ready(BACK_S)
    wait_until(lambda: is_well(story), BACK_S, "the split to go on", seen=story.describe)
    story.flow(200)
    producer.stop()
    anna.end()
    story.finish()
