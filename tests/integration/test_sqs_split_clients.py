"""Real clients, as deployed application and as local process, through a whole split of an SQS queue on servers that are not ours."""
import os

import pytest

from harness.clients import client_missing
from harness.sqs_run import SqsRun
from harness.wait import wait_until

FULL = os.environ.get("SLUICE_FULL") == "1"
# Which of the client's many ways to name a queue the application uses.
FORMS = {"sqs_python": "arn", "sqs_consumer": "url", "sqs_java": "name", "celery_sqs": "url"}
# One without --full: the application is restarted twice in each.
CASES = [("elasticmq", "sqs_python", True)]
# kombu gives all messages of a FIFO queue one group and none a number, so that celery is judged with standard queues alone.
MORE = [(server, client, fifo) for server in ("elasticmq", "moto") for client in FORMS for fifo in (False, True)
        if (server, client, fifo) not in CASES and not (fifo and client == "celery_sqs")]


@pytest.fixture
def make(tmp_path):
    runs = []

    def new(server, fifo=False):
        runs.append(SqsRun(tmp_path, server, fifo))
        return runs[-1]
    yield new
    for run in runs:
        run.close()


def marked(case):
    return pytest.param(*case, marks=() if case in CASES else pytest.mark.skipif(not FULL, reason="takes long: --full"))


@pytest.mark.parametrize("server,client,fifo", [marked(case) for case in CASES + MORE])
def test_q9_i_1_to_i_6_a_client_as_application_and_as_local_process(make, request, server, client, fifo):
    """Everything once, at the one whom it is for, unchanged and in order; at the end as before."""
    if missing := client_missing(client):
        pytest.skip(missing)
    few = server == "moto"      # it is slow and takes no odd attributes
    run = make(request.getfixturevalue(server), fifo)
    app = run.deploy(app={"client": client, "instances": 2, "SQS_VISIBILITY_S": 10}, form=FORMS[client])
    anna = run.session(run.served_by, "anna", {"author": "^anna$"}, client=client, environment={"SQS_VISIBILITY_S": "10"}).start()
    if client == "celery_sqs":
        run.celery_producer(count=60 if few else 200).finish()
    else:
        run.producer(count=60 if few else 400, rate=20 if few else 100, strange=0 if few else 0.3).finish()
    run.wait_all_collected(app, anna)
    wait_until(lambda: anna.count() > 0, 30, "something for anna")
    assert anna.end() in (0, 143)
    ledger = run.finish(anna)
    assert ledger["sessions"]["anna"] and ledger["application"]
    # Its deletions are not logged, so that the checker cannot tell a duplicate from a redelivery: there is to be neither.
    assert client != "celery_sqs" or ledger["redelivered"] == 0
