"""One test's run with SQS: a queue of its own, and the usual parts."""
from .app import App
from .base_run import BaseRun
from .clients import client_command
from .producer import CeleryProducer, SqsProducer
from .sqs import Sqs


class SqsRun(BaseRun):
    """server: an SqsServer of the testbed. The queue's name is of this run alone, so that runs share a server."""

    def __init__(self, folder, server, fifo=False):
        super().__init__(folder)
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
