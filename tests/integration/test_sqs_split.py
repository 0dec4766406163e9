"""A split of an SQS queue from its first session to the last, with everything of Sluice in it."""
import os

import pytest

from harness.sqs_run import SqsRun
from harness.wait import wait_until

full = pytest.mark.skipif(os.environ.get("SLUICE_FULL") != "1", reason="takes half a minute (--full)")
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


@pytest.mark.parametrize("leftovers", ["return", pytest.param("discard", marks=full)])
def test_c3_annotations_of_the_registry_end_the_wait_for_an_application_that_does_not_read(sqs_run, leftovers):
    """C-3: after drain-timeout its rest goes back to the original, where it finds it after the restart; or is given up, and counted."""
    annotations = {"drain-timeout": 1, **({"leftovers": leftovers} if leftovers != "return" else {})}   # what SQS does without a word
    app = sqs_run.deploy(settings=LONG, app={"instances": 1, "COLLECT_LIMIT": 1}, annotations=annotations)
    anna = sqs_run.ask(sqs_run.served_by, "anna", {"author": "^anna$"})
    anna.wait_ready()
    sqs_run.sqs.send(sqs_run.queue, *"12345")
    wait_until(lambda: app.count() == 1 and sqs_run.sqs.counts(sqs_run.fallback()) == (4, 0, 0), 60, "the rest in the fallback", seen=app.describe)
    app.extra.pop("COLLECT_LIMIT")      # of the next start
    anna.end()
    sqs_run.wait_restored()
    if leftovers == "return":
        wait_until(lambda: app.count() == 5, 60, "all of them at the application", seen=app.describe)
    else:
        assert "4 messages left" in "".join(path.read_text() for path in sqs_run.served_by.logs())
    sqs_run.sqs.wait_empty(sqs_run.queue)
    assert app.count() == (5 if leftovers == "return" else 1)
    assert sqs_run.served_by.stop() == 0
