"""SQS beside Kafka on a cluster, with the operator's AWS identity as EKS gives it: by a token that is mounted into the workers."""
from pathlib import Path

import boto3
import pytest
from harness.events import Tail
from harness.run import QUEUE
from harness.sqs import Sqs
from harness.wait import wait_until

from application import NAME, TESTS, Application
from definitions import QUEUES
from release import NAMESPACE
from testbed.sqs.moto import Moto

SQS_QUEUE, SQS_VARIABLE = "views-queue", "SQS_QUEUE"
ROLE = "arn:aws:iam::123456789012:role/sluice"
DEPLOYMENT = ("apps/v1", "deployments", "mirrord-operator")
# What its webhook adds to pods of a service account with a role.
TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
VOLUME = {"name": "aws-iam-token", "projected": {"sources": [
    {"serviceAccountToken": {"audience": "sts.amazonaws.com", "expirationSeconds": 86400, "path": "token"}}]}}
COLLECT_SQS = TESTS / "clients" / "sqs_python" / "collect.py"
LIBRARIES = Path(boto3.__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def sqs_server(cluster, tmp_path_factory):
    with Moto(tmp_path_factory.mktemp("moto"), network=cluster.network) as found:
        yield found


def as_eks_does(template, account):
    """The template with the role of the service account in each container that is not left out."""
    role = account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
    skipped = template["metadata"]["annotations"]["eks.amazonaws.com/skip-containers"].split(",")
    for container in template["spec"]["containers"]:
        if container["name"] not in skipped:
            container.setdefault("env", []).extend([{"name": "AWS_ROLE_ARN", "value": role},
                                                    {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": f"{TOKEN_FOLDER}/token"},
                                                    {"name": "AWS_REGION", "value": Moto.region}])
            container["volumeMounts"].append({"name": VOLUME["name"], "mountPath": TOKEN_FOLDER, "readOnly": True})
    return {"spec": {**template["spec"], "volumes": [*template["spec"]["volumes"], VOLUME]}}


def template_of(api):
    return api.get(*DEPLOYMENT, NAMESPACE)["spec"]["template"]


def roll_out(operator, values, template):
    """Values of the chart and the template that is made of its own change with one rollout."""
    api = operator.cluster.api
    api.patch(*DEPLOYMENT, {"spec": {"paused": True}}, NAMESPACE)
    operator.upgrade(**values)
    wanted = api.patch(*DEPLOYMENT, {"spec": {"paused": None, "template": template(template_of(api))}}, NAMESPACE)

    def is_rolled_out():
        status = api.get(*DEPLOYMENT, NAMESPACE)["status"]
        return status.get("observedGeneration", 0) >= wanted["metadata"]["generation"] and [
            status.get(name) for name in ("replicas", "updatedReplicas", "readyReplicas")] == [1, 1, 1]
    wait_until(is_rolled_out, 90, "the operator to be rolled out", seen=operator.describe)


@pytest.fixture(scope="module")
def sqs_operator(operator, sqs_server):
    """Whoever comes after finds the operator as it was."""
    api, values, before = operator.cluster.api, dict(operator.values), template_of(operator.cluster.api)

    def with_role(template):
        return as_eks_does(template, api.get("v1", "serviceaccounts", "mirrord-operator", NAMESPACE))
    roll_out(operator, {"operator__sqsSplitting": "true", "operator__sqsVisibilitySeconds": "10", "operator__sqsDrainProofSeconds": "3",
                        "operator__sqsDeleteProofSeconds": "3", "sa__roleArn": ROLE,
                        "operator__extraEnv__AWS_ENDPOINT_URL": sqs_server.inner_endpoint}, with_role)
    yield operator
    operator.values = values
    roll_out(operator, {}, lambda _: before)
    assert template_of(api) == before


class BothApplication(Application):
    """A container that consumes Kafka as ever, and one that consumes SQS."""

    def _container(self, name, environment):
        found = super()._container(name, environment)
        if SQS_VARIABLE in environment:
            found["args"] = [str(COLLECT_SQS)]
            found["env"] += [{"name": "PYTHONPATH", "value": str(LIBRARIES)}]
            found["env"] = [{**one, "value": f"{self.folder}/sqs-app.$(POD_NAME).log"} if one["name"] == "COLLECT_LOG" else one for one in found["env"]]
            found["volumeMounts"] += [{"name": "libraries", "mountPath": str(LIBRARIES), "readOnly": True}]
        return found

    def document(self):
        found = super().document()
        found["spec"]["template"]["spec"]["volumes"].append({"name": "libraries", "hostPath": {"path": str(LIBRARIES)}})
        return found


class Both:
    """A story whose application consumes an SQS queue too."""

    def __init__(self, story, server):
        self.story, self.sqs = story, Sqs(server)
        self.queue = f"views-{story.token}"
        self.received = Tail(story.folder, "sqs-app.*.log")
        self.sqs.create(self.queue)
        environment = {**server.aws_environment(inner=True), SQS_VARIABLE: self.queue, "SQS_WAIT_S": "2"}
        containers = story.containers

        def both(reset):
            return {**containers(reset), "on-sqs": environment}
        story.containers = both
        registry = {"apiVersion": QUEUES, "kind": "MirrordWorkloadQueueRegistry", "metadata": {"name": NAME}, "spec": {
            "consumer": {"name": NAME, "workloadType": "Deployment"},
            "queues": {SQS_QUEUE: {"queueType": "SQS", "nameSource": {"envVar": SQS_VARIABLE}, "tags": {"tool": "sluice"}}}}}
        story.cluster.api.create("mirrordworkloadqueueregistries", registry, story.namespace)

    def deploy(self):
        self.story.application = BothApplication
        return self.story.deploy(instances=1)

    def send(self, uid, author):
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in (("uid", uid), ("author", author))}
        self.sqs.send(self.queue, "a view", MessageAttributes=attributes)

    def temporary(self):
        return [name for name in self.sqs.temporary() if self.queue in name]

    def at_application(self):
        return self.received.poll().uids

    def sqs_sessions(self):
        found = self.story.cluster.api.list(QUEUES, "mirrordsqssessions", self.story.namespace)
        return {one["metadata"]["name"]: one.get("status") for one in found}

    def take(self, session):
        """uids that lie in the queue that its local process was given."""
        name = next(one["value"] for one in session["status"]["env"] if one["name"] == SQS_VARIABLE)
        found = self.sqs.receive(name)
        for message in found:
            self.sqs.client.delete_message(QueueUrl=self.sqs.server.queue_url(name), ReceiptHandle=message["ReceiptHandle"])
        return {message["MessageAttributes"]["uid"]["StringValue"] for message in found}


def test_q_1_w_3_sqs_and_kafka_are_split_with_one_rollout(sqs_operator, story, sqs_server):
    """W-3, C-14, Q-11: two developers, one of them on both brokers; at the end all is as before, byte for byte (C-3, I-6)."""
    both = Both(story, sqs_server)
    app = both.deploy()
    before, sent = app.rollouts(), story.producer(rate=50)
    anna = story.session(story.served_by, "anna", {QUEUE: {"author": "^anna$"}}, options=["--filter", f"{SQS_QUEUE}:author=^anna$"]).start()
    bob = story.ask(story.served_by, "bob", {SQS_QUEUE: {"author": "^bob$"}}, queue_type="SQS")
    bob.wait_ready()
    assert app.rollouts() == before + 1
    assert sorted(split["spec"]["queue"]["type"] for split in story.splits()) == ["Kafka", "SQS"]
    assert set(both.sqs_sessions()) == {session["metadata"]["name"] for session in story.served_by.api.sessions()}
    for author in ("anna", "bob", "carol"):
        both.send(author, author)
    story.flow(100)
    wait_until(lambda: both.at_application() == {"carol"}, 60, "the application its own message", seen=lambda: (both.at_application(), story.describe()))
    wait_until(lambda: both.take(bob.document()) == {"bob"}, 60, "bob his own message", seen=story.describe)
    wait_until(lambda: both.take(anna.document()) == {"anna"}, 60, "anna her own message", seen=story.describe)
    # As people have always ended SQS sessions.
    story.cluster.api.delete(QUEUES, "mirrordsqssessions", "bob", story.namespace)
    wait_until(lambda: bob.document()["status"].get("endReason") == "Killed", 60, "bob's session to end", seen=bob.document)
    sent.stop()
    story.wait_all_collected(app, anna)
    assert anna.end() == 0
    story.wait_restored()
    assert app.rollouts() == before + 2
    assert both.temporary() == [] and both.sqs_sessions() == {}
    assert set(sqs_server.assumed_roles()) == {ROLE}   # nothing else gives the workers keys
    story.finish(anna)
