"""A producer as a process of its own.

Owns the process; its log is sent-<name>.jsonl in the run's log folder.
"""
import json
import os
import sys

from testbed.process import Process, tail

from .clients import CLIENTS
from .events import Tail
from .wait import wait_until


class ProducerProcess:
    """where: the variables that name broker and queue. settings: PRODUCE_* variables without the prefix, in lower case (count=, rate=, strange=, ...)."""

    program = None

    def __init__(self, folder, where, name="1", python=sys.executable, **settings):
        self.folder, self.name = folder, name
        self.output = folder / f"producer-{name}.log"
        self.log = folder / f"sent-{name}.jsonl"
        self.tail = Tail(folder, self.log.name)
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **where, "PRODUCE_LOG": str(self.log)}
        environment.update({f"PRODUCE_{key.upper()}": str(value) for key, value in settings.items()})
        self.process = Process([python, str(self.program)], self.output, env=environment)

    def count(self):
        """Acknowledged messages so far."""
        return self.tail.poll().count

    def uids(self):
        return self.tail.poll().uids

    def wait_count(self, count, deadline_s=60):
        wait_until(lambda: self.count() >= count or self.process.poll() is not None, deadline_s, f"{count} messages sent by {self.name}", seen=self.describe)
        assert self.count() >= count, self.describe()

    def finish(self, deadline_s=180):
        """Wait until it has sent all that it was told to. Returns the number acknowledged."""
        status = self.process.wait(deadline_s)
        assert status == 0, self.describe()
        return self.count()

    def stop(self, deadline_s=180):
        """End it now: what is on its way is waited for. Returns the number acknowledged."""
        self.process.signal(15)
        return self.finish(deadline_s)

    def kill(self):
        if self.process.is_running():
            self.process.kill()

    def summary(self):
        """Its own last words: {"sent", "unsure", "aborted", "seconds"}."""
        return json.loads(self.output.read_text().splitlines()[-1])

    def describe(self):
        return f"sent {self.count()}, status {self.process.poll()}; {self.output}:\n{tail(self.output)}"


class Producer(ProducerProcess):
    program = CLIENTS / "producer" / "produce.py"

    def __init__(self, folder, bootstrap, topic, name="1", **settings):
        super().__init__(folder, {"KAFKA_BOOTSTRAP": bootstrap, "KAFKA_TOPIC_NAME": topic}, name, **settings)


class SqsProducer(ProducerProcess):
    program = CLIENTS / "sqs_producer" / "produce.py"


class CeleryProducer(ProducerProcess):
    """Started with the Python that has celery."""

    program = CLIENTS / "celery_sqs" / "produce.py"
