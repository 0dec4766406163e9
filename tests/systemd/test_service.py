"""The packages on a host with systemd: installed, a split of a service of it, and everything that may end or replace a process meanwhile."""

import os
import re
import signal

import pytest

from harness.manifests import topic
from harness.run import QUEUE
from harness.wait import wait_until

from host import UNIT, UnitApp

ANNA = {"author": "^anna$"}
GUARDIAN, SUPERVISOR, WORKER = "sluice-guardian", "sluice-supervisor", "sluice-worker-kafka"


def deploy(run):
    """The application as a unit that Sluice may restart, running on its original topic."""
    service = run.served_by
    service.allow_restart("meme-app.service")
    run.kafka.create(run.topic)
    app = run.deployed = UnitApp(service.machine, run.folder, run.app_environment())
    run.manifests.client_config("base-config", {"bootstrap.servers": run.bootstrap})
    run.manifests.topics_consumer("meme-app-topics-consumer", run.service, [topic(QUEUE)])
    run.manifests.local_service(run.service, app.manifest_app())
    wait_until(app.env_file.exists, 30, "the environment file", seen=service.describe)
    wait_until(app.is_ready, 60, "the application, started by Sluice", seen=service.describe)
    run.baseline = app.env_file.read_bytes()
    return app


def exposure(machine):
    text = machine.run("systemd-analyze", "security", "--no-pager", UNIT, check=False)
    return float(re.search(r"Overall exposure level for sluice\.service: ([0-9.]+)", text)[1])


def assert_journal_has_each_worker_alone(service, split):
    """Each line of its log once, in order, whatever was killed meanwhile; under its own name and with its split."""
    lines = service.log_lines(split)
    entries = wait_until(lambda: len(found := service.journal("-t", f"sluice/{split}")) >= len(lines) and found, 30, "the log in the journal",
                         seen=lambda: service.journal("-t", f"sluice/{split}")[-3:])
    assert [entry["MESSAGE"] for entry in entries][:len(lines)] == lines
    assert {entry["SPLIT"] for entry in entries} == {split}
    names = {entry["SYSLOG_IDENTIFIER"] for entry in service.journal("-u", UNIT)}
    assert {f"sluice/{split}", "sluice-supervisor", "sluice-guardian"} <= names
    assert {"sluice-supervisor", f"sluice/{split}"} == {entry["SYSLOG_IDENTIFIER"] for entry in service.journal(f"SPLIT={split}")}


def test_split_survives_kills_reload_and_upgrade_of_the_installed_service(run):
    """S-16, and every way in which a process of the service ends: 0 lost, the temporary topics and the application's environment kept."""
    service, machine = run.served_by, run.served_by.machine
    assert exposure(machine) <= 2.0
    app = deploy(run)
    producer = run.producer(rate=300)
    anna = run.session(service, "anna", ANNA).start()
    run.flow(200)
    names = {t["name"] for t in run.split()["spec"]["temporaries"]}
    patched, began = app.env_file.read_bytes(), service.show("ActiveEnterTimestampMonotonic")
    guardian, worker = service.pid(GUARDIAN), service.pid(WORKER)

    supervisor = service.kill(SUPERVISOR)
    service.wait_replaced(SUPERVISOR, supervisor)
    service.wait_answers()
    run.flow()
    assert (service.pid(GUARDIAN), service.pid(WORKER)) == (guardian, worker)

    supervisor = service.pid(SUPERVISOR)
    machine.run("systemctl", "reload", UNIT)
    assert service.show("ActiveState") == "active" and service.pid(SUPERVISOR) != supervisor, "reload returns when another supervisor serves"
    worker = service.wait_replaced(WORKER, worker)
    run.wait_phase("Active")
    run.flow()

    service.install(folder=service.next_version())
    worker = service.wait_replaced(WORKER, worker)
    run.wait_phase("Active")
    run.flow()
    assert "+later" in machine.run("dpkg-query", "-W", "sluice-supervisor")
    for pid in (guardian, service.pid(SUPERVISOR), worker):
        assert "(deleted)" not in os.readlink(f"/proc/{pid}/exe"), "the new version runs"
    assert service.pid(GUARDIAN) == guardian and service.show("ActiveEnterTimestampMonotonic") == began, "it was never restarted"

    machine.run("systemctl", "restart", UNIT)
    worker = service.wait_replaced(WORKER, worker)
    run.flow()

    guardian = service.kill(GUARDIAN)
    service.wait_replaced(GUARDIAN, guardian)
    service.wait_replaced(WORKER, worker)
    service.wait_answers()
    run.flow()

    assert app.env_file.read_bytes() == patched
    assert {t["name"] for t in run.split()["spec"]["temporaries"]} == names
    assert names <= set(run.kafka.topics())
    assert_journal_has_each_worker_alone(service, run.split()["metadata"]["name"])
    assert anna.end() == 0
    producer.stop()
    ledger = run.finish(anna)
    assert ledger["application"] > 0 and all(count > 0 for count in ledger["sessions"].values())
    assert exposure(machine) <= 2.0


@pytest.mark.skipif(os.environ.get("SLUICE_FULL") != "1", reason="waits for the watchdog's 30 s; runs with --full")
def test_a_guardian_that_hangs_is_ended_and_started_again(run):
    """WatchdogSec: nobody else could end it, for its children wait for it."""
    service = run.served_by
    guardian = service.pid(GUARDIAN)
    os.kill(guardian, signal.SIGSTOP)
    service.wait_replaced(GUARDIAN, guardian, deadline_s=90.0)
    service.wait_answers()
    assert int(service.show("NRestarts")) == 1
