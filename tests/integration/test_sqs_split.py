"""A split of an SQS queue from its first session to the last, with everything of Sluice in it."""
import pytest

from harness.sqs_run import SqsRun
from harness.wait import wait_until

LONG = {"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}
SQS_SESSIONS = "/apis/queues.mirrord.metalbear.co/v1alpha/namespaces/default/mirrordsqssessions"


def sqs_sessions(sqs_run):
    return sqs_run.served_by.api.request("GET", SQS_SESSIONS)["items"]


@pytest.fixture
def sqs_run(scripted_sqs, tmp_path):
    scripted_sqs.settings(wait_max_s=2)
    found = SqsRun(tmp_path, scripted_sqs)
    yield found
    found.close()


@pytest.mark.parametrize("form", ["name", "url", "arn", "json"])
def test_q9_q12_a_split_lives_and_ends_whatever_form_the_variable_has(sqs_run, form):
    """Q-9, Q-12: name, URL, ARN or JSON map; the temporary value has the same form. C-3: at the end everything is as before."""
    app = sqs_run.deploy(settings=LONG, form=form)
    anna = sqs_run.ask(sqs_run.served_by, "anna", {"author": "^anna$"})
    anna.wait_ready()
    given = anna.environment()["SQS_QUEUE"]
    temporary = sqs_run.sqs.temporary()
    assert len(temporary) == 2 and app.restarts == 1
    assert given in [sqs_run.name(form, name) for name in temporary]
    told = wait_until(lambda: sqs_sessions(sqs_run)[0]["status"].get("Ready"), 30, "MirrordSQSSession", seen=lambda: sqs_sessions(sqs_run))
    assert told["envUpdates"] == {"SQS_QUEUE": {"originalName": sqs_run.name(form), "outputName": given}}
    local = sqs_run.local(anna, "anna").start()
    sqs_run.sqs.send(sqs_run.queue, "1", MessageAttributes={"author": {"DataType": "String", "StringValue": "anna"}})
    sqs_run.sqs.send(sqs_run.queue, "2")
    wait_until(lambda: local.count() == 1 and app.count() == 1, 60, "each its own message", seen=lambda: (local.describe(), app.describe()))
    local.stop()
    anna.end()
    sqs_run.wait_restored()
    assert sqs_sessions(sqs_run) == []
    assert app.restarts == 2
    assert sqs_run.served_by.stop() == 0
