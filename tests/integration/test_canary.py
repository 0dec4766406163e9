"""S-4, S-11, I-9: secrets, contents of messages and patterns are planted everywhere, and looked for where they must not be: logs at the most talkative level, arguments,
environments, names and contents of state files, every answer of the API and every page of the command line."""
import json
import random
import secrets
import subprocess

from harness import processes
from harness.api import ApiError
from harness.manifests import env_var, topic
from harness.supervisor import binaries
from harness.wait import wait_until

PLURALS = ("apis/sluice.dev/v1alpha1/splitsessions", "apis/sluice.dev/v1alpha1/queuesplits", "apis/sluice.dev/v1alpha1/localservices", "api/v1/configmaps", "api/v1/secrets",
           "apis/queues.mirrord.metalbear.co/v1alpha/mirrordkafkatopicsconsumers", "apis/queues.mirrord.metalbear.co/v1alpha/mirrordkafkaclientconfigs",
           "apis/queues.mirrord.metalbear.co/v1alpha/mirrordworkloadqueueregistries")
# What people wrote into documents that they may read is shown to them: their own configs, services and patterns. How to restore a service's environment is kept in a
# file as private as the environment file itself.
SHOWN = {"config": ("api mirrordkafkaclientconfigs",), "service": ("api localservices", "state private target"), "environment": ("state private target",),
         "pattern": ("api splitsessions", "state SplitSession", "status"), "secret": (), "message": ()}


class Canaries:
    """Random words by what they stand for; each is planted once, so that a find says where it came from."""

    def __init__(self):
        self.planted = []

    def plant(self, kind, what):
        word = f"canary{secrets.token_hex(8)}"
        self.planted.append((kind, what, word.encode()))
        return word

    def found(self, where, data):
        """Finds of what must not be there; where begins with the kind of place."""
        return [f"{what} in {where}" for kind, what, word in self.planted if word in data and not where.startswith(SHOWN[kind])]


def files(run, supervisor):
    """Every file that Sluice wrote: state, run-time folder, logs; not what the test gave it, nor the environment file, which is for the service alone."""
    for root in (supervisor.state, supervisor.runtime):
        for path in root.rglob("*"):
            kind = "SplitSession" if "splitsession" in path.name.lower() else "file"
            if path.name.startswith("target.") and path.stat().st_mode & 0o777 == 0o600 and root.stat().st_mode & 0o777 == 0o700:
                kind = "private target"
            yield f"state name {path}", str(path).encode()
            if path.is_file():
                yield f"state {kind} {path}", path.read_bytes()
    for path in (supervisor.output, *run.folder.glob("session-*.log")):
        yield f"log {path}", path.read_bytes()


def running(supervisor):
    """Arguments of everything that runs on this machine, and the environments of ours."""
    for pid in processes.pids():
        yield f"argv of {pid}", processes.command_line(pid).encode()
    for pid in supervisor.pids():
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                yield f"environ of {pid} {processes.program(pid)}", file.read()
        except OSError:
            assert not processes.alive(pid), f"the environment of {pid} cannot be read"


def answers(run, supervisor):
    for path in PLURALS:
        try:
            yield f"api {path.rsplit('/', 1)[1]}", json.dumps(supervisor.api.request("GET", f"/{path}")).encode()
        except ApiError as error:
            assert error.status == 403 and path.endswith("secrets"), error  # nobody reads secrets here
    splits = [s["metadata"]["name"] for s in run.splits()]
    for path in ("figures", "errors"):
        yield f"api {path}", json.dumps(supervisor.api.request("GET", f"/sluice/v1/{path}")).encode()
    yield "metrics of the api", supervisor.api.text("/metrics").encode()
    sessions = [s["metadata"]["name"] for s in supervisor.api.sessions()]
    pages = [("status",), ("status", "-o", "json"), ("check",), *(("logs", name) for name in splits), *(("status", name) for name in splits + sessions)]
    for page in pages:
        done = subprocess.run([binaries() / "sluice", *page], env=supervisor.environment(), capture_output=True, timeout=60, check=False)
        yield " ".join(page), done.stdout + done.stderr
        assert done.stdout or done.stderr, f"sluice {page} says nothing"


def assert_hidden(run, canaries):
    supervisor, found, seen = run.served_by, [], set()
    for places in (files(run, supervisor), running(supervisor), answers(run, supervisor)):
        for where, data in places:
            seen.add(where.split(" ", 1)[0])
            found += canaries.found(where, data)
    assert seen >= {"state", "log", "argv", "environ", "api", "metrics", "status", "check"}, f"places were not looked at: {seen}"
    assert not found, "\n".join(found)


