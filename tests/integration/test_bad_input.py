"""Wrong addresses, names, files, folders and disks: a clear word for each, and nothing is changed."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness.api import ApiError
from harness.manifests import topic
from harness.run import QUEUE
from harness.supervisor import Supervisor, binaries
from harness.wait import wait_until
from testbed.process import Process

ANNA = {"author": "^anna$"}
END_S = 20.0


def unchanged(run, app, topics):
    assert app.restarts == 0 and app.env_file.read_bytes() == run.baseline
    assert run.splits() == [] and set(run.kafka.topics()) == topics


def refused(run, reason, *named, manifests=None, queues=None, deadline_s=20.0):
    """Deploys, changes manifests, asks for a session, and wants this word for it; the application must not notice."""
    app = run.deploy(app={"instances": 1}, start=False)
    topics = set(run.kafka.topics())
    if manifests:
        manifests()
    told = run.ask(run.served_by, "anna", queues or ANNA).wait_failed(deadline_s)
    assert told["reason"] == reason, told
    for name in named:
        assert name in told["message"], told
    unchanged(run, app, topics)
    return told


def test_k_13_wrong_broker_address(run):
    """K-13: found within 10 s of the session's start and said in plain words."""
    app = run.app()
    run.kafka.create(run.topic)
    run.deployed = app
    run.manifests.client_config("base-config", {"bootstrap.servers": "127.0.0.1:1"})
    run.manifests.topics_consumer("c", run.service, [topic(QUEUE)])
    run.manifests.local_service(run.service, app)
    run.served_by = run.supervisor()
    run.baseline, topics = app.env_file.read_bytes(), set(run.kafka.topics())
    session = run.ask(run.served_by, "anna", ANNA)
    told = session.wait_failed(15)
    assert told["reason"] == "BrokerUnreachable" and "127.0.0.1:1" in told["message"], told
    unchanged(run, app, topics)


def test_unknown_topic(run):
    app = run.app(environment=run.app_environment(KAFKA_TOPIC_NAME="no-such-topic"))
    run.deployed = app
    run.usual_manifests(app)
    run.served_by = run.supervisor()
    run.baseline, topics = app.env_file.read_bytes(), set(run.kafka.topics())
    told = run.ask(run.served_by, "anna", ANNA).wait_failed(15)
    assert told["reason"] == "TopicNotFound" and "no-such-topic" in told["message"], told
    unchanged(run, app, topics)


@pytest.mark.parametrize("value", ["", None], ids=["empty", "absent"])
def test_empty_variable(run, value):
    environment = run.app_environment()
    environment.pop("KAFKA_TOPIC_NAME")
    if value is not None:
        environment["KAFKA_TOPIC_NAME"] = value
    app = run.app(environment=environment)
    run.deployed = app
    run.usual_manifests(app)
    run.served_by = run.supervisor()
    run.baseline, topics = app.env_file.read_bytes(), set(run.kafka.topics())
    told = run.ask(run.served_by, "anna", ANNA).wait_failed()
    assert told["reason"] == "NameSourceEmpty" and "KAFKA_TOPIC_NAME" in told["message"], told
    unchanged(run, app, topics)


def test_bad_pattern(run):
    refused(run, "FilterInvalid", "author", QUEUE, queues={"author": "^(anna$"})


def test_broken_yaml_leaves_the_other_files_in_force(run):
    """The file and the line are named; resources of other files work, and what stood in the broken one is not there."""
    app = run.deploy(app={"instances": 1}, start=False, settings={"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"})
    run.manifests.raw("other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n data: [\n")
    wait_until(lambda: "other.yaml" in run.served_by.output.read_text(), 20, "a word about the file", seen=run.served_by.describe)
    lines = [line for line in run.served_by.output.read_text().splitlines() if "other.yaml" in line]
    assert any("ManifestUnreadable" in line and ("line 5" in line or ":5" in line) for line in lines), lines
    assert app.restarts == 0 and app.env_file.read_bytes() == run.baseline
    session = run.ask(run.served_by, "anna", ANNA)
    session.wait_ready()
    session.end()
    run.wait_restored()


