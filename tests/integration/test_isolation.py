"""Splits beside one another, and a target of no instance."""
import json

from checker.canon import header_last
from harness.api import condition
from harness.manifests import Manifests
from harness.run import Run
from harness.supervisor import Supervisor
from harness.wait import wait_until

ANNA = {"author": "^anna$"}


def the_other(supervisor, calm):
    """The one worker beside the calm one."""
    def others():
        workers = set(supervisor.workers())
        assert calm in workers, "the calm split has lost its process"
        return workers - {calm}
    wait_until(lambda: len(others()) == 1, 20, "one worker for the troubled split", seen=supervisor.describe)
    return others().pop()


def test_i8_k19_what_one_split_suffers_the_others_do_not_see(tmp_path, broker):
    """I-8, K-19: a worker for each split. One is killed again and again, then its topic is deleted; the other split keeps its process, has no condition, and gets exactly
    once and in order what was sent."""
    manifests, runs = Manifests(tmp_path / "manifests"), []
    for name in ("calm", "troubled"):
        (tmp_path / name).mkdir()
        runs.append(Run(tmp_path / name, broker, service=name, manifests=manifests))
    calm, troubled = runs
    (tmp_path / "supervisor").mkdir()
    try:
        with Supervisor(manifests.folder, tmp_path / "supervisor") as supervisor:
            for run in runs:
                run.deploy(supervisor, app={"instances": 1})
            anna = calm.session(supervisor, "anna", ANNA).start()
            (own,) = supervisor.workers()
            bob = troubled.session(supervisor, "bob", ANNA).start()
            producer = calm.producer(rate=200)
            for _ in range(2):
                supervisor.kill_worker(supervisor.workers().index(the_other(supervisor, own)))
                calm.flow(100)
            troubled.kafka.delete(troubled.topic)
            troubled.wait_split_condition("Degraded", "TopicNotFound")
            calm.flow(200)
            the_other(supervisor, own)
            assert condition(calm.split(), "Degraded").get("status") != "True", calm.split()
            producer.stop()
            anna.end()
            calm.finish(anna, stop=False, no_order_excuse=True)
            bob.kill(wait=False)
    finally:
        for run in runs:
            run.close()


def test_w4_a_service_without_instances_is_ready_at_once_and_drains(run):
    """W-4: a target scaled to zero: the session is Ready, gets its messages, and after it everything is as before."""
    app = run.deploy(app={"instances": 0})
    run.kafka.commit(run.group, run.topic, {p: 0 for p in range(4)})
    anna = run.session(run.served_by, "anna", ANNA).start()
    producer = run.producer(count=300, authors="anna:1")
    producer.finish()
    run.wait_all_collected(anna)
    anna.end()
    run.wait_restored()
    assert app.restarts == 2 and app.count() == 0
    assert run.served_by.stop() == 0


def test_k19_two_supervisors_of_one_original_forward_nothing_twice(run, tmp_path):
    """As on two hosts of one service: they take the split from each other, which both say, and each message goes one way."""
    settings = {"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}
    run.deploy(app={"instances": 1}, settings=settings)
    (tmp_path / "second").mkdir()
    second = Run(tmp_path / "second", run.broker, service="second")
    second.topic, second.group, second.topics = run.topic, run.group, run.topics
    try:
        second.deployed = second.app(instances=1)
        second.usual_manifests(second.deployed)
        second.served_by = second.supervisor(environment=settings)
        second.deployed.start()
        run.ask(run.served_by, "anna", ANNA).wait_ready()
        second.ask(second.served_by, "bob", {"author": "^bob$"})
        wait_until(lambda: second.splits() and second.splits()[0]["status"]["phase"] == "Active", 60, "the second split", seen=second.describe)
        producer = run.producer(count=300, rate=50)
        wait_until(lambda: "WorkerFenced" in json.dumps(run.splits() + second.splits()), 30, "one of them to say it", seen=second.describe)
        producer.finish()

        def forwarded():
            return [header_last(m.headers(), "uid") for name in run.kafka.temporary() if run.topic in name for m in run.kafka.read(name)]
        wait_until(lambda: len(forwarded()) >= 300, 60, "all to be forwarded", seen=lambda: len(forwarded()), poll_s=1)
        found = forwarded()
        assert len(found) == len(set(found)) == 300
    finally:
        second.close()
