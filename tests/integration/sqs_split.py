"""One split of an SQS queue with nothing but the SQS engine in it: names, tables, messages."""

import os
import uuid
from pathlib import Path

from engine_driver import FALLBACK, FORWARD, PREPARE, SESSION, Engine, session, temp
from harness.wait import wait_until

KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}


def engine_path():
    folder = os.environ.get("SLUICE_BIN")
    assert folder, "SLUICE_BIN must name the folder of the built programs"
    return Path(folder).parent / "tests" / "bin" / "sqs_harness"


class SqsSplit:
    """Owns its engines; close ends them."""

    def __init__(self, server, folder, fifo=False, attributes=None, tags=None, keys=None, make_queue=True, **spec):
        self.id = uuid.uuid4().hex[:8]
        self.server, self.folder, self.fifo = server, folder, fifo
        self.sqs = server.client()
        self.suffix = ".fifo" if fifo else ""
        self.name = f"orders-{self.id}{self.suffix}"
        self.fallback = f"mirrord-{self.id}-fallback-orders{self.suffix}"
        self.spec = {"type": "SQS", "queue": {"name": self.name, "account": "", "region": server.region, "url": ""},
                     "endpoint": server.endpoint, "visibilitySeconds": 10, "drainProofSeconds": 2, "deleteProofSeconds": 2} | spec
        self.keys = KEYS | (keys or {})
        self.sessions, self.engines = {}, []
        self.generation = 0
        if make_queue:
            more = {"FifoQueue": "true"} if fifo else {}
            self.url = self.sqs.create_queue(QueueName=self.name, Attributes=more | (attributes or {}), tags=tags or {})["QueueUrl"]

    # --- engine ---

    def start(self):
        log = self.folder / f"engine-{self.id}-{len(self.engines)}.log"
        self.engine = Engine(engine_path(), self.spec, {}, log, environment=os.environ | self.keys)
        self.engines.append(self.engine)
        return self.engine

    def queue_of(self, uid):
        return f"mirrord-{self.id}-{uid}-orders{self.suffix}"

    def add(self, uid, *filters, mode=1, stamp=""):
        name = self.queue_of(uid)
        self.sessions[uid] = {"temp": temp(name, SESSION, uid, stamp=stamp), "session": session(uid, name, filters, mode, stamp)}

    def end(self, uid, want):
        """The session's route goes; its queue is wanted otherwise."""
        self.sessions[uid]["session"] = None
        self.sessions[uid]["temp"]["want"] = want

    def give(self, mode, free=True, fallback_want=1):
        self.generation += 1
        temps = [temp(self.fallback, FALLBACK, want=fallback_want)]
        temps += [s["temp"] for s in self.sessions.values()]
        routed = [s["session"] for s in self.sessions.values() if s["session"]]
        self.engine.table(self.generation, mode, temps, routed, free=free)
        return self.generation

    def apply(self, mode, deadline_s=30.0, **options):
        generation = self.give(mode, **options)
        return self.engine.wait_for("applied", deadline_s, generation=generation)

    def run(self):
        """A worker that forwards, from nothing."""
        self.start()
        self.apply(PREPARE)
        for name in [self.fallback] + [s["temp"]["name"] for s in self.sessions.values()]:
            self.engine.wait_for("temp", name=name, state="present")
        self.engine.mark()
        self.apply(FORWARD)
        self.engine.wait_for("forwarding", state="running")

    def run_until_forwarding(self):
        """A worker that was told to forward, whether it can or not."""
        self.apply(PREPARE)
        self.engine.wait_for("temp", name=self.fallback, state="present")
        self.give(FORWARD)

    # --- messages ---

    def send(self, body, attributes=None, group=None, dedup=None, **more):
        if group is not None:
            more["MessageGroupId"] = group
        if self.fifo:
            more["MessageDeduplicationId"] = dedup or uuid.uuid4().hex
        return self.sqs.send_message(QueueUrl=self.url, MessageBody=body, MessageAttributes=typed(attributes or {}), **more)

    def url_of(self, name):
        return self.url.rsplit("/", 1)[0] + "/" + name

    def take(self, name, count, deadline_s=30.0, delete=True):
        """The next messages of a queue, whole, in the order of arrival."""
        found = []

        def look():
            try:
                answer = self.sqs.receive_message(QueueUrl=self.url_of(name), MaxNumberOfMessages=10, WaitTimeSeconds=1,
                                                  MessageAttributeNames=["All"], AttributeNames=["All"])
            except self.sqs.exceptions.QueueDoesNotExist:
                return False
            for message in answer.get("Messages", []):
                found.append(message)
                if delete:
                    self.sqs.delete_message(QueueUrl=self.url_of(name), ReceiptHandle=message["ReceiptHandle"])
            return len(found) >= count

        wait_until(look, deadline_s, lambda: f"{len(found)} of {count} messages in {name}")
        assert len(found) == count, f"{name}: more than {count}"
        return found

    def bodies(self, name, count, **options):
        return [message["Body"] for message in self.take(name, count, **options)]

    def counts(self, name):
        found = self.sqs.get_queue_attributes(QueueUrl=self.url_of(name), AttributeNames=["All"])["Attributes"]
        return tuple(int(found[f"ApproximateNumberOfMessages{kind}"]) for kind in ("", "NotVisible", "Delayed"))

    def exists(self, name):
        try:
            self.sqs.get_queue_attributes(QueueUrl=self.url_of(name), AttributeNames=["All"])
            return True
        except self.sqs.exceptions.QueueDoesNotExist:
            return False

    def close(self):
        for engine in self.engines:
            engine.close()


def typed(attributes):
    """{"a": "text", "n": 5, "b": b"bytes", "x": ("Number.int", "5")} as SQS wants it."""
    def one(value):
        if isinstance(value, bytes):
            return {"DataType": "Binary", "BinaryValue": value}
        if isinstance(value, int):
            return {"DataType": "Number", "StringValue": str(value)}
        kind, text = value if isinstance(value, tuple) else ("String", value)
        return {"DataType": kind, "BinaryValue" if kind.startswith("Binary") else "StringValue": text}
    return {name: one(value) for name, value in attributes.items()}
