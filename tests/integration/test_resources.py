"""Resources and client files as users have them: accepted as they stand, and each field acts. The documents are data here, equal to what users write."""
import base64
import json
import socket
import struct
import subprocess
import threading

import pytest
import yaml

from harness.manifests import env_var
from harness.service_stub import Stub
from harness.supervisor import binaries
from harness.wait import wait_until

PATIENT = {"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}

CONSUMER = """
apiVersion: queues.mirrord.metalbear.co/v1alpha
kind: MirrordKafkaTopicsConsumer
metadata:
  name: meme-app-topics-consumer
  namespace: meme
spec:
  consumerApiVersion: apps/v1
  consumerKind: Deployment
  consumerName: meme-app
  topics:
  - id: views-topic
    clientConfig: base-config
    groupIdSources:
    - directEnvVar:
        container: consumer
        variable: KAFKA_GROUP_ID
    nameSources:
    - directEnvVar:
        container: consumer
        variable: KAFKA_TOPIC_NAME
"""

REGISTRY = """
apiVersion: queues.mirrord.metalbear.co/v1alpha
kind: MirrordWorkloadQueueRegistry
metadata:
  name: meme-app-q-registry
  namespace: meme
spec:
  queues:
    meme-queue:
      queueType: SQS
      nameSource:
        envVar: INCOMING_MEME_QUEUE_NAME
      tags:
        tool: mirrord
    ad-queue:
      queueType: SQS
      nameSource:
        envVar: AD_QUEUE_NAME
      tags:
        tool: mirrord
  consumer:
    name: meme-app
    container: main
    workloadType: Deployment
"""

WITH_SQS = """{
    "operator": true,
    "target": "deployment/meme-app%s",
    "feature": {
        "split_queues": {
            "meme-queue": {
                "queue_type": "SQS",
                "message_filter": {
                    "author": "^me$",
                    "level": "^(beginner|intermediate)$"
                }
            },
            "ad-queue": {
                "queue_type": "SQS",
                "message_filter": {}
            },
            "views-topic": {
                "queue_type": "Kafka",
                "message_filter": {
                    "author": "^me$",
                    "source": "^my-session-"
                }
            }
        }
    }
}
"""

STAR_WITH_COMMAS = """{
    "operator": true,
    "target": "deployment/meme-app/container/consumer",
    "feature": {
        "split_queues": {
            "*": {
                "queue_type": "%s",
                "message_filter": {
                    "author": "^me$",
                }
            },
        }
    }
}
"""


def config(name, **spec):
    return yaml.safe_dump({"apiVersion": "queues.mirrord.metalbear.co/v1alpha", "kind": "MirrordKafkaClientConfig",
                           "metadata": {"name": name, "namespace": "mirrord"}, "spec": spec}, sort_keys=False)


def properties(**values):
    return [{"name": n.replace("_", "."), "value": v} for n, v in values.items()]


@pytest.fixture
def meme(run):
    """The consumer of the examples in namespace meme, whose service has no instances; add a client config, then start the supervisor."""
    run.kafka.create(run.topic)
    stub = Stub(run.folder, run.app_environment())
    run.manifests.local_service("meme-app", stub, namespace="meme", ready=False)
    run.manifests.raw("consumer.yaml", CONSUMER)
    run.stub = stub
    return run


def ask(run, supervisor, name="anna", filters=None, **options):
    return run.ask(supervisor, name, {"views-topic": filters or {"author": "^me$"}}, target="meme-app", namespace="meme", **options)


def sluice(run, supervisor, file, *arguments, name="mirrord.json"):
    """A run of a client file that is expected to end by itself."""
    path = run.folder / name
    path.write_text(file)
    return subprocess.run([str(binaries() / "sluice"), "run", "-f", str(path), *arguments, "--", "env"], env=supervisor.environment(), cwd=run.folder,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=90)


def said(supervisor):
    return supervisor.output.read_text()


def test_consumer_and_client_file_of_the_examples_act(meme):
    """The example consumer; a file in the examples' form with the container in its target (both spellings), comments and trailing commas; "*"."""
    meme.manifests.raw("config.yaml", config("base-config", properties=properties(bootstrap_servers=meme.bootstrap)))
    supervisor = meme.supervisor(environment=PATIENT)
    kept = ask(meme, supervisor, "kept")
    kept.wait_ready()
    kafka_only = json.loads(WITH_SQS % "/consumer")
    for queue in ("meme-queue", "ad-queue"):
        del kafka_only["feature"]["split_queues"][queue]
    names = set()
    for file, name in ((json.dumps(kafka_only), "mirrord.json"), (STAR_WITH_COMMAS % "Kafka", "mirrord.json"), (yaml.safe_dump(kafka_only), "mirrord.yaml"),
                       ("// mine\n" + json.dumps(kafka_only).replace("/consumer", "/container/consumer"), "mirrord.json")):
        done = sluice(meme, supervisor, file, "-n", "meme", name=name)
        assert done.returncode == 0, done.stdout.decode()
        environment = dict(line.split("=", 1) for line in done.stdout.decode().splitlines() if "=" in line)
        assert environment["KAFKA_GROUP_ID"].endswith(meme.group) and environment["KAFKA_TOPIC_NAME"] != meme.topic
        names.add(environment["KAFKA_TOPIC_NAME"])
    assert len(names) == 4 and all(n.startswith("mirrord-tmp-") and n.endswith("-" + meme.topic) for n in names)
    split, = supervisor.api.splits()
    fallback = next(t["name"] for t in split["spec"]["temporaries"] if t["role"] == "fallback")
    assert meme.stub.current_environment()["KAFKA_TOPIC_NAME"] == fallback and fallback.endswith(f"-fallback-{meme.topic}")
    assert meme.stub.current_environment()["KAFKA_GROUP_ID"] == meme.group
    kept.end()


@pytest.mark.parametrize("registry", [True, False])
def test_a_file_that_names_sqs_ids_is_refused_with_the_ids(meme, registry):
    """The whole example file: it parses, and its session is refused with QueueTypeNotEnabled and the ids."""
    meme.manifests.raw("config.yaml", config("base-config", properties=properties(bootstrap_servers=meme.bootstrap)))
    if registry:
        meme.manifests.raw("registry.yaml", REGISTRY)
    supervisor = meme.supervisor()
    done = sluice(meme, supervisor, WITH_SQS % "/container/consumer", "-n", "meme")
    text = done.stdout.decode()
    assert done.returncode == 73 and "QueueTypeNotEnabled" in text and "meme-queue" in text and "ad-queue" in text, text
    assert supervisor.api.splits() == [] and meme.kafka.temporary() == [n for n in meme.kafka.temporary() if meme.token not in n]


@pytest.mark.parametrize("kind", ["StatefulSet", "Rollout", "LocalService"])
def test_every_kind_of_workload_names_the_local_service(meme, kind):
    document = yaml.safe_load(CONSUMER)
    document["spec"]["consumerKind"] = kind
    meme.manifests.document("consumer", document)
    meme.manifests.raw("config.yaml", config("base-config", properties=properties(bootstrap_servers=meme.bootstrap)))
    supervisor = meme.supervisor(environment=PATIENT)
    session = ask(meme, supervisor, kind=kind)
    session.wait_ready()
    session.end()


def test_consumer_without_namespace_is_in_default_and_config_map_values_resolve(run):
    """metadata.namespace absent; valueFrom.configMapKeyRef and envFrom with prefix; nameSources fallback for an absent variable."""
    run.kafka.create(run.topic)
    document = yaml.safe_load(CONSUMER)
    del document["metadata"]["namespace"]
    run.manifests.document("consumer", document)
    run.manifests.raw("config.yaml", config("base-config", properties=properties(bootstrap_servers=run.bootstrap)))
    run.manifests.config_map("names", {"topic": run.topic})
    run.manifests.config_map("more", {"GROUP_ID": run.group})
    run.manifests.local_service("meme-app", Stub(run.folder, {}), ready=False, env=[env_var("KAFKA_TOPIC_NAME", config_map="names", key="topic")],
                                env_from=[{"prefix": "KAFKA_", "configMapRef": {"name": "more"}}])
    supervisor = run.supervisor(environment=PATIENT)
    session = run.ask(supervisor, "anna", {"author": "^me$"}, target="meme-app")
    session.wait_ready()
    queue, = (s["spec"]["queue"] for s in supervisor.api.splits())
    assert (queue["name"], queue["group"]) == (run.topic, run.group)
    session.end()


def test_fallback_of_a_name_source_is_used_when_the_variable_is_absent(meme):
    document = yaml.safe_load(CONSUMER)
    document["spec"]["topics"][0]["nameSources"][0]["directEnvVar"].update(variable="ABSENT", fallback=meme.topic)
    meme.manifests.document("consumer", document)
    meme.manifests.raw("config.yaml", config("base-config", properties=properties(bootstrap_servers=meme.bootstrap)))
    supervisor = meme.supervisor(environment=PATIENT)
    session = ask(meme, supervisor)
    session.wait_ready()
    assert meme.stub.current_environment()["ABSENT"] != meme.topic and session.environment()["ABSENT"] != meme.topic
    session.end()
    wait_until(lambda: "ABSENT" not in meme.stub.current_environment(), 60, "the variable to be gone again", seen=supervisor.describe)


WRONG = "127.0.0.1:1"


@pytest.mark.parametrize("which", ["property over secret", "secret over parent", "parent property", "parent secret"])
def test_priority_of_client_properties(meme, which):
    """Child property, child secret, parent property, parent secret, highest first: only one of them names the broker, all below it are wrong."""
    order = ["property over secret", "secret over parent", "parent property", "parent secret"]
    place = order.index(which)
    value = [None if i < place else meme.bootstrap if i == place else WRONG for i in range(4)]

    def one(name, own, secret, **more):
        if secret:
            meme.manifests.secret(f"{name}-secret", {"bootstrap.servers": secret})
            more["loadFromSecret"] = f"mirrord/{name}-secret"
        meme.manifests.raw(f"{name}.yaml", config(name, properties=properties(bootstrap_servers=own) if own else [], **more))

    one("base-config", value[0], value[1], parent="parent-config")
    one("parent-config", value[2], value[3])
    supervisor = meme.supervisor(environment=PATIENT)
    session = ask(meme, supervisor)
    session.wait_ready()
    session.end()


class Listener:
    """Takes connections and keeps the first bytes of each."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.heard = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                link, _ = self.socket.accept()
                link.settimeout(5)
                with link:
                    self.heard.append(link.recv(4096))
            except TimeoutError:
                continue
            except OSError:
                return

    def kill(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def client_id(request):
    """Of a Kafka request: size, key, version, correlation, client id."""
    length = struct.unpack(">h", request[12:14])[0]
    return request[14:14 + length].decode()


def test_inherited_properties_reach_the_client_and_null_removes_one(meme):
    """The example of a parent: a number as value, client.id added, message.send.max.retries removed by null, and the parent's bootstrap.servers used."""
    listener = meme._own(Listener())
    meme.manifests.raw("base.yaml", config("parent-config", properties=[{"name": "bootstrap.servers", "value": listener.address},
                                                                      {"name": "message.send.max.retries", "value": 4}]))
    meme.manifests.raw("config.yaml", config("base-config", parent="parent-config",
                                             properties=[{"name": "client.id", "value": "mirrord-operator"}, {"name": "message.send.max.retries", "value": None}]))
    supervisor = meme.supervisor(environment=PATIENT)
    ask(meme, supervisor)
    heard = wait_until(lambda: [h for h in listener.heard if len(h) > 14], 20, "a request of the client", seen=supervisor.describe)
    assert client_id(heard[0]) == "mirrord-operator"


def test_null_removes_an_inherited_address(meme):
    meme.manifests.raw("base.yaml", config("parent-config", properties=properties(bootstrap_servers=meme.bootstrap)))
    meme.manifests.raw("config.yaml", config("base-config", parent="parent-config", properties=properties(bootstrap_servers=None)))
    told = ask(meme, meme.supervisor()).wait_failed()
    assert told["reason"] == "ClientConfigInvalid" and "bootstrap.servers" in told["message"], told


def test_tls_properties_of_the_example_reach_the_client(meme):
    """ssl.*.pem from a secret: the client speaks TLS, and with contents that are none it is said on the session."""
    listener = meme._own(Listener())
    meme.manifests.raw("config.yaml", config("base-config", properties=properties(bootstrap_servers=listener.address, security_protocol="SSL")))
    supervisor = meme.supervisor(environment=PATIENT)
    ask(meme, supervisor)
    wait_until(lambda: any(h[:1] == b"\x16" for h in listener.heard), 20, "a TLS hello", seen=lambda: listener.heard)
    names = ("ssl.certificate.pem", "ssl.key.pem", "ssl.ca.pem", "ssl.key.password")
    meme.manifests.raw("secret.yaml", yaml.safe_dump({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mirrord-kafka-ssl", "namespace": "mirrord"},
                                                      "type": "Opaque", "data": {n: base64.b64encode(b"...").decode() for n in names}}))
    meme.manifests.raw("ssl.yaml", config("ssl-auth", loadFromSecret="mirrord/mirrord-kafka-ssl", properties=properties(bootstrap_servers=listener.address,
                                                                                                                    security_protocol="SSL")))
    document = yaml.safe_load(CONSUMER)
    document["spec"]["topics"][0]["clientConfig"] = "ssl-auth"
    meme.manifests.document("consumer", document)
    # The change must have been seen before the session is judged; until then it is asked again.
    numbers = iter(range(100))

    def refused():
        session = ask(meme, supervisor, f"tls-{next(numbers)}")
        told = session.wait_failed(30)
        return told["reason"] == "ClientConfigInvalid"
    wait_until(refused, 30, "a word about the certificate", seen=supervisor.describe, poll_s=0.5)


def test_authentication_extra_is_not_yet_supported(meme):
    meme.manifests.raw("config.yaml", config("base-config", authenticationExtra={"awsRegion": "eu-south-1", "kind": "MSK_IAM"}, properties=[]))
    told = ask(meme, meme.supervisor()).wait_failed()
    assert told["reason"] == "NotYetSupported" and "authenticationExtra" in told["message"], told


def test_split_ttl_and_restart_timeout_act(meme):
    """consumerRestartTimeout: a restart that does not come to its end is told on the session by then. splitTtl is in test_split_basic."""
    document = yaml.safe_load(CONSUMER)
    document["spec"]["consumerRestartTimeout"] = 2
    meme.manifests.document("consumer", document)
    meme.manifests.raw("config.yaml", config("base-config", properties=properties(bootstrap_servers=meme.bootstrap)))
    service = yaml.safe_load((meme.manifests.folder / "service-meme-meme-app.yaml").read_text())
    service["spec"]["ready"] = ["/bin/false"]
    meme.manifests.document("service-meme-meme-app", service)
    supervisor = meme.supervisor(environment=PATIENT)
    told = ask(meme, supervisor).wait_failed(40)
    assert told["reason"] in ("RestartTimeout", "RestartFailed"), told
    wait_until(lambda: meme.stub.current_environment()["KAFKA_TOPIC_NAME"] == meme.topic, 60, "the environment restored", seen=supervisor.describe)


def test_unknown_fields_warn_and_inside_a_name_source_they_are_errors(meme):
    document = yaml.safe_load(CONSUMER)
    document["spec"]["futureField"] = 1
    meme.manifests.document("consumer", document)
    meme.manifests.raw("config.yaml", config("base-config", properties=properties(bootstrap_servers=meme.bootstrap), alsoNew={"a": 1}))
    supervisor = meme.supervisor(environment=PATIENT)
    session = ask(meme, supervisor)
    session.wait_ready()
    assert "FieldUnknown" in said(supervisor) and "futureField" in said(supervisor) and "alsoNew" in said(supervisor)
    session.end()


@pytest.mark.parametrize("change, reason, named", [
    (lambda t: t["nameSources"][0]["directEnvVar"].update(jsonPath="$.x"), "FieldUnknown", "jsonPath"),
    (lambda t: t["nameSources"][0].update(secretRef={"name": "x"}), "FieldUnknown", "secretRef"),
    (lambda t: t.update(nameSources="KAFKA_TOPIC_NAME"), "FieldInvalid", "nameSources"),
    (lambda t: t["nameSources"][0]["directEnvVar"].pop("variable"), "FieldMissing", "variable"),
    (lambda t: t.update(clientConfig="none-such"), "ClientConfigNotFound", "none-such"),
    (lambda t: t["nameSources"][0]["directEnvVar"].update(container="none-such"), "ContainerNotFound", "none-such"),
    (lambda t: t["nameSources"].append({"directEnvVar": {"container": "consumer", "variable": "KAFKA_GROUP_ID"}}), "NameSourcesDiffer", "KAFKA_GROUP_ID"),
    (lambda t: t.pop("groupIdSources"), "GroupUndeclared", "views-topic"),
    (lambda t: t["nameSources"][0]["directEnvVar"].update(variable="LD_PRELOAD"), "VariableRefused", "LD_PRELOAD"),
], ids=["unknown in the variable", "unknown in the source", "wrong type", "missing", "no config", "no container", "sources differ", "no group", "W-7 loader variable"])
def test_a_wrong_topic_entry_is_named_on_the_session(meme, change, reason, named):
    document = yaml.safe_load(CONSUMER)
    change(document["spec"]["topics"][0])
    meme.manifests.document("consumer", document)
    meme.manifests.raw("config.yaml", config("base-config", properties=properties(bootstrap_servers=meme.bootstrap)))
    before = set(meme.kafka.topics())
    supervisor = meme.supervisor()
    told = ask(meme, supervisor).wait_failed()
    assert told["reason"] == reason and named in told["message"], told
    assert supervisor.api.splits() == [] and set(meme.kafka.topics()) == before
    assert meme.stub.current_environment()["KAFKA_TOPIC_NAME"] == meme.topic


@pytest.mark.parametrize("changed, reason, named", [
    ({"properties": [{"name": "plugin.library.paths", "value": "/tmp/evil.so"}]}, "PropertyRefused", "plugin.library.paths"),
    ({"properties": [], "parent": "base-config"}, "ClientConfigInvalid", "base-config"),
    ({"properties": [], "parent": "none-such"}, "ClientConfigNotFound", "none-such"),
    ({"properties": [], "loadFromSecret": "mirrord/none-such"}, "SecretNotFound", "none-such"),
    ({"properties": [], "loadFromSecret": "elsewhere/secret"}, "SecretNotAllowed", "elsewhere"),
    ({"properties": {"a": "b"}}, "FieldInvalid", "properties"),
], ids=["S-3 property", "cycle", "no parent", "no secret", "secret elsewhere", "wrong type"])
def test_a_wrong_client_config_is_named_on_the_session(meme, changed, reason, named):
    meme.manifests.raw("config.yaml", config("base-config", **changed))
    supervisor = meme.supervisor()
    told = ask(meme, supervisor).wait_failed()
    assert told["reason"] == reason and named in told["message"], told
    assert supervisor.api.splits() == []


def test_every_other_refusal_names_what_is_wrong(meme):
    """Unknown target, container, queue id (with the list of ids), type, jq filter and pattern; one supervisor, as none of them changes anything."""
    meme.manifests.raw("config.yaml", config("base-config", properties=properties(bootstrap_servers=meme.bootstrap)))
    supervisor = meme.supervisor()
    cases = {
        "target": (dict(target="other-app"), {}, "TargetNotFound", "other-app"),
        "container": (dict(container="sidecar"), {}, "ContainerNotFound", "sidecar"),
        "id": ({}, {"nothing": {"author": "x"}}, "QueueNotFound", "views-topic"),
        "type": (dict(queue_type="SQS"), {}, "QueueType", "views-topic"),
        "pattern": ({}, {"views-topic": {"author": "^(me$"}}, "FilterInvalid", "author"),
    }
    for name, (options, queues, reason, named) in cases.items():
        session = meme.ask(supervisor, name, queues or {"views-topic": {"author": "^me$"}}, **{"target": "meme-app", "namespace": "meme", **options})
        told = session.wait_failed()
        assert told["reason"].startswith(reason) and named in told["message"], (name, told)
    jq = sluice(meme, supervisor, json.dumps({"target": "deployment/meme-app", "feature": {"split_queues": {"views-topic": {
        "queue_type": "Kafka", "jq_filter": ".a == 1"}}}}), "-n", "meme")
    assert jq.returncode == 73 and b"JqNotYetSupported" in jq.stdout, jq.stdout
    assert supervisor.api.splits() == []
