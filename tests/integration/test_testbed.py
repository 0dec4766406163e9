"""The testbed itself: without a split everything is at the application, in order, unchanged, and the checker says so. So a failure elsewhere is not the testbed's."""
import os
import subprocess

import pytest

from harness.clients import CLIENTS, NAMES, PROTOCOLS, client_command, client_missing
from harness.env_file import env_file_text

EVERY = [(name, protocol) for name in NAMES for protocol in PROTOCOLS[name]]


def need(client):
    missing = client_missing(client)
    if missing:
        pytest.skip(missing)


@pytest.mark.parametrize("client, protocol", EVERY)
def test_client_collects_everything(run, client, protocol):
    need(client)
    run.kafka.create(run.topic)
    app = run.app(client, 2, GROUP_PROTOCOL=protocol)
    app.start()
    # What kcat's header format cannot show is not sent to it.
    producer = run.producer(count=3000, strange=0 if client == "kcat" else 0.3, large_every=500, large_bytes=300000)
    assert producer.finish() == 3000
    run.wait_all_collected(app)
    app.stop()
    run.wait_committed()
    ledger = run.judge()
    assert ledger["application"] == 3000 and ledger["redelivered"] == 0


@pytest.mark.parametrize("client", NAMES)
def test_client_gives_the_hashes_of_the_vectors(client):
    need(client)
    import json
    path = CLIENTS / "vectors.json"
    wanted = [v["hash"] for v in json.loads(path.read_text())]
    done = subprocess.run(client_command(client), env=dict(os.environ, COLLECT_SELF_TEST=str(path)), stdout=subprocess.PIPE, timeout=60, check=True)
    assert done.stdout.decode().split() == wanted


def test_restart_command_moves_the_application_to_another_topic(run):
    """What a split does to its target: the envFile is written, the restart command is run, and it is 0 only when the new instances are there."""
    other = run.topic + "-other"
    run.kafka.create(run.topic, other)
    app = run.app(instances=2)
    app.start()
    run.producer("1", count=500).finish()
    run.wait_all_collected(app)
    old = [p.pid for p in app.processes]
    app.env_file.write_text(env_file_text(run.app_environment(KAFKA_TOPIC_NAME=other)))
    assert subprocess.run(app.command(), timeout=60).returncode == 0
    assert not set(old) & {p.pid for p in app.processes} and all(p.is_running() for p in app.processes)
    app.wait_ready()
    assert subprocess.run(app.command("ready"), timeout=60).returncode == 0
    run.producer("2", topic=other, count=500).finish()
    run.wait_all_collected(app)
    app.stop()
    assert run.judge()["application"] == 1000


def test_killed_instance_costs_redeliveries_and_nothing_else(run):
    run.kafka.create(run.topic)
    app = run.app(instances=2, COMMIT_EVERY=1000, COMMIT_INTERVAL_MS=60000, SESSION_TIMEOUT_MS=2000)
    app.start()
    producer = run.producer(count=4000, rate=2000)
    producer.wait_count(1500)
    app.kill(0)
    producer.finish()
    run.wait_all_collected(app)
    app.stop()
    ledger = run.judge()
    assert ledger["application"] == 4000 and ledger["redelivered"] > 0


def test_aborted_transactions_are_not_collected(run):
    run.kafka.create(run.topic)
    app = run.app().start()
    producer = run.producer(count=2000, transaction_every=50, abort_every=4)
    producer.finish()
    assert producer.summary()["aborted"] == 500
    run.wait_all_collected(app)
    app.stop()
    run.wait_committed()
    ledger = run.judge()
    assert (ledger["sent"], ledger["aborted"], ledger["ghosts"]) == (1500, 500, 0)


def test_what_nobody_collects_is_lost_unless_it_is_found_in_a_queue(run):
    run.kafka.create(run.topic)
    run.producer(count=300).finish()
    with pytest.raises(AssertionError, match="lost +300"):
        run.judge()
    assert run.kafka.log_left(run.folder, run.topic, run.group) == 300
    assert run.judge()["left in queues"] == 300


def test_broker_restart_loses_nothing(own_run):
    run = own_run
    run.kafka.create(run.topic)
    app = run.app().start()
    producer = run.producer(count=4000, rate=1000)
    producer.wait_count(1000)
    run.events.fault("broker killed")
    run.broker.kill()
    run.broker.start()
    producer.finish()
    run.wait_all_collected(app)
    app.stop()
    assert run.judge()["application"] >= 4000
