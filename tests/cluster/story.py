"""A split on a cluster, told as the runs of tests/harness are: a Deployment as deployed application, developers with `sluice run`
on this machine, a producer, and the checker's judgement at the end.

Owns what it makes in its namespace; the application's pods write their logs into the test's folder.
"""
import os

from harness.kafka import Kafka
from harness.manifests import topic
from harness.producer import Producer
from harness.run import QUEUE, Run
from harness.wait import wait_until

from application import CONTAINER, NAME, TOPIC_VARIABLE, Application
from definitions import client_config, topics_consumer
from release import NAMESPACE, OperatorApi


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
    application = Application   # what is deployed

    def __init__(self, folder, operator, broker, namespace):
        super().__init__(folder, broker, service=NAME)
        self.operator, self.cluster, self.namespace = operator, operator.cluster, namespace
        self.brokers = {QUEUE: broker}      # queue id -> where its topic is
        self.served_by = self.developer("developer")

    def developer(self, name):
        """A person with the rights that the chart gives to developers, in this namespace."""
        kubeconfig = self.cluster.users.person(f"{name}-{self.namespace}", namespace=self.namespace)
        binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": f"split-{name}"},
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "sluice-user"},
                   "subjects": [{"kind": "User", "name": f"{name}-{self.namespace}", "apiGroup": "rbac.authorization.k8s.io"}]}
        self.cluster.api.apply("rolebindings", binding, self.namespace)
        return Person(self, kubeconfig)

    def add_queue(self, queue_id, broker=None):
        """A further topic that the application consumes, in a container of its own; before it is deployed."""
        self.brokers[queue_id] = broker or self.broker
        self.topics[queue_id] = f"{queue_id}-{self.token}"

    def kafkas(self):
        """queue id -> its broker, as a client has it."""
        return {queue_id: Kafka(broker.bootstrap) for queue_id, broker in self.brokers.items()}

    # --- what is deployed ---

    def places(self):
        """queue id -> container and variable that name its topic."""
        first, *others = self.brokers
        return {first: (CONTAINER, TOPIC_VARIABLE), **{queue_id: (f"on-{queue_id}", f"{TOPIC_VARIABLE}_{i}") for i, queue_id in enumerate(others, 2)}}

    def containers(self, reset):
        return {container: {"KAFKA_BOOTSTRAP": self.brokers[queue_id].inner_bootstrap, variable: self.topics[queue_id],
                            "KAFKA_GROUP_ID": self.group, "AUTO_OFFSET_RESET": reset}
                for queue_id, (container, variable) in self.places().items()}

    def resources(self, kind, annotations, spec):
        """As the documents of users have them."""
        listed = []
        for queue_id, (container, variable) in self.places().items():
            properties = [{"name": "bootstrap.servers", "value": self.brokers[queue_id].inner_bootstrap}]
            config = client_config(properties, f"{queue_id}-{self.token}")
            self.cluster.api.create("mirrordkafkaclientconfigs", config, NAMESPACE)
            listed.append(topic(queue_id, config["metadata"]["name"], container, variable))
        consumer = topics_consumer(consumerKind=kind, topics=listed, **spec)
        consumer["metadata"]["annotations"] = {f"sluice.dev/{name}": value for name, value in annotations.items()}
        self.cluster.api.create("mirrordkafkatopicsconsumers", consumer, self.namespace)

    def deploy(self, instances=2, partitions=4, reset="earliest", ready=True, app=None, annotations=None, **consumer):
        """Topics, application, resources. Returns the application; with ready, consuming.

        app: arguments of Application. consumer and annotations: of the MirrordKafkaTopicsConsumer.
        """
        for queue_id, kafka in self.kafkas().items():
            kafka.create(self.topics[queue_id], partitions=partitions)
        self.deployed = self.application(self.cluster, self.namespace, self.folder, self.containers(reset), instances, **(app or {})).apply()
        self.resources(self.deployed.kind, annotations or {}, consumer)
        if ready:
            self.deployed.wait_ready()
        self.baseline = self.deployed.template()
        return self.deployed

    # --- its story ---

    def producer(self, name="1", queue=QUEUE, **settings):
        return self._own(Producer(self.folder, self.brokers[queue].bootstrap, self.topics[queue], name, **{"seed": 1, **settings}))

    def wait_consuming(self, deadline_s=90.0):
        """Until the application has positions everywhere. Where it has none when it is split, the setting autoOffsetReset decides (K-3),
        which these resources leave at its default."""
        def missing():
            return set(self.kafka.starts(self.topic)) - set(self.kafka.committed(self.group, self.topic))
        wait_until(lambda: not missing(), deadline_s, f"{self.group} to have a position in every partition", seen=missing)

    def session(self, supervisor, name, queues, **options):
        options.setdefault("namespace", self.namespace)
        options.setdefault("target", f"{self.deployed.kind.lower()}/{NAME}")
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
        for queue_id, kafka in self.kafkas().items():
            self.wait_committed(name=self.topics[queue_id], kafka=kafka)
        self.deployed.stop()
        return self.judge(**judgement)

    def _temporaries(self):
        return [name for kafka in self.kafkas().values() for name in kafka.temporary() + kafka.groups("mirrord-") if self.token in name]
