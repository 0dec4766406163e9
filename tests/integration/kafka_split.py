"""One split on a real broker with nothing but the Kafka engine in it: names, tables, messages."""

import os
import uuid
from pathlib import Path

from confluent_kafka import Producer

from harness.kafka import Kafka
from harness.wait import wait_until

from engine_driver import FALLBACK, FORWARD, HOLD, PREPARE, SESSION, Engine, session, temp


def engine_path():
    folder = os.environ.get("SLUICE_BIN")
    assert folder, "SLUICE_BIN must name the folder of the built programs"
    return Path(folder).parent / "tests" / "bin" / "kafka_harness"


class Split:
    """Owns its engines; close ends them."""

    def __init__(self, broker, folder, partitions=4, config=None, properties=None, kafka=None, make_topic=True, **spec):
        self.id = uuid.uuid4().hex[:8]
        self.bootstrap = broker.bootstrap
        self.kafka = kafka or Kafka(broker.bootstrap)
        self.folder = folder
        self.topic = f"orders-{self.id}"
        self.group = f"app-{self.id}"
        self.fallback = f"mirrord-tmp-{self.id}-fallback-{self.topic}"
        self.spec = {
            "topic": self.topic,
            "group": self.group,
            "transactionalId": f"mirrord-{self.id}",
            "autoOffsetReset": "earliest",
        } | spec
        self.properties = {"bootstrap.servers": broker.bootstrap} | (properties or {})
        self.sessions = {}
        self.generation = 0
        self.engines = []
        self.positions = []
        if make_topic:
            self.kafka.create(self.topic, partitions=partitions, config=config)
        self._producer = None
        self.refused = []

    # --- names ---

    def session_topic(self, uid):
        return f"mirrord-tmp-{self.id}-{uid}-{self.topic}"

    def session_group(self, uid):
        return f"mirrord-tmp-{self.id}-{uid}-{self.group}"

    # --- engine ---

    def start(self):
        log = self.folder / f"engine-{self.id}-{len(self.engines)}.log"
        self.engine = Engine(engine_path(), self.spec, self.properties, log)
        self.engines.append(self.engine)
        return self.engine

    def add(self, uid, *filters, mode=1, stamp="", group=None):
        """A session for the next table."""
        name = self.session_group(uid) if group is None else group
        self.sessions[uid] = {
            "temp": temp(self.session_topic(uid), SESSION, uid, name, stamp=stamp),
            "session": session(uid, self.session_topic(uid), filters, mode, stamp),
        }

    def end(self, uid, want):
        """The session's route goes; its temp is wanted otherwise."""
        self.sessions[uid]["session"] = None
        self.sessions[uid]["temp"]["want"] = want

    def give(self, mode, free=True, fallback_want=1):
        """The table as it stands, under a new generation."""
        self.generation += 1
        temps = [temp(self.fallback, FALLBACK, group=self.group, want=fallback_want)]
        temps += [s["temp"] for s in self.sessions.values()]
        routes = [s["session"] for s in self.sessions.values() if s["session"]]
        self.engine.table(self.generation, mode, temps, routes, self.positions, free)
        return self.generation

    def apply(self, mode, deadline_s=20.0, **options):
        generation = self.give(mode, **options)
        self.engine.wait_for("applied", deadline_s, generation=generation)

    def prepare(self):
        """Temps there and positioned, positions recorded."""
        self.engine.mark()
        self.give(PREPARE)
        found = self.engine.wait_for("positions")
        self.positions = found["positions"]
        for name in [self.fallback] + [s["temp"]["name"] for s in self.sessions.values()]:
            self.engine.wait_for("temp", name=name, state="present")

    def forward(self, **options):
        self.apply(FORWARD, **options)
        self.engine.wait_for("forwarding", state="running")

    def run(self, *sessions):
        """From nothing to forwarding."""
        self.start()
        self.prepare()
        self.forward()

    def hold(self):
        self.apply(HOLD)

    def close(self):
        for engine in self.engines:
            engine.close()

    # --- messages ---

    @property
    def producer(self):
        if self._producer is None:
            self._producer = Producer(
                {"bootstrap.servers": self.bootstrap, "enable.idempotence": True, "linger.ms": 1, "message.max.bytes": 20000000, "compression.type": "zstd", "log_level": 3}
            )
        return self._producer

    def send(self, value, headers=(), partition=0, key=None, timestamp=None, topic=None):
        extra = {} if timestamp is None else {"timestamp": timestamp}
        while True:
            try:
                self.producer.produce(
                    topic or self.topic,
                    value,
                    key,
                    partition=partition,
                    headers=list(headers),
                    on_delivery=self._delivered,
                    **extra,
                )
                return
            except BufferError:
                self.producer.poll(0.1)

    def _delivered(self, error, message):
        if error:
            self.refused.append(error)

    def flush(self):
        assert self.producer.flush(60) == 0
        assert not self.refused, self.refused

    def values(self, topic):
        """Bodies in a topic now, in order of partition and offset."""
        found = self.kafka.read(topic)
        return [m.value() for m in sorted(found, key=lambda m: (m.partition(), m.offset()))]

    def wait_values(self, topic, expected, deadline_s=20.0):
        wait_until(
            lambda: self.values(topic) == expected,
            deadline_s,
            f"{expected!r} in {topic}",
            seen=lambda: self.values(topic),
        )

    def wait_count(self, topic, count, deadline_s=30.0):
        wait_until(
            lambda: len(self.kafka.read(topic)) >= count,
            deadline_s,
            f"{count} messages in {topic}",
            seen=lambda: len(self.kafka.read(topic)),
        )
