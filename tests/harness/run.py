"""One test's run with Kafka: topics and groups of its own, the usual parts and the usual story."""
from .app import App
from .base_run import SERVICE, BaseRun
from .kafka import Kafka
from .manifests import topic
from .producer import Producer
from .session import Session
from .wait import wait_until

QUEUE = "views-topic"
DRAIN_S = 120.0


class Run(BaseRun):
    """folder: logs. broker: a KafkaBroker. Topic and group names are of this run alone, so that runs share a broker."""

    queue_id, queue_type = QUEUE, "Kafka"

    def __init__(self, folder, broker, service=SERVICE, manifests=None):
        super().__init__(folder, service, manifests)
        self.broker = broker
        self.bootstrap = broker.bootstrap
        self.kafka = Kafka(broker.bootstrap)
        self.topic, self.group = f"views-{self.token}", f"meme-group-{self.token}"
        self.topics = {QUEUE: self.topic}       # queue id -> original topic

    # --- parts ---

    def app_environment(self, reset="earliest", **more):
        """What the deployed application is configured with."""
        environment = {"KAFKA_BOOTSTRAP": self.bootstrap, "KAFKA_TOPIC_NAME": self.topic, "KAFKA_GROUP_ID": self.group, "AUTO_OFFSET_RESET": reset}
        environment.update(more)
        return environment

    def app(self, client="python", instances=1, environment=None, **extra):
        """The deployed application, not started. extra: variables that the manifest does not show."""
        extra = {name: str(value) for name, value in extra.items()}
        return self._own(App(self.folder, environment or self.app_environment(), client, instances, extra=extra)).write_env_file()

    def producer(self, name="1", topic=None, **settings):
        settings.setdefault("seed", 1)
        return self._own(Producer(self.folder, self.bootstrap, topic or self.topic, name, **settings))

    def usual_manifests(self, app, properties=None, **consumer):
        """The application as LocalService, its topic, and a client config. consumer: arguments of Manifests.topics_consumer."""
        self.manifests.client_config("base-config", {"bootstrap.servers": self.bootstrap, **(properties or {})})
        self.manifests.topics_consumer(f"{self.service}-topics-consumer", self.service, [topic(QUEUE)], **consumer)
        self.manifests.local_service(self.service, app)

    def session(self, supervisor, name, queues, client="python", **options):
        """A developer's run, not started. queues: queue id -> filters, or a filter dictionary alone for the usual queue."""
        if all(isinstance(value, str) for value in queues.values()):
            queues = {QUEUE: queues}
        environment = {"KAFKA_BOOTSTRAP": self.bootstrap, **options.pop("environment", {})}
        options.setdefault("target", f"deployment/{self.service}")
        options.setdefault("folder", self.folder)
        return self._own(Session(supervisor, self.events, name, queues, self.topics, client=client, environment=environment, **options))

    # --- the usual story ---

    def deploy(self, supervisor=None, settings=None, app=None, partitions=4, start=True, **consumer):
        """Topic, manifests, supervisor (a shared one may be given), and the application running as deployed. Returns the application.

        settings: the supervisor's environment. app: arguments of app(). consumer: those of usual_manifests.
        """
        self.kafka.create(self.topic, partitions=partitions)
        self.deployed = self.app(**{"instances": 2, **(app or {})})
        self.usual_manifests(self.deployed, **consumer)
        self.served_by = supervisor or self.supervisor(environment=settings)
        self.baseline = self.deployed.env_file.read_bytes()
        return self.deployed.start() if start else self.deployed

    def wait_restored(self, deadline_s=DRAIN_S):
        """I-6: no split, no temporary topic or group, and the application's environment byte for byte as before."""
        wait_until(lambda: not self.splits(), deadline_s, "the split to be over", seen=self.describe)
        self.wait_no_temporaries()
        assert self.deployed.env_file.read_bytes() == self.baseline, f"{self.deployed.env_file} is not as before"

    def finish(self, *sessions, stop=True, **judgement):
        """The end of the usual story: everything collected, everything as before, application and supervisor ended, and the judgement. Returns the ledger."""
        self.wait_all_collected(self.deployed, *sessions)
        self.wait_restored()
        self.deployed.wait_ready()
        self.wait_committed()
        self.deployed.stop()
        if stop:
            assert self.served_by.stop() == 0, self.served_by.describe()
        return self.judge(**judgement)

    # --- states ---

    def wait_committed(self, group=None, name=None, deadline_s=DRAIN_S, kafka=None):
        """Until the group has committed everything of a topic (by default the application's)."""
        group, name, kafka = group or self.group, name or self.topic, kafka or self.kafka

        def behind():
            committed, starts = kafka.committed(group, name), kafka.starts(name)
            places = {p: max(committed.get(p, 0), starts[p]) for p in starts}
            return {p: (place, end) for p, end in kafka.ends(name).items() if (place := places[p]) < end}

        wait_until(lambda: not behind() or not kafka.read(name, kafka.committed(group, name)), deadline_s, f"{group} at the end of {name}", seen=behind)

    def wait_no_temporaries(self, deadline_s=60.0):
        """I-6: no temporary topic and no temporary group is left on the broker."""
        wait_until(lambda: not self._temporaries(), deadline_s, "temporary topics and groups gone", seen=self._temporaries)

    def _temporaries(self):
        return [n for n in self.kafka.temporary() + self.kafka.groups("mirrord-") if self.token in n]
