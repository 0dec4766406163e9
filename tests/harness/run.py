"""One test's run: its folder, its parts, and the judgement at the end.

Owns every part that it makes and ends them in reverse order, also after a failure. Everything that it or its parts write lies in one folder.
"""
import secrets

from checker import cli
from checker.judge import judge
from checker.log import logs_read

from .app import App
from .events import Events, Tail
from .kafka import Kafka
from .manifests import Manifests, topic
from .producer import Producer
from .session import Session
from .supervisor import Supervisor
from .wait import wait_until

SERVICE = "meme-app"
QUEUE = "views-topic"
DRAIN_S = 120.0


class Run:
    """folder: logs. broker: a KafkaBroker. Topic and group names are of this run alone, so that runs share a broker."""

    def __init__(self, folder, broker):
        self.folder, self.broker = folder, broker
        self.bootstrap = broker.bootstrap
        self.kafka = Kafka(broker.bootstrap)
        self.token = secrets.token_hex(4)
        self.topic, self.group = f"views-{self.token}", f"meme-group-{self.token}"
        self.events = Events(folder / "events.jsonl")
        self.manifests = Manifests(folder / "manifests")
        self.topics = {QUEUE: self.topic}       # queue id -> original topic
        self.sent = Tail(folder, "sent-*.jsonl")
        self.parts = []

    def close(self):
        """Ends every part; the first failure is raised after all were ended."""
        failures = []
        while self.parts:
            part = self.parts.pop()
            try:
                part.close() if hasattr(part, "close") else part.kill()
            except Exception as error:
                failures.append(error)
        self.events.close()
        if failures:
            raise failures[0]

    def _own(self, part):
        self.parts.append(part)
        return part

    # --- parts ---

    def app_environment(self, reset="earliest", **more):
        """What the deployed application is configured with."""
        environment = {"KAFKA_BOOTSTRAP": self.bootstrap, "KAFKA_TOPIC_NAME": self.topic, "KAFKA_GROUP_ID": self.group, "AUTO_OFFSET_RESET": reset}
        environment.update(more)
        return environment

    def app(self, client="python", instances=1, environment=None, **extra):
        """The deployed application, not started. extra: variables that the manifest does not show."""
        extra = {name: str(value) for name, value in extra.items()}
        return self._own(App(self.folder, environment or self.app_environment(), client, instances, extra=extra))

    def producer(self, name="1", topic=None, **settings):
        settings.setdefault("seed", 1)
        return self._own(Producer(self.folder, self.bootstrap, topic or self.topic, name, **settings))

    def usual_manifests(self, app, properties=None, **consumer):
        """The application as LocalService, its topic, and a client config. consumer: arguments of Manifests.topics_consumer."""
        self.manifests.client_config("base-config", {"bootstrap.servers": self.bootstrap, **(properties or {})})
        self.manifests.topics_consumer(f"{SERVICE}-topics-consumer", SERVICE, [topic(QUEUE)], **consumer)
        self.manifests.local_service(SERVICE, app)

    def supervisor(self, **options):
        """Started, and answering."""
        return self._own(Supervisor(self.manifests.folder, self.folder, self.events, **options)).start()

    def session(self, supervisor, name, queues, client="python", **options):
        """A developer's run, not started. queues: queue id -> filters, or a filter dictionary alone for the usual queue."""
        if all(isinstance(value, str) for value in queues.values()):
            queues = {QUEUE: queues}
        environment = {"KAFKA_BOOTSTRAP": self.bootstrap, **options.pop("environment", {})}
        options.setdefault("target", f"deployment/{SERVICE}")
        return self._own(Session(supervisor, self.events, name, queues, self.topics, client=client, environment=environment, **options))

    # --- states ---

    def wait_all_collected(self, *collectors, deadline_s=DRAIN_S):
        """Until everything that was acknowledged is at one of the collectors (App, Session)."""
        def missing():
            found = set().union(*(c.uids() for c in collectors))
            return self.sent.poll().uids - found

        wait_until(lambda: not missing(), deadline_s, "everything collected",
                   seen=lambda: f"{len(missing())} of {len(self.sent.uids)} missing, such as {sorted(missing())[:5]}; "
                   + "; ".join(c.describe() for c in collectors))

    def wait_committed(self, group=None, name=None, deadline_s=DRAIN_S):
        """Until the group has committed everything of a topic (by default the application's)."""
        group, name = group or self.group, name or self.topic

        def behind():
            committed, starts = self.kafka.committed(group, name), self.kafka.starts(name)
            places = {p: max(committed.get(p, 0), starts[p]) for p in starts}
            return {p: (place, end) for p, end in self.kafka.ends(name).items() if (place := places[p]) < end}

        wait_until(lambda: not behind() or not self.kafka.read(name, self.kafka.committed(group, name)), deadline_s, f"{group} at the end of {name}", seen=behind)

    def wait_no_temporaries(self, deadline_s=60.0):
        """I-6: no temporary topic and no temporary group is left on the broker."""
        wait_until(lambda: not self._temporaries(), deadline_s, "temporary topics and groups gone", seen=self._temporaries)

    def _temporaries(self):
        return [n for n in self.kafka.temporary() + self.kafka.groups("mirrord-") if self.token in n]

    # --- judgement ---

    def judge(self, **options):
        """Runs the checker over everything that was logged; fails with its table when something does not hold. Returns the ledger.

        options: window_ms, and those of checker.cli.verdicts.
        """
        window_ms = options.pop("window_ms", 0)
        judgement = judge(logs_read([self.folder]), window_ms)
        rows = cli.verdicts(judgement, **options)
        table = "\n".join(cli.table(judgement, rows))
        (self.folder / "ledger.txt").write_text(table + "\n")
        assert judgement.ledger["sent"], "nothing was sent, so nothing is proven"
        assert cli.holds(rows), f"the checker found failures; logs in {self.folder}\n{table}"
        return judgement.ledger
