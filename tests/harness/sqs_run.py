"""One test's run with SQS: a queue of its own, and the usual parts."""
from .app import App
from .base_run import BaseRun
from .clients import client_command
from .producer import CeleryProducer, SqsProducer
from .session import Session
from .sqs import Sqs
from .wait import wait_until


QUEUE = "views-queue"
QUICK = {"OPERATOR_SQS_SPLITTING": "true", "OPERATOR_SQS_VISIBILITY_SECONDS": "10", "OPERATOR_SQS_DRAIN_PROOF_SECONDS": "3",
         "OPERATOR_SQS_DELETE_PROOF_SECONDS": "3"}
DRAIN_S = 150.0


class SqsRun(BaseRun):
    """server: an SqsServer of the testbed. The queue's name is of this run alone, so that runs share a server."""

    queue_id, queue_type = QUEUE, "SQS"

    def __init__(self, folder, server, fifo=False, **options):
        super().__init__(folder, **options)
        self.server, self.sqs = server, Sqs(server)
        self.queue = f"views-{self.token}" + (".fifo" if fifo else "")

    def name(self, form, queue=None):
        """What the application's variable holds: form is name, url, arn or json."""
        queue = queue or self.queue
        arn = self.server.queue_arn(queue)
        return {"name": queue, "url": self.server.queue_url(queue), "arn": arn, "json": f'{{"views": "{queue}"}}'}[form]

    def app_environment(self, form="name", queue=None, **more):
        """What the deployed application is configured with."""
        return {**self.server.aws_environment(), "SQS_QUEUE": self.name(form, queue), **more}

    def app(self, client="sqs_python", instances=1, environment=None, label="app", **extra):
        """The deployed application, or with another label a local process that is told its queue, not started. extra: variables that the manifest does not show."""
        extra = {"SQS_WAIT_S": "2", **{name: str(value) for name, value in extra.items()}}
        return self._own(App(self.folder, environment or self.app_environment(), client, instances, label, extra=extra)).write_env_file()

    def temporary(self):
        """Temporary queues of this run."""
        return [name for name in self.sqs.temporary() if self.token in name]

    def take(self, name):
        """Receives and deletes what is in a queue now, for a test that plays its consumer."""
        found = self.sqs.receive(name)
        for message in found:
            self.sqs.client.delete_message(QueueUrl=self.server.queue_url(name), ReceiptHandle=message["ReceiptHandle"])
        return found

    def session(self, supervisor, name, queues, client="sqs_python", **options):
        """A developer's run, not started. queues: queue id -> filters, or a filter dictionary alone for the usual queue."""
        if all(isinstance(value, str) for value in queues.values()):
            queues = {QUEUE: queues}
        environment = {**self.server.aws_environment(), "SQS_WAIT_S": "2", **options.pop("environment", {})}
        options.setdefault("target", f"deployment/{self.service}")
        return self._own(Session(supervisor, self.events, name, queues, {QUEUE: self.queue}, client=client, environment=environment, queue_type="SQS",
                                 folder=self.folder, **options))

    def _where(self, queue):
        return {**self.server.aws_environment(), "SQS_QUEUE": queue or self.queue}

    def producer(self, name="1", queue=None, **settings):
        return self._own(SqsProducer(self.folder, self._where(queue), name, **{"seed": 1, **settings}))

    def celery_producer(self, name="1", queue=None, **settings):
        python = client_command("celery_sqs")[0]
        return self._own(CeleryProducer(self.folder, self._where(queue), name, python=python, **{"seed": 1, **settings}))

    def log_repeats(self):
        """What the scripted server did twice, told to the checker; once, at the end. Returns how many of each reason."""
        told = {}
        for queue, uid, why in self.server.repeats():
            self.events.write("repeat", uid=uid, topic=queue, why=why)
            told[why] = told.get(why, 0) + 1
        return told

    # --- the usual story ---

    def deploy(self, settings=None, app=None, form="name", start=True, queue=None, **registry):
        """Queue, manifests, supervisor, and the application running as deployed. Returns the application.

        settings: the supervisor's environment. app: arguments of app(). form: of name(). queue: what its resource says beside the name. registry: arguments of
        Manifests.queue_registry.
        """
        self.sqs.create(self.queue)
        self.deployed = self.app(**{"environment": self.app_environment(form), "instances": 2, **(app or {})})
        source = {"queueType": "SQS", "nameSource": {"envVar": "SQS_QUEUE"}, **({"namesFromJsonMap": True} if form == "json" else {}), **(queue or {})}
        self.manifests.queue_registry(f"{self.service}-queues", self.service, {QUEUE: source}, **registry)
        self.manifests.local_service(self.service, self.deployed)
        endpoint = {"OPERATOR_AWS_ENDPOINT": self.server.endpoint, "OPERATOR_AWS_REGION": self.server.region}
        self.served_by = self.supervisor(environment={**self.server.aws_environment(), **QUICK, **endpoint, **(settings or {})})
        self.baseline = self.deployed.env_file.read_bytes()
        return self.deployed.start() if start else self.deployed

    def local(self, session, label):
        """A local process with what a session that was asked for was given; not started by the CLI, so that the test has its end in hand."""
        return self.app(environment={**self.app_environment(), **session.environment()}, label=label)

    def wait_restored(self, deadline_s=DRAIN_S):
        """I-6: no split, no temporary queue, and the application's environment byte for byte as before."""
        wait_until(lambda: not self.splits(), deadline_s, "the split to be over", seen=self.describe)
        wait_until(lambda: not self.temporary(), deadline_s, "temporary queues gone", seen=self.temporary)
        assert self.deployed.env_file.read_bytes() == self.baseline, f"{self.deployed.env_file} is not as before"

    def finish(self, *sessions, stop=True, **judgement):
        """The end of the usual story: everything collected, everything as before, application and supervisor ended, and the judgement. Returns the ledger."""
        self.wait_all_collected(self.deployed, *sessions)
        self.wait_restored()
        self.deployed.wait_ready()
        self.sqs.wait_empty(self.queue, DRAIN_S)
        self.deployed.stop()
        if stop:
            assert self.served_by.stop() == 0, self.served_by.describe()
        if hasattr(self.server, "repeats"):
            self.log_repeats()
        return self.judge(**judgement)
