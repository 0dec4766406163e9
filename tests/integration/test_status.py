"""What users see: conditions of resources and splits, in the API and with `sluice status`."""
import json
import subprocess

import pytest

from harness.api import condition
from harness.manifests import topic
from harness.run import QUEUE
from harness.supervisor import binaries
from harness.wait import wait_until

ANNA = {"author": "^anna$"}
PATIENT = {"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}
NEVER = 10**9
CONSUMERS = "mirrordkafkatopicsconsumers"
GROUP = "/apis/queues.mirrord.metalbear.co/v1alpha"


def status(run, *arguments):
    done = subprocess.run([str(binaries() / "sluice"), "status", *arguments], env=run.served_by.environment(), cwd=run.folder, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.long
def test_k_10_a_target_that_commits_nothing_is_told(run):
    """K-10: after 60 s of receiving without a commit, under its own name and as the reason of Degraded, and no longer once it commits."""
    app = run.deploy(app={"COMMIT_EVERY": NEVER, "COMMIT_INTERVAL_MS": NEVER, "instances": 1}, settings=PATIENT)
    run.ask(run.served_by, "anna", ANNA).wait_ready()
    run.producer(count=40).finish()
    wait_until(lambda: app.count() >= 20, 30, "the application to receive", seen=app.describe)
    found = run.wait_split_condition("OffsetsNotCommitted", "OffsetsNotCommitted", deadline_s=120)
    assert run.group in found["message"] and run.fallback() in found["message"], found
    run.wait_split_condition("Degraded", "OffsetsNotCommitted")
    out = status(run, run.split()["metadata"]["name"])
    assert "OffsetsNotCommitted True: group" in out and "next: Let the application commit its offsets." in out, out
    app.extra = {}
    app.restart()  # it commits what it has read when it ends, and as usual from then on
    wait_until(lambda: not condition(run.split(), "OffsetsNotCommitted") and condition(run.split(), "Degraded")["status"] == "False", 60,
               "the condition to be gone", seen=run.describe)


def test_a_resource_says_whether_it_is_accepted(run):
    """`Accepted` with the resource over the API and in `sluice status`; the edit of a live split's resource is `SpecChanged`."""
    run.deploy(app={"instances": 1}, settings=PATIENT)
    name = f"{run.service}-topics-consumer"

    def told(kind):
        document = run.served_by.api.request("GET", f"{GROUP}/namespaces/default/{CONSUMERS}/{name}")
        return condition(document, kind)

    def wait_told(kind, truth, reason):
        return wait_until(lambda: (found := told(kind)).get("status") == truth and found["reason"] == reason and found, 20, f"{kind} {truth} {reason}", seen=lambda: told(kind))

    wait_told("Accepted", "True", "Accepted")
    assert "RESOURCE" not in status(run)
    run.manifests.topics_consumer(name, run.service, [topic(QUEUE), topic("other", name_variable="NO_SUCH_VARIABLE")])
    found = wait_told("Accepted", "False", "NameSourceEmpty")
    assert "1 of 2 queues" in found["message"] and "NO_SUCH_VARIABLE" in found["message"], found
    assert "NameSourceEmpty" in status(run) and "next: Set the variable" in status(run, name)
    inputs = {(i["kind"], i["metadata"]["name"]): i for i in json.loads(status(run, "-o", "json"))["inputs"]}
    assert condition(inputs["MirrordKafkaTopicsConsumer", name], "Accepted")["status"] == "False"
    assert condition(inputs["LocalService", run.service], "Accepted")["status"] == "True"
    assert condition(inputs["MirrordKafkaClientConfig", "base-config"], "Accepted")["status"] == "True"
    run.manifests.topics_consumer(name, run.service, [topic(QUEUE)])
    wait_told("Accepted", "True", "Accepted")
    session = run.ask(run.served_by, "anna", ANNA)
    session.wait_ready()
    assert not told("SpecChanged")
    run.manifests.topics_consumer(name, run.service, [topic(QUEUE)], ttl=5)
    wait_told("SpecChanged", "True", "SpecChanged")
    session.end()
    run.wait_restored()
    wait_until(lambda: not told("SpecChanged"), 20, "the edit to count", seen=lambda: told("SpecChanged"))


def test_the_split_tells_its_worker_and_how_its_sessions_ended(run):
    run.deploy(app={"instances": 1}, settings=PATIENT)
    first, second = (run.ask(run.served_by, name, ANNA) for name in ("anna", "bob"))
    first.wait_ready()
    second.wait_ready()
    first.end()
    ended = wait_until(lambda: next((s for s in run.split()["status"]["sessions"] if s["name"] == "anna" and s.get("endReason")), None), 20, "the end of the session", seen=run.describe)
    assert ended["endReason"] == "Killed" and ended["endedAt"], ended
    worker = run.split()["status"]["workers"][0]
    assert [worker["pid"]] == run.served_by.workers() and worker["generation"] > 0, worker
    out = status(run, run.split()["metadata"]["name"])
    assert f"pid {worker['pid']}, generation " in out and "ended: Killed" in out, out
    sluice = [str(binaries() / "sluice"), "logs", run.split()["metadata"]["name"]]
    told = lambda *more: subprocess.run([*sluice, *more], env=run.served_by.environment(), cwd=run.folder, capture_output=True, text=True, timeout=30)  # noqa: E731
    refused = told("--level", "worker.kafka=loud")
    assert refused.returncode == 73 and "names no levels" in refused.stderr, refused
    assert told("--level", "worker.kafka=debug", "--for", "3s").returncode == 0
    for levels in ('"info,worker.kafka=debug"', "info"):
        wait_until(lambda levels=levels: any("has set the log levels" in line and line.endswith(f"levels={levels}") for line in told().stdout.splitlines()), 20, levels, seen=lambda: told().stdout)
    run.served_by.kill_worker()
    words = wait_until(lambda: run.split()["status"].get("lastWords"), 20, "the last words of the worker", seen=run.describe)
    assert words["incarnation"] == worker["incarnation"] and "SIGKILL" in words["message"] and words["at"], words
    assert any("worker started" in line for line in words["log"]), words
    out = status(run, run.split()["metadata"]["name"])
    assert f"last words of incarnation {worker['incarnation']}, " in out and "\n  | " in out, out
