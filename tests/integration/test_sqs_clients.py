"""Real SQS clients on each server, without a split: everything is at the application, in order, unchanged, and the checker says so."""
import json
import os
import subprocess

import pytest

from harness.clients import CLIENTS, SQS_NAMES, client_command, client_missing
from harness.sqs_run import SqsRun
from harness.wait import wait_until

LOGGING = [name for name in SQS_NAMES if name != "celery_sqs"]     # the others leave their deletions to a library that does not tell
FORMS = {"sqs_python": "arn", "sqs_consumer": "url", "sqs_java": "json", "celery_sqs": "name"}


def need(client):
    missing = client_missing(client)
    if missing:
        pytest.skip(missing)


@pytest.fixture
def sqs_run(tmp_path):
    """sqs_run(server, fifo): a run, ended with the test."""
    runs = []

    def make(server, fifo=False):
        folder = tmp_path / f"run{len(runs)}"
        folder.mkdir()
        runs.append(SqsRun(folder, server, fifo))
        return runs[-1]
    yield make
    for run in runs:
        run.close()


@pytest.mark.parametrize("client", LOGGING)
def test_client_gives_the_hashes_of_the_vectors(client):
    need(client)
    path = CLIENTS / "sqs_vectors.json"
    wanted = [v["hash"] for v in json.loads(path.read_text())]
    done = subprocess.run(client_command(client), env=dict(os.environ, COLLECT_SELF_TEST=str(path)), stdout=subprocess.PIPE, timeout=120, check=True)
    assert done.stdout.decode().split() == wanted


def wait_deleted(run):
    run.sqs.wait_empty(run.queue)


@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
@pytest.mark.parametrize("client", LOGGING)
@pytest.mark.parametrize("server", ["elasticmq", "moto", "scripted_sqs"])
def test_client_collects_everything(server, client, fifo, request, sqs_run):
    need(client)
    run = sqs_run(request.getfixturevalue(server), fifo)
    run.sqs.create(run.queue)
    few = server == "moto"
    # moto is slow and takes no odd attributes; ElasticMQ knows no trace header.
    app = run.app(client, 2, run.app_environment(FORMS[client])).start()
    producer = run.producer(count=100 if few else 500, strange=0 if few else 0.3, large_every=200, large_bytes=200000, trace=int(server == "scripted_sqs"))
    sent = producer.finish()
    run.wait_all_collected(app)
    wait_deleted(run)
    app.stop()
    ledger = run.judge()
    assert (ledger["application"], ledger["redelivered"]) == (sent, 0)


@pytest.mark.parametrize("server", ["elasticmq", "moto", "scripted_sqs"])
def test_celery_does_every_task(server, request, sqs_run):
    need("celery_sqs")
    run = sqs_run(request.getfixturevalue(server))
    run.sqs.create(run.queue)
    app = run.app("celery_sqs", 2).start()
    run.celery_producer(count=100).finish()
    run.wait_all_collected(app)
    wait_deleted(run)
    app.stop()
    assert run.judge()["application"] == 100


@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
def test_killed_instance_costs_redeliveries_and_nothing_else(fifo, scripted_sqs, sqs_run):
    run = sqs_run(scripted_sqs, fifo)
    run.sqs.create(run.queue)
    app = run.app(instances=2, SQS_VISIBILITY_S=3, COLLECT_DELAY_MS=2).start()
    producer = run.producer(count=600, rate=150)
    producer.wait_count(200)
    app.kill(0)
    producer.wait_count(400)
    app.restart()
    producer.finish()
    run.wait_all_collected(app)
    wait_deleted(run)
    app.stop()
    run.log_repeats()
    assert run.judge()["application"] == 600


@pytest.mark.parametrize("fifo", [False, True], ids=["standard", "fifo"])
def test_everything_that_sqs_does_badly_costs_nothing_but_repeats(fifo, scripted_sqs, sqs_run):
    """The whole set of faults without a split: what the checker allows is what the server says it did."""
    run = sqs_run(scripted_sqs, fifo)
    run.sqs.create(run.queue)
    messages = ["SendMessage*", "DeleteMessage*", "ReceiveMessage"]     # not the look for the queue, which the producer does once
    scripted_sqs.faults({"kind": "throttle", "action": messages, "rate": 0.1}, {"kind": "partial", "rate": 0.2}, {"kind": "double", "rate": 0.05},
                        {"kind": "lose", "action": messages, "rate": 0.05}, {"kind": "empty", "rate": 0.1})
    app = run.app(instances=2, SQS_VISIBILITY_S=2).start()
    producer = run.producer(count=500, rate=250)
    producer.finish()
    run.wait_all_collected(app)
    scripted_sqs.faults()
    wait_deleted(run)
    app.stop()
    told = run.log_repeats()
    ledger = run.judge()
    assert ledger["sent"] + ledger["unsure"] == 500 and told.get("expired") and (fifo or told["doubled"])


def test_what_nobody_collects_is_lost_unless_it_is_found_in_a_queue(scripted_sqs, sqs_run):
    run = sqs_run(scripted_sqs)
    run.sqs.create(run.queue)
    run.producer(count=50).finish()
    with pytest.raises(AssertionError, match="lost +50"):
        run.judge()
    assert run.sqs.log_left(run.folder, run.queue) == 50
    assert run.judge()["left in queues"] == 50


def test_application_reads_every_queue_that_its_variable_names(scripted_sqs, sqs_run):
    run = sqs_run(scripted_sqs)
    other = run.queue + "-other"
    run.sqs.create(run.queue)
    run.sqs.create(other)
    names = json.dumps({"views": run.queue, "clicks": run.server.queue_url(other)})
    app = run.app(environment=run.app_environment(SQS_QUEUE=names)).start()
    run.producer("1", count=30).finish()
    run.producer("2", queue=other, count=30).finish()
    run.wait_all_collected(app)
    for queue in (run.queue, other):
        run.sqs.wait_empty(queue)
    app.stop()
    assert run.judge()["application"] == 60
    assert wait_until(lambda: run.server.requests("ReceiveMessage", other), 1, "receives of the other queue")
