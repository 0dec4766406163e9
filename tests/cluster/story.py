"""A split on a cluster, told as the runs of tests/harness are: a Deployment as deployed application, developers with `sluice run`
on this machine, a producer, and the checker's judgement at the end.

Owns what it makes in its namespace; the application's pods write their logs into the test's folder.
"""
import copy
import json
import os

from harness.events import Tail
from harness.run import QUEUE, Run
from harness.supervisor import CHECKOUT
from harness.wait import wait_until

from release import NAMESPACE, OperatorApi
from workload import IMAGE, pods

TESTS = CHECKOUT / "tests"
DEPLOYMENT = "meme-app"
CONTAINER = "consumer"
ROLLOUT_S = 90.0


class PodApp:
    """The deployed application: pods of a workload."""

    def __init__(self, run, environment, instances, kind="deployments"):
        self.run, self.environment, self.instances, self.kind = run, environment, instances, kind
        self.tail = Tail(run.folder, "app.*.jsonl")

    def container(self):
        values = [{"name": name, "value": value} for name, value in self.environment.items()]
        own = [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "COLLECT_LABEL", "value": "app"},
            {"name": "COLLECT_LOG", "value": f"{self.run.folder}/app.$(POD_NAME).jsonl"},
            {"name": "PYTHONDONTWRITEBYTECODE", "value": "1"},
        ]
        mounts = [{"name": "tests", "mountPath": str(TESTS), "readOnly": True}, {"name": "logs", "mountPath": str(self.run.folder)}]
        return {"name": CONTAINER, "image": IMAGE, "imagePullPolicy": "Never", "args": [str(TESTS / "clients" / "python" / "collect.py")],
                "env": own + values, "volumeMounts": mounts}

    def document(self):
        volumes = [{"name": "tests", "hostPath": {"path": str(TESTS)}}, {"name": "logs", "hostPath": {"path": str(self.run.folder)}}]
        labels = {"app": DEPLOYMENT}
        template = {"metadata": {"labels": labels},
                    "spec": {"terminationGracePeriodSeconds": 10, "containers": [self.container()], "volumes": volumes}}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": DEPLOYMENT},
                "spec": {"replicas": self.instances, "selector": {"matchLabels": labels}, "template": template}}

    def apply(self):
        self.run.cluster.api.create(self.kind, self.document(), self.run.namespace)
        return self

    def get(self):
        return self.run.cluster.api.get("apps/v1", self.kind, DEPLOYMENT, self.run.namespace)

    def template(self):
        """The bytes that must be the same again at the end."""
        return json.dumps(self.get()["spec"]["template"], sort_keys=True)

    def wait_ready(self, deadline_s=ROLLOUT_S):
        """As many pods as wanted, all of the newest template, each with partitions."""
        wait_until(self.is_ready, deadline_s, f"{self.instances} pods of {DEPLOYMENT} in their group", seen=self.describe)

    def is_ready(self):
        status, found = self.get().get("status", {}), self.get()
        rolled = status.get("observedGeneration") == found["metadata"]["generation"]
        counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas")]
        return rolled and counts == [self.instances] * 3

    def stop(self):
        self.run.cluster.api.delete("apps/v1", self.kind, DEPLOYMENT, self.run.namespace)
        wait_until(lambda: not self.run.cluster.api.list("v1", "pods", self.run.namespace, labelSelector=f"app={DEPLOYMENT}"), ROLLOUT_S,
                   "the application's pods to be gone")

    def uids(self):
        return self.tail.poll().uids

    def describe(self):
        return f"{DEPLOYMENT}: {self.tail.poll().count} messages; {[(p['metadata']['name'], p['status'].get('phase')) for p in pods(self.run.cluster, self.run.namespace, DEPLOYMENT)]}"