def start_and_wait(run, argv_before, environment, folder, log="refused.log"):
    """A supervisor that is expected to end by itself: (status, what it said)."""
    output = run.folder / log
    process = Process([*argv_before, str(binaries() / "sluice-supervisor"), "--standalone", str(folder)], output, env={"PATH": os.environ["PATH"], **environment}, cwd="/")
    try:
        status = process.wait(END_S)
    finally:
        process.kill()
    return status, output.read_text(errors="replace")


def test_unreadable_folder_as_an_unprivileged_user(run):
    """Also a folder that others than its owner can write, which says what is run."""
    home = Path(tempfile.mkdtemp(prefix="sluice-nobody-"))
    try:
        os.chown(home, 65534, 65534)
        as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        copy = home / "bin"
        shutil.copytree(binaries(), copy)
        manifests = home / "manifests"
        manifests.mkdir(mode=0o700)
        environment = {"STATE_DIRECTORY": str(home / "state"), "RUNTIME_DIRECTORY": str(home / "run"), "HOME": str(home)}
        output = run.folder / "nobody.log"
        for mode, word in ((0o700, "Permission denied"), (0o777, "FolderUnsafe")):
            manifests.chmod(mode)
            process = Process([*as_nobody, str(copy / "sluice-supervisor"), "--standalone", str(manifests)], output, env={"PATH": os.environ["PATH"], **environment}, cwd="/")
            try:
                assert process.wait(END_S) != 0
            finally:
                process.kill()
            assert word in output.read_text() and str(manifests) in output.read_text(), output.read_text()
        assert list(manifests.iterdir()) == []
    finally:
        shutil.rmtree(home)


def test_two_supervisors_of_one_folder(run):
    """The second one says who is there, ends, and the first one does not notice."""
    run.deploy(app={"instances": 1}, settings={"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"})
    session = run.ask(run.served_by, "anna", ANNA)
    session.wait_ready()
    pids = run.served_by.pids()
    environment = {name: run.served_by.environment()[name] for name in ("STATE_DIRECTORY", "RUNTIME_DIRECTORY", "HOME")}
    status, text = start_and_wait(run, [], environment, run.manifests.folder)
    assert status not in (0, None) and "StateLocked" in text and str(run.served_by.state) in text, text
    assert run.served_by.pids() == pids and session.phase() == "Ready"
    session.end()
    run.wait_restored()


class Tmpfs:
    """A mount namespace of its own with a tmpfs of 1 MiB at a folder, kept by a process; files in it are reached through that process."""

    def __init__(self, folder, log):
        folder.mkdir(mode=0o700)
        self.folder = folder
        script = f'mount -t tmpfs -o size=1m,mode=0700 sluice-test "{folder}" && echo mounted && exec sleep 600'
        self.process = Process(["unshare", "-m", "--propagation", "private", "sh", "-c", script], log)
        wait_until(lambda: "mounted" in log.read_text() or self.process.poll() is not None, 10, "the small disk", seen=lambda: log.read_text())
        assert self.process.is_running(), log.read_text()

    def enter(self):
        return ["nsenter", f"--mount=/proc/{self.process.pid}/ns/mnt", "--"]

    def fill(self):
        """Until not a byte more fits."""
        subprocess.run([*self.enter(), "sh", "-c", f'dd if=/dev/zero of="{self.folder}/filler" bs=4096 2>/dev/null; dd if=/dev/zero of="{self.folder}/filler2" bs=1 2>/dev/null; :'],
                       check=True, timeout=60)

    def clear(self):
        subprocess.run([*self.enter(), "sh", "-c", f'rm -f "{self.folder}/filler" "{self.folder}/filler2"'], check=True, timeout=60)

    def kill(self):
        self.process.kill()


