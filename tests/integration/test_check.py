"""What `sluice check` advises where something is wrong: the cause of each is found from commands alone."""
import json
import subprocess

from harness.app import App
from harness.api import condition
from harness.supervisor import binaries
from harness.wait import wait_until

PATIENT = {"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}


def findings(run):
    done = subprocess.run([str(binaries() / "sluice"), "check", "-o", "json"], env=run.served_by.environment(), cwd=run.folder, capture_output=True, text=True, timeout=90)
    assert done.returncode in (0, 1), (done.stdout, done.stderr)
    return json.loads(done.stdout)["findings"]


def advice(run, reason, *words, level="problem"):
    """Until there is a finding of that reason; it says these words, and a next step."""
    def found():
        return [f for f in findings(run) if f["reason"] == reason and f["level"] == level and all(word in f["message"] for word in words)]
    (first, *_) = wait_until(found, 60, f"check to find {reason}", seen=lambda: findings(run))
    assert first["nextStep"], first
    return first


def test_check_finds_the_cause(run):
    """A filter that never matches, a crashing worker, a consumer outside of the workload, and a drain that waits; each with its next step."""
    run.deploy(app={"instances": 1}, settings=PATIENT)
    anna = run.ask(run.served_by, "anna", {"Author": "^anna$"})
    anna.wait_ready()
    producer = run.producer(count=100000, rate=60)
    producer.wait_count(60)
    assert "sluice explain" in advice(run, "FilterMatchesNothing", "none had header 'Author'; there is 'author'")["nextStep"]
    run.served_by.kill_worker()
    advice(run, "WorkerCrashed", "SIGKILL", "its last line: ")
    foreign = run._own(App(run.folder, run.app_environment(), instances=1, label="left:foreign"))
    foreign.start(ready=False)
    assert "Stop the other consumer" in advice(run, "ForeignConsumer", run.group)["nextStep"]
    foreign.stop()
    wait_until(lambda: condition(run.split(), "Degraded").get("status") == "False", 60, "the split to go on", seen=run.describe)
    producer.stop()
