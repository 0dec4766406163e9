"""Real client libraries as deployed application and as local process, all at once under one supervisor, each with a topic of its own."""
import pytest

from harness.clients import NAMES, PROTOCOLS, client_missing
from harness.manifests import Manifests
from harness.run import Run
from harness.supervisor import Supervisor

EVERY = [(name, {"GROUP_PROTOCOL": protocol}) for name in NAMES for protocol in PROTOCOLS[name]]
# CASE-12: other kinds of members. Assignors and static membership are the classic protocol's.
# Static members of librdkafka are in test_cases.py.
KINDS = [("python", {"ASSIGNOR": "cooperative-sticky"}), ("java", {"ASSIGNOR": "cooperative-sticky", "GROUP_INSTANCE_ID": "static"}),
         ("franz", {"ASSIGNOR": "cooperative-sticky"})]
MESSAGES = 1500
ALL_READY_S = 120


def label(client, settings):
    return "-".join([client, *(v for v in settings.values() if v != "classic")])


def all_of_them(tmp_path, broker, clients, reset):
    """One run for each client, its local process being the next one of the list; each judged by itself, so a failure names the pair."""
    missing = [m for m in (client_missing(name) for name, _ in clients) if m]
    if missing:
        pytest.skip("; ".join(missing))
    manifests = Manifests(tmp_path / "manifests")
    runs = []
    try:
        for index, (client, settings) in enumerate(clients):
            name = f"{label(client, settings)}-{index}"
            (tmp_path / name).mkdir()
            runs.append(Run(tmp_path / name, broker, service=name, manifests=manifests))
        (tmp_path / "supervisor").mkdir()
        with Supervisor(manifests.folder, tmp_path / "supervisor") as supervisor:
            story(runs, supervisor, clients, reset)
            assert supervisor.stop() == 0
    finally:
        for run in runs:
            run.close()
    for run in runs:
        assert sum(run.judge()["sessions"].values()) > 0


def story(runs, supervisor, clients, reset):
    sessions, producers = [], []
    for run, (client, settings) in zip(runs, clients):
        run.deploy(supervisor, app={"client": client, "environment": run.app_environment(reset, **settings)}, start=False, restart_timeout=100)
        run.deployed.start(ready=False)
    for run in runs:
        run.deployed.wait_ready(ALL_READY_S)
    for run, (client, settings) in zip(runs, clients[1:] + clients[:1]):
        # A static member stays in its group for a while after its end, and the group with it.
        local = {name: value for name, value in settings.items() if name != "GROUP_INSTANCE_ID"}
        session = run.session(supervisor, "anna", {"author": "^anna$"}, client=client, environment={"AUTO_OFFSET_RESET": reset, **local})
        sessions.append(session.start(ready=False))
    for session in sessions:
        session.wait_ready(ALL_READY_S)
    for run, (client, _) in zip(runs, clients):
        producers.append(run.producer(count=MESSAGES, strange=0.2 if "kcat" not in run.service + sessions[runs.index(run)].client else 0))
    for producer in producers:
        producer.finish()
    for run, session in zip(runs, sessions):
        run.wait_all_collected(run.deployed, session)
    for session in sessions:
        session.events.write("ending", name=session.name)
        session.process.signal(15)
    for session in sessions:
        session.process.wait(60)
        session._wait_over(60)
    for run in runs:
        run.wait_restored()
        run.deployed.wait_ready(ALL_READY_S)
        run.wait_committed()
        assert run.deployed.restarts == 2
        run.deployed.stop()


@pytest.mark.long
@pytest.mark.parametrize("reset", ["latest", "earliest"])
def test_every_client_as_application_and_as_local_process(tmp_path, broker, reset):
    """K-2: with latest, the first messages of a temporary topic are not skipped. Two instances each; java and python with both group protocols (K-9)."""
    all_of_them(tmp_path, broker, EVERY, reset)


def test_case_12_members_of_other_kinds(tmp_path, broker):
    """CASE-12: cooperative-sticky and static members."""
    all_of_them(tmp_path, broker, KINDS, "latest")
