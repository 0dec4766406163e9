"""The testbed itself: without a split everything is at the application, in order, unchanged, and the checker says so. So a failure elsewhere is not the testbed's."""
import os
import subprocess

import pytest

from harness import processes
from harness.clients import CLIENTS, NAMES, PROTOCOLS, client_command, client_missing
from harness.env_file import env_file_text
from harness.wait import wait_until

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


# kcat commits by itself what it has not shown yet: of what it had in hand when it was killed, messages are missing, with and without a split.
@pytest.mark.parametrize("client", [name for name in NAMES if name != "kcat"])
def test_killed_and_restarted_instances_cost_redeliveries_and_nothing_else(run, client):
    need(client)
    run.kafka.create(run.topic)
    app = run.app(client, 2, COMMIT_INTERVAL_MS=300, SESSION_TIMEOUT_MS=2000).start()
    producer = run.producer(count=9000, rate=1500)
    producer.wait_count(1500)
    app.kill(0)
    producer.wait_count(4500)
    app.restart()
    producer.finish()
    run.wait_all_collected(app)
    app.stop()
    assert run.judge()["application"] == 9000


def test_uncommitted_messages_of_a_killed_instance_are_redelivered(run):
    """So that a redelivery is seen as one, and not as a duplicate."""
    run.kafka.create(run.topic)
    app = run.app(instances=2, COMMIT_EVERY=100000, COMMIT_INTERVAL_MS=60000, SESSION_TIMEOUT_MS=2000).start()
    run.producer(count=2000).finish()
    run.wait_all_collected(app)
    app.kill(0)
    wait_until(lambda: app.count() > 2000, 30, "the other instance to read again", seen=app.describe)
    app.stop()
    ledger = run.judge()
    assert ledger["application"] == 2000 and ledger["redelivered"] > 0


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


def test_topic_helpers(run):
    kafka, name = run.kafka, f"mirrord-tmp-1-{run.topic}"
    kafka.create(name, partitions=2, config={"retention.ms": "-1"})
    assert name in kafka.temporary() and kafka.config(name)["retention.ms"] == "-1"
    kafka.configure(name, retention_ms=1000)
    wait_until(lambda: kafka.config(name)["retention.ms"] == "1000", 20, "the changed setting")
    kafka.grow(name, 3)
    assert kafka.starts(name) == kafka.ends(name) == {0: 0, 1: 0, 2: 0}
    kafka.commit(run.group, name, {0: 0})
    assert kafka.committed(run.group, name) == {0: 0} and run.group in kafka.groups("meme-group-")
    run.producer(topic=name, count=50, partition=1).finish()
    assert kafka.ends(name)[1] == 50 and len(kafka.read(name)) == 50 and len(kafka.read(name, {1: 49})) == 1
    app = run.app(environment=run.app_environment(KAFKA_TOPIC_NAME=name)).start()
    assert sorted(place for places in kafka.members(run.group).values() for place in places) == [(name, 0), (name, 1), (name, 2)]
    app.stop()
    assert kafka.members(run.group) == {} and kafka.partitions(run.topic) == 0
    kafka.delete(name)
    assert name not in kafka.topics()


FAKE_CLI = """#!/bin/bash
# Starts the command with a changed environment and passes SIGTERM on, as the real one does; the rest is not there.
while [[ $1 != -- ]]; do shift; done
shift
"$@" &
child=$!
trap 'kill -TERM $child' TERM
wait $child
wait $child
"""


class FakeSupervisor:
    """Enough for Session: one session document, until it is told that the session is over."""

    def __init__(self, run):
        self.run, self.folder, self.api, self.over = run, run.folder, self, False

    def environment(self):
        return {"PATH": os.environ["PATH"]}

    def sessions(self):
        document = {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z", "uid": "u"}, "status": {"env": [{"name": "X", "value": self.run.topic}]}}
        return [] if self.over else [document]

    def splits(self):
        return []

    def describe(self):
        return "a stand-in"


@pytest.mark.parametrize("how", ["end", "kill"])
def test_session_tells_the_checker_when_it_began_and_ended(run, tmp_path, monkeypatch, how):
    """With a stand-in for the CLI that reads the original by another group: what a mirror of everything would collect."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sluice").write_text(FAKE_CLI)
    (tmp_path / "bin" / "sluice").chmod(0o755)
    monkeypatch.setenv("SLUICE_BIN", str(tmp_path / "bin"))
    run.kafka.create(run.topic)
    app = run.app().start()
    supervisor = FakeSupervisor(run)
    session = run.session(supervisor, "anna", {"views-topic": ({"uid": "-"}, "mirror")},
                          environment={"KAFKA_TOPIC_NAME": run.topic, "KAFKA_GROUP_ID": run.group + "-anna"})
    session.start()
    session.wait_joined()
    run.producer(count=1000).finish()
    run.wait_all_collected(session)
    local = session.local()
    supervisor.over = True
    getattr(session, how)()
    assert not processes.alive(local)
    run.producer("2", count=200).finish()
    run.wait_all_collected(app)
    app.stop()
    kinds = [line["kind"] for line in session.events_written()]
    assert kinds == ["session", "ready", "order", "ending", "ended"]
    ledger = run.judge()
    assert ledger["sessions"] == {"anna": 1000} and ledger["application"] == 1200


def test_reader_with_a_limit_leaves_the_rest_in_the_queue(run):
    """What a session needs that is to end with unread messages."""
    run.kafka.create(run.topic)
    run.producer(count=200).finish()
    app = run.app(COLLECT_LIMIT=50).start()
    wait_until(lambda: run.kafka.committed(run.group, run.topic) and sum(run.kafka.committed(run.group, run.topic).values()) == 50, 30,
               "50 committed", seen=lambda: run.kafka.committed(run.group, run.topic))
    assert app.is_ready() and run.kafka.members(run.group)
    app.stop()
    assert run.kafka.log_left(run.folder, run.topic, run.group) == 150
    ledger = run.judge()
    assert (ledger["application"], ledger["left in queues"], ledger["redelivered"]) == (50, 150, 0)
