"""Workloads that are not two healthy pods of a Deployment: a Rollout, no replicas, never ready, slow, without a history."""

import time

from harness.wait import wait_until

from application import NAME
from workload import pods, takes_long

ANNA = {"author": "^anna$"}
NOBODY = {"author": "^nobody$"}
DEADLINE_S = 90.0


def probe(command, **fields):
    return {"readinessProbe": {"exec": {"command": command}, "periodSeconds": 1, **fields}}


def test_a_rollout_of_argo_is_split_and_restored(story):
    """W-1, W-5, C-2, CASE-18: moved by its real controller."""
    story.cluster.start_rollouts()
    story.deploy(instances=2, app={"kind": "Rollout"})
    producer = story.producer(rate=100)
    anna = story.session(story.served_by, "anna", ANNA).start()
    story.flow(200)
    producer.stop()
    story.wait_all_collected(story.deployed, anna)
    assert anna.end() == 0
    story.finish(anna)


def test_case_30_no_replicas(story):
    """CASE-30, W-4: Ready at once; pods that come meanwhile consume the fallback; and all is as before at the end."""
    app = story.deploy(instances=0)
    story.kafka.commit(story.group, story.topic, {partition: 0 for partition in range(4)})
    anna = story.session(story.served_by, "anna", ANNA).start()
    story.producer("1", count=200, authors="anna:1").finish()
    story.wait_all_collected(anna)
    story.producer("2", count=200, seed=2).finish()
    app.scale(1)
    app.wait_ready()
    story.wait_all_collected(app, anna)
    assert anna.end() == 0
    story.finish(anna)


def test_case_30_never_ready(story):
    """CASE-30, W-4: told after the time-out for what it waits; the pods that consumed go on, and all is as before."""
    app = story.deploy(instances=1, ready=False, consumerRestartTimeout=8, app={"container": probe(["false"])})
    wait_until(lambda: app.tail.poll().of("assigned"), DEADLINE_S, "the application to consume", seen=app.describe)
    producer = story.producer(rate=50)
    anna = story.ask(story.served_by, "anna", ANNA)
    why = anna.wait_failed(DEADLINE_S)
    assert why["reason"] == "RestartTimeout" and "ready" in why["message"], why
    producer.stop()
    story.wait_restored()
    story.wait_all_collected(app)
    app.stop()
    story.judge()


@takes_long
def test_case_30_a_slow_rollout_that_goes_on_is_waited_for(story):
    """CASE-30: longer than the time-out, which counts from the last progress."""
    timeout_s = 9
    app = story.deploy(instances=3, consumerRestartTimeout=timeout_s, app={
        "container": probe(["true"], initialDelaySeconds=4), "spec": {"strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}})
    session = story.ask(story.served_by, "nobody", NOBODY)
    wait_until(lambda: app.topics() != [story.topic], DEADLINE_S, "the patch", seen=story.describe)
    begun = time.monotonic()
    session.wait_ready(DEADLINE_S)
    assert time.monotonic() - begun > timeout_s, "it was not slow, so nothing is proven"
    session.end()
    story.wait_restored()
    app.wait_ready()


def test_case_30_no_history_is_kept(story):
    """CASE-30, W-9: its controller takes old revisions away by itself."""
    app = story.deploy(instances=1, app={"spec": {"revisionHistoryLimit": 0}})
    session = story.ask(story.served_by, "nobody", NOBODY)
    session.wait_ready()
    session.end()
    story.wait_restored()
    app.wait_ready()
    wait_until(lambda: len(pods(story.cluster, story.namespace, NAME)) == 1, DEADLINE_S, "one pod", seen=app.describe)