@pytest.fixture
def small(run):
    """A small disk as the supervisor's state folder."""
    return run._own(Tmpfs(run.folder / "state", run.folder / "tmpfs.log"))


class Inside(Supervisor):
    """A supervisor in the mount namespace of a small disk."""

    def __init__(self, small, *arguments, **options):
        super().__init__(*arguments, **options)
        self.small = small

    def start(self, wait=True):
        argv = [*self.small.enter(), str(binaries() / "sluice-supervisor"), "--standalone", str(self.manifests)]
        self.process = Process(argv, self.output, env=self.environment(), cwd="/")
        if wait:
            self.wait_answers()
        return self


@pytest.mark.parametrize("when", ["at the start", "while it runs"])
def test_full_disk(run, small, when):
    """It is said; nothing is patched or created that could not be written down; with space again it goes on by itself."""
    run.kafka.create(run.topic)
    app = run.deployed = run.app(instances=1)
    run.usual_manifests(app)
    run.baseline, topics = app.env_file.read_bytes(), set(run.kafka.topics())
    supervisor = run.served_by = run._own(Inside(small, run.manifests.folder, run.folder, run.events, environment={"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}))
    if when == "at the start":
        small.fill()
        supervisor.start(wait=False)
    else:
        supervisor.start()
        app.start()
        small.fill()
    numbers, said = iter(range(1000)), []

    def refused():
        """Asked until the word is there: a first answer may still fit into what the disk has."""
        try:
            run.ask(supervisor, f"full-{next(numbers)}", ANNA)
        except ApiError as error:
            said.append(str(error))
        return any("StateUnwritable" in text or "No space left" in text for text in [*said, supervisor.output.read_text()])
    wait_until(refused, 20, "a word about the disk", seen=lambda: (said, supervisor.describe()))
    assert app.restarts == 0 and app.env_file.read_bytes() == run.baseline and set(run.kafka.topics()) == topics
    small.clear()

    def served():
        """Refused at first, while the manifests are not taken over yet."""
        session = run.ask(supervisor, f"free-{next(numbers)}", ANNA)
        return wait_until(lambda: session.phase() in ("Ready", "Failed") and session, 60, "an answer", seen=session.describe).phase() == "Ready"
    wait_until(served, 60, "a session after all", seen=supervisor.describe, poll_s=0.5)
    for document in supervisor.api.sessions():
        supervisor.api.delete("splitsessions", document["metadata"]["name"])
    run.wait_restored()


def test_full_disk_while_messages_flow(run, small):
    """What is split stays split: messages go on to the session and the application, what cannot be written down is refused with the reason, and nothing is lost; with space again,
    sessions begin and end as ever."""
    run.kafka.create(run.topic)
    app = run.deployed = run.app(instances=1)
    run.usual_manifests(app)
    run.baseline = app.env_file.read_bytes()
    supervisor = run.served_by = run._own(Inside(small, run.manifests.folder, run.folder, run.events))
    supervisor.start()
    app.start()
    anna = run.session(supervisor, "anna", ANNA).start()
    producer = run.producer(rate=200)
    run.flow(100)
    workers = supervisor.workers()
    small.fill()
    run.flow(300)
    counts = anna.count(), app.count()
    wait_until(lambda: anna.count() > counts[0] + 20 and app.count() > counts[1] + 20, 30, "messages at the session and the application", seen=supervisor.describe)
    with pytest.raises(ApiError, match="StateUnwritable.*No space left"):
        run.ask(supervisor, "bob", {"author": "^nobody$"})
    for command in ("status", "check"):
        said = subprocess.run([binaries() / "sluice", command], env=supervisor.environment(), capture_output=True, text=True, timeout=60).stdout
        assert "cannot write its state: No space left on device" in said and "(StateUnwritable)" in said, said
    assert supervisor.workers() == workers
    small.clear()
    bob = run.ask(supervisor, "bob", {"author": "^nobody$"})
    bob.wait_ready()
    producer.stop()
    bob.end()
    anna.end()
    run.finish(anna)
