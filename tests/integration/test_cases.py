"""Cases that have broken systems like this one, as far as they mean something for Kafka on one host. Others are in the files of their subject; CASE-4 is in tests/faults."""
from confluent_kafka.admin import AdminClient
import pytest

from harness.api import condition
from harness.run import QUEUE
from harness.wait import wait_until

ANNA = {"author": "^anna$"}
PATIENT = {"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}


def test_case_10_and_c_7_a_runaway_pattern_is_bounded(run):
    """CASE-10, C-7: a pattern that would run for ever does not match; its owner is told, it is quarantined, and the others go on."""
    run.deploy(settings=PATIENT)
    evil = run.ask(run.served_by, "evil", {"author": "^(a+)+$"})
    evil.wait_ready()
    bob = run.session(run.served_by, "bob", {"author": "^bob$"}).start()
    producer = run.producer(rate=300, authors=",".join("a" * n + "!:1" for n in range(50, 60)) + ",bob:5")
    told = evil.wait_condition("FilterHealthy", "False", 30)
    assert told["reason"] == "FilterLimit" and told["nextStep"] and "author" in told["message"], told
    run.flow(300)
    producer.stop()
    run.wait_all_collected(run.deployed, bob, deadline_s=20)
    assert condition(bob.document(), "FilterHealthy").get("status") != "False"
    evil.end()
    bob.end()
    run.finish(bob)


def test_case_12_and_k_9_a_foreign_member_of_the_group_is_found(run):
    """CASE-12, K-9: somebody outside the workload consumes the original by the same group: Degraded ForeignConsumer, forwarding stops, and goes on by itself."""
    from harness.app import App
    run.deploy(app={"instances": 1})
    producer = run.producer(rate=200)
    anna = run.session(run.served_by, "anna", ANNA).start()
    run.flow(100)
    foreign = run._own(App(run.folder, run.app_environment(), instances=1, label="left:foreign"))
    foreign.start(ready=False)
    run.wait_split_condition("Degraded", "ForeignConsumer")
    foreign.stop()
    wait_until(lambda: condition(run.split(), "Degraded").get("status") == "False", 60, "the split to go on", seen=run.describe)
    run.flow(200)
    anna.end()
    producer.stop()
    run.wait_all_collected(run.deployed, anna, foreign)
    run.wait_restored()


@pytest.mark.long
def test_case_12_and_k_9_static_members_that_keep_the_original_are_found(run):
    """CASE-12, K-9: the broker hands a static member that is restarted within its session timeout its old assignment, and librdkafka consumes it although it did not
    subscribe to it: a clear Degraded while that lasts, and nothing is lost. Instances that come back after the timeout, as the guide says, get the new one."""
    app = run.deploy(app={"environment": run.app_environment(GROUP_INSTANCE_ID="static"), "SESSION_TIMEOUT_MS": 10000})
    producer = run.producer(rate=200)
    run.flow(100)
    anna = run.ask(run.served_by, "anna", ANNA)
    told = run.wait_split_condition("Degraded", "ForeignConsumer")
    assert run.group in told["message"], told
    app.before_start = lambda: wait_until(lambda: not run.kafka.members(run.group), 40, "the broker to forget the static members")
    app.restart()
    wait_until(lambda: condition(run.split(), "Degraded")["status"] == "False", 60, "the members to be where they belong", seen=run.describe)
    anna.wait_ready()
    run.flow(100)
    anna.end()
    run.flow(100)
    producer.stop()
    run.wait_all_collected(app)
    run.wait_restored()


def test_case_14_and_k_11_a_deleted_topic_does_not_stay_back(tmp_path):
    """CASE-14, K-11: a client with auto-creation goes on asking for the deleted topic: it does not come back, or is deleted again."""
    from harness.run import Run
    from testbed.broker import KafkaBroker
    (tmp_path / "run").mkdir()
    with KafkaBroker(tmp_path / "broker", {"auto.create.topics.enable": "true"}) as broker:
        run = Run(tmp_path / "run", broker)
        try:
            run.deploy(settings=PATIENT, app={"instances": 1})
            keeper = run.ask(run.served_by, "keeper", {"author": "^nobody$"})
            keeper.wait_ready()
            anna = run.ask(run.served_by, "anna", ANNA)
            anna.wait_ready()
            name = anna.environment()["KAFKA_TOPIC_NAME"]
            stale = [AdminClient({"bootstrap.servers": run.bootstrap, "allow.auto.create.topics": True, "log_level": 3})]
            anna.end(wait=False)
            seen = set()

            def gone_though_asked():
                there = name in run.kafka.topics()
                if not there:
                    seen.add("gone")
                    stale[0].list_topics(name, timeout=5)      # creates it, as a client's refresh does
                elif seen:
                    seen.add("back")
                return "back" in seen
            wait_until(gone_though_asked, 60, "the topic to be deleted and created again by the stale client", seen=lambda: seen)
            wait_until(lambda: name not in run.kafka.topics(), 60, "the topic to be deleted again", seen=run.describe)
            # It refreshes by itself, too: what it creates after the split's end, nobody deletes any more.
            stale.clear()
            wait_until(lambda: name not in run.kafka.topics(), 60, "the topic to be deleted for good", seen=run.describe)
            keeper.end()
            run.wait_restored()
        finally:
            run.close()


def test_case_25_and_k_12_a_topic_that_grows(run):
    """CASE-25, K-1, K-2: partitions added during a split: temporaries grow first, and no message of the new partitions is missed, by a latest consumer either."""
    run.deploy(app={"instances": 1, "environment": run.app_environment("latest")}, partitions=2)
    anna = run.session(run.served_by, "anna", ANNA, environment={"AUTO_OFFSET_RESET": "latest"}).start()
    producer = run.producer("1", rate=200)
    run.flow(100)
    run.kafka.grow(run.topic, 5)
    fallback = run.fallback()
    wait_until(lambda: run.kafka.partitions(fallback) == 5, 60, "the fallback to grow", seen=run.describe)
    producer.stop()
    run.producer("2", count=600).finish()
    run.wait_all_collected(run.deployed, anna)
    anna.end()
    run.finish(anna)


def deleted_under_a_session(run):
    """A split whose session has unread messages, and whose original is gone. Returns application and session."""
    app = run.deploy(settings=PATIENT, app={"instances": 1})
    session = run.ask(run.served_by, "anna", ANNA)
    session.wait_ready()
    run.producer("1", count=200).finish()
    wait_until(lambda: sum(run.kafka.ends(session.environment()["KAFKA_TOPIC_NAME"]).values()), 30, "messages at the session", seen=run.describe)
    run.kafka.delete(run.topic)
    run.wait_split_condition("Degraded", "TopicNotFound")
    return app, session


def test_case_25_and_k_12_a_topic_that_is_deleted_and_made_again(run):
    """CASE-25, K-12: nothing hangs: the split says that the topic is gone, and with a new one it goes on at its start, said as PositionLost."""
    app, session = deleted_under_a_session(run)
    run.kafka.create(run.topic)
    before = len(app.uids())
    run.producer("2", count=100, authors="bob:1").finish()
    wait_until(lambda: len(app.uids()) >= before + 100, 60, "messages of the new topic at the application", seen=run.describe)
    said = "".join(p.read_text(errors="replace") for p in run.served_by.logs())
    assert "PositionLost" in said
    session.end()
    run.wait_restored()


def test_case_25_and_k_12_a_topic_that_stays_deleted(run):
    """CASE-25, K-12: what is there is drained without it, by a new worker too, and the application gets its environment back; only that cannot be ready on no topic."""
    app, session = deleted_under_a_session(run)
    run.served_by.kill_worker()
    session.end()
    wait_until(lambda: app.env_file.read_bytes() == run.baseline and app.restarts == 2, 60, "the application to be restored", seen=run.describe)
    run.kafka.create(run.topic)
    run.wait_restored()


@pytest.mark.parametrize("what", ["client config edited", "consumer edited", "both deleted"])
def test_case_31_resources_edited_or_deleted_under_a_live_split(run, what):
    """CASE-31: a live split keeps what it began with and comes to its end; edited credentials take a new worker; an edited consumer is said as SpecChanged;
    a deleted configuration is said once it is needed."""
    run.deploy(app={"instances": 1})
    producer = run.producer(rate=200)
    anna = run.session(run.served_by, "anna", ANNA).start()
    run.flow(100)
    worker = run.served_by.workers()
    if what == "client config edited":
        run.manifests.client_config("base-config", {"bootstrap.servers": run.bootstrap, "client.id": "another"})
        wait_until(lambda: run.served_by.workers() not in ([], worker), 60, "a worker with the new configuration", seen=run.describe)
    elif what == "consumer edited":
        run.manifests.topics_consumer(f"{run.service}-topics-consumer", run.service,
                                      [{"id": QUEUE, "clientConfig": "base-config",
                                        "nameSources": [{"directEnvVar": {"container": "consumer", "variable": "KAFKA_TOPIC_NAME", "fallback": "x"}}],
                                        "groupIdSources": [{"directEnvVar": {"container": "consumer", "variable": "KAFKA_GROUP_ID"}}]}], ttl=1)
        run.wait_split_condition("SpecChanged", "SpecChanged")
    else:
        for name in (f"consumer-default-{run.service}-topics-consumer.yaml", "config-mirrord-base-config.yaml"):
            run.manifests.remove(name)
    run.flow(300)
    if what == "both deleted":
        # A worker that dies now cannot be started again: nobody knows the properties any more.
        run.served_by.kill_worker(wait=False)
        run.wait_split_condition("Degraded", "ClientConfigNotFound")
        run.manifests.client_config("base-config", {"bootstrap.servers": run.bootstrap})
        wait_until(run.served_by.workers, 60, "a worker with the configuration that is back", seen=run.describe)
        run.flow(100)
    anna.end()
    producer.stop()
    ledger = run.finish(anna)
    assert ledger["sessions"]["anna"] > 0


def test_c_11_a_manifest_that_broke_before_the_supervisor_died_is_not_gone(run):
    """C-11, C-3: what cannot be read at the start was not deleted; supervisor and worker die, and messages are routed on until the file is mended."""
    run.deploy(app={"instances": 1})
    producer = run.producer(rate=200)
    anna = run.session(run.served_by, "anna", ANNA).start()
    run.flow(100)
    name = f"service-default-{run.service}.yaml"
    good = (run.manifests.folder / name).read_text()
    run.manifests.raw(name, good + "\na: [\n")
    run.served_by.kill_guardian()
    run.wait_split_condition("Degraded", "ManifestUnreadable")
    wait_until(run.served_by.workers, 60, "a worker, though the manifest is broken", seen=run.describe)
    run.flow(200)
    run.manifests.raw(name, good)
    run.wait_split_condition("Degraded", "NotDegraded", "False")
    log = run.served_by.output.read_text()
    assert any("a split is degraded" in line and "ManifestUnreadable" in line for line in log.splitlines())
    assert "a split is well again" in log
    anna.end()
    producer.stop()
    ledger = run.finish(anna)
    assert ledger["sessions"]["anna"] > 0
