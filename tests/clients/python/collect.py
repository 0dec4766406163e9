"""A consumer with confluent-kafka, as an application would write it (variables: ../README.md).

Owns its membership in the group. Commits only what it has logged; what it read and could not commit is somebody else's after a rebalance.
"""
import os
import signal
import sys
import time
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from collect_log import CollectLog, self_test  # noqa: E402

BATCH = 500
# Reading goes on: the topic appears soon, the broker comes back, or another member took over.
PASSING = {KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._RESOLVE, KafkaError._TIMED_OUT, KafkaError.UNKNOWN_TOPIC_OR_PART,
           KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION, KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.NOT_COORDINATOR,
           KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError._MAX_POLL_EXCEEDED, KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError._AUTO_OFFSET_RESET}


def number(name, default):
    return int(os.environ.get(name) or default)


def configuration():
    config = {
        "bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"],
        "group.id": os.environ["KAFKA_GROUP_ID"],
        "auto.offset.reset": os.environ.get("AUTO_OFFSET_RESET", "latest"),
        "isolation.level": os.environ.get("ISOLATION", "read_committed"),
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "topic.metadata.refresh.interval.ms": 5000,
        "reconnect.backoff.max.ms": 1000,
        "log_level": 4,
    }
    protocol = os.environ.get("GROUP_PROTOCOL", "classic")
    if protocol == "classic":
        config["session.timeout.ms"] = number("SESSION_TIMEOUT_MS", 6000)
        config["heartbeat.interval.ms"] = max(100, config["session.timeout.ms"] // 6)
        if os.environ.get("ASSIGNOR"):
            config["partition.assignment.strategy"] = os.environ["ASSIGNOR"]
    else:
        config["group.protocol"] = protocol
    if os.environ.get("GROUP_INSTANCE_ID"):
        config["group.instance.id"] = os.environ["GROUP_INSTANCE_ID"]
    return config


class Collector:
    def __init__(self):
        self.topic = os.environ["KAFKA_TOPIC_NAME"]
        self.commit_every = number("COMMIT_EVERY", 100)
        self.commit_interval_s = number("COMMIT_INTERVAL_MS", 500) / 1000
        self.delay_s = number("COLLECT_DELAY_MS", 0) / 1000
        self.limit = number("COLLECT_LIMIT", 0)
        self.count = 0
        self.done = {}       # partition -> next offset, logged and not committed
        self.done_count = 0
        self.committed_s = time.monotonic()
        self.stopping = False
        self.log = CollectLog("python")
        self.consumer = Consumer(configuration())

    def stop(self, *_):
        self.stopping = True

    def run(self):
        self.log.write("start", client="python", topic=self.topic, group=os.environ["KAFKA_GROUP_ID"])
        self.consumer.subscribe([self.topic], on_assign=self.assigned, on_revoke=self.revoked, on_lost=self.lost)
        while not self.stopping:
            self.take(self.consumer.consume(self.batch(), 0.1))
            if self.done_count and (self.done_count >= self.commit_every or time.monotonic() - self.committed_s >= self.commit_interval_s):
                self.commit(self.done)
        self.commit(self.done)
        self.consumer.close()
        self.log.write("stop", clean=True)

    def batch(self):
        """How many to ask for. A slow consumer takes one, so that it hears of a rebalance in time."""
        most = 1 if self.delay_s else BATCH
        if not self.limit:
            return most
        if self.count >= self.limit:
            self.consumer.pause(self.consumer.assignment())
        return max(1, min(most, self.limit - self.count))

    def take(self, messages):
        records = []
        for message in messages:
            error = message.error()
            if error is None:
                records.append((message.topic(), message.partition(), message.offset(), message.timestamp()[1],
                                message.key(), message.value(), message.headers() or []))
                self.done[message.partition()] = message.offset() + 1
            elif error.code() not in PASSING:
                raise KafkaException(error)
        if not records:
            return
        self.log.got(records)
        self.count += len(records)
        self.done_count += len(records)
        if self.delay_s:
            time.sleep(self.delay_s * len(records))

    def commit(self, offsets):
        """Commits and logs those that the broker took; a refusal means that another member has them now."""
        if not offsets:
            return
        wanted = [TopicPartition(self.topic, partition, offset) for partition, offset in offsets.items()]
        try:
            taken = self.consumer.commit(offsets=wanted, asynchronous=False)
        except KafkaException as error:
            print(f"commit refused: {error}", file=sys.stderr, flush=True)
            self.committed_s = time.monotonic()
            return
        for place in taken:
            if place.error is None:
                self.log.commit(place.topic, place.partition, place.offset)
        for place in wanted:
            self.done.pop(place.partition, None)
        self.done_count = 0
        self.committed_s = time.monotonic()

    def assigned(self, _, partitions):
        self.log.write("assigned", partitions=sorted(p.partition for p in partitions))

    def revoked(self, _, partitions):
        self.commit({p.partition: self.done[p.partition] for p in partitions if p.partition in self.done})
        self.lost(_, partitions)

    def lost(self, _, partitions):
        for place in partitions:
            self.done.pop(place.partition, None)
        self.log.write("revoked", partitions=sorted(p.partition for p in partitions))


def main():
    if self_test():
        return 0
    collector = Collector()
    signal.signal(signal.SIGTERM, collector.stop)
    signal.signal(signal.SIGINT, collector.stop)
    collector.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