def plant_manifests(run, canaries):
    """A client config with a secret, one that is wrong in three ways, and a service with secrets in its environment."""
    plant = canaries.plant
    run.manifests.secret("kafka", {"sasl.password": plant("secret", "the SASL password"), "sasl.username": plant("secret", "the SASL user")})
    run.manifests.client_config("base-config", {"bootstrap.servers": run.bootstrap, "ssl.key.password": plant("config", "a password in a client config")}, secret="mirrord/kafka")
    wrong = {"wrong-number": {"socket.timeout.ms": plant("config", "a wrong number")}, "wrong-word": {"compression.type": plant("config", "a wrong word")},
             "wrong-key": {"security.protocol": "SSL", "ssl.key.pem": plant("config", "a key that is none")}}
    for name, properties in wrong.items():
        run.manifests.client_config(name, {"bootstrap.servers": run.bootstrap, **properties})
    run.manifests.topics_consumer("topics", run.service, [topic("views-topic"), *(topic(name, client_config=name, name_variable=f"TOPIC_{i}") for i, name in enumerate(wrong))],
                                  annotations={"leftovers": "discard", "drain-timeout": 0})
    run.manifests.secret("app", {"PASSWORD": plant("environment", "the application's password")}, namespace="default")
    env = [env_var(n, v) for n, v in run.deployed.environment.items()]
    env += [env_var("PASSWORD", secret="app"), env_var("DATABASE", f"db://me:{plant('service', 'a password in a value')}@db/")]
    env += [env_var(f"TOPIC_{i}", f"{run.topic}-{i}") for i in range(len(wrong))]
    run.manifests.local_service(run.service, run.deployed, env=env)
    return wrong


def test_s4_s11_i9_planted_secrets_and_messages_appear_nowhere(run):
    canaries = Canaries()
    plant = canaries.plant
    run.kafka.create(run.topic, *(f"{run.topic}-{i}" for i in range(3)))
    run.deployed = run.app(instances=1)
    wrong = plant_manifests(run, canaries)
    supervisor = run.served_by = run.supervisor(environment={"OPERATOR_LOG_LEVEL": "trace", "OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"})
    word = plant("pattern", "a pattern")
    anna = run.ask(supervisor, "anna", {"views-topic": {"author": "^anna$", "token": word}})
    slow = run.ask(supervisor, "slow", {"views-topic": {"slow": f"{plant('pattern', 'a pattern that hits its limit')}|^(a+)+$"}})
    anna.wait_ready()
    slow.wait_ready()
    assert_hidden(run, canaries)
    refused = run.ask(supervisor, "refused", {"views-topic": {"author": f"({plant('pattern', 'a wrong pattern')}"}}).wait_failed()
    assert refused["reason"] == "FilterInvalid"
    for name in wrong:
        assert run.ask(supervisor, name, {name: {"author": "x"}}).wait_failed(60)["reason"] in ("ClientConfigInvalid", "PropertyRefused", "BrokerUnreachable")
    mine = [("author", b"anna"), ("token", f"<{word}>".encode()), ("secret", plant("message", "a header's value").encode()), (plant("message", "a header's name"), b"x")]
    other = [("slow", b"a" * 30 + b"!" + plant("message", "a value at which a filter hit its limit").encode())]
    body, key = plant("message", "a body").encode(), plant("message", "a key").encode()
    run.kafka.produce(run.topic, mine, *[other] * 5, key=key, value=body)
    given = anna.environment()["KAFKA_TOPIC_NAME"]
    wait_until(lambda: run.kafka.read(given), 30, "the message at its session", seen=run.describe)
    wait_until(lambda: any(c.get("reason") == "FilterLimit" for c in slow.document()["status"]["conditions"]), 30, "the quarantined filter told", seen=slow.describe)
    # One that its session's topic refuses, so that the worker has to speak of it; what cannot be compressed stays large.
    run.kafka.configure(given, max_message_bytes=1000)
    run.kafka.produce(run.topic, mine, key=key, value=random.Random(1).randbytes(3000) + body)
    wait_until(lambda: len(run.kafka.read(run.fallback())) >= 6, 30, "the refused message in the fallback", seen=run.describe)
    assert_hidden(run, canaries)
    supervisor.kill_worker()
    supervisor.kill_supervisor()
    run.kafka.produce(run.topic, mine, key=key, value=body)
    wait_until(lambda: len(run.kafka.read(given)) == 2, 60, "the message after the kills", seen=run.describe)
    assert_hidden(run, canaries)
    anna.end()
    slow.end()
    wait_until(lambda: not run.splits(), 120, "the split to be over", seen=run.describe)
    assert_hidden(run, canaries)
    assert supervisor.stop() == 0


def test_s12_s4_nothing_of_ours_leaves_a_core_file(run):
    run.deploy(start=False, app={"instances": 1}, settings={"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}, annotations={"leftovers": "discard", "drain-timeout": 0})
    run.ask(run.served_by, "anna", {"author": "^anna$"}).wait_ready()
    for pid in run.served_by.workers():
        with open(f"/proc/{pid}/limits", encoding="ascii") as file:
            core = next(line for line in file if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"], core