class Person:
    """What harness.session.Session needs of a supervisor: here a developer with a kubeconfig."""

    def __init__(self, run, kubeconfig):
        self.run, self.folder, self.kubeconfig = run, run.folder, kubeconfig
        self.api = OperatorApi(run.cluster.api, run.namespace)

    def environment(self):
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.folder), "KUBECONFIG": str(self.kubeconfig)}

    def describe(self):
        return self.run.operator.describe()


class ClusterRun(Run):
    def __init__(self, folder, operator, broker, namespace):
        super().__init__(folder, broker, service=DEPLOYMENT)
        self.operator, self.cluster, self.namespace = operator, operator.cluster, namespace
        self.served_by = self.developer("developer")

    def developer(self, name):
        """A person with the rights that the chart gives to developers, in this namespace."""
        kubeconfig = self.cluster.users.person(f"{name}-{self.namespace}", namespace=self.namespace)
        binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": f"split-{name}"},
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "sluice-user"},
                   "subjects": [{"kind": "User", "name": f"{name}-{self.namespace}", "apiGroup": "rbac.authorization.k8s.io"}]}
        self.cluster.api.apply("rolebindings", binding, self.namespace)
        return Person(self, kubeconfig)

    def resources(self, ttl=0):
        """As the documents of users have them."""
        config = {"apiVersion": "queues.mirrord.metalbear.co/v1alpha", "kind": "MirrordKafkaClientConfig", "metadata": {"name": f"config-{self.token}"},
                  "spec": {"properties": [{"name": "bootstrap.servers", "value": self.broker.inner_bootstrap}]}}
        source = {"directEnvVar": {"container": CONTAINER, "variable": "KAFKA_TOPIC_NAME"}}
        group = {"directEnvVar": {"container": CONTAINER, "variable": "KAFKA_GROUP_ID"}}
        consumer = {"apiVersion": "queues.mirrord.metalbear.co/v1alpha", "kind": "MirrordKafkaTopicsConsumer",
                    "metadata": {"name": "meme-app-topics-consumer"},
                    "spec": {"consumerName": DEPLOYMENT, "consumerApiVersion": "apps/v1", "consumerKind": "Deployment", "splitTtl": ttl,
                             "topics": [{"id": QUEUE, "nameSources": [source], "groupIdSources": [group], "clientConfig": f"config-{self.token}"}]}}
        self.cluster.api.create("mirrordkafkaclientconfigs", config, NAMESPACE)
        self.cluster.api.create("mirrordkafkatopicsconsumers", consumer, self.namespace)

    def deploy(self, instances=2, partitions=4, reset="earliest", **resources):
        """Topic, application, resources. Returns the application, consuming."""
        self.kafka.create(self.topic, partitions=partitions)
        environment = {**self.app_environment(reset), "KAFKA_BOOTSTRAP": self.broker.inner_bootstrap}
        self.deployed = PodApp(self, environment, instances).apply()
        self.resources(**resources)
        self.deployed.wait_ready()
        self.baseline = self.deployed.template()
        return self.deployed

    def session(self, supervisor, name, queues, **options):
        options.setdefault("namespace", self.namespace)
        return super().session(supervisor, name, queues, **options)

    def ask(self, supervisor, name, queues, **options):
        options.setdefault("namespace", self.namespace)
        return super().ask(supervisor, name, queues, **options)

    def wait_restored(self, deadline_s=120.0):
        """I-6, CASE-18: no split, no temporaries, and the template as it was."""
        wait_until(lambda: not self.splits(), deadline_s, "the split to be over", seen=self.describe)
        self.wait_no_temporaries()
        assert self.deployed.template() == self.baseline, f"the template is {self.deployed.template()}, not {self.baseline}"

    def describe(self):
        return f"{[s.get('status') for s in self.splits()]}; {self.served_by.describe()}"

    def finish(self, *sessions, **judgement):
        self.wait_all_collected(self.deployed, *sessions)
        self.wait_restored()
        self.deployed.wait_ready()
        self.wait_committed()
        self.deployed.stop()
        return self.judge(**judgement)

    def workload(self):
        return copy.deepcopy(self.deployed.get())
