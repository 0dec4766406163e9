"""The broker as a test sees it: topics, offsets, groups, and what is left in a queue.

Owns one admin client. Reads of committed offsets require stable ones, because plain reads right after a transaction may be old.
"""
import json
import time

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic, OffsetSpec

from checker.canon import header_last, key_text, message_hash

from .wait import wait_until

TIMEOUT_S = 20.0
TEMPORARY = "mirrord-"
STALL_S = 60.0
STALLED = (KafkaError.INVALID_REPLICATION_FACTOR, KafkaError._TIMED_OUT, KafkaError.REQUEST_TIMED_OUT, KafkaError.NOT_CONTROLLER)


def _passing(error):
    return isinstance(error, KafkaException) and error.args[0].code() in (
        KafkaError.UNSTABLE_OFFSET_COMMIT, KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.UNKNOWN_LEADER_EPOCH, KafkaError.FENCED_LEADER_EPOCH, KafkaError._TRANSPORT, KafkaError._TIMED_OUT,
        KafkaError.REQUEST_TIMED_OUT, KafkaError.LEADER_NOT_AVAILABLE, KafkaError._NOENT)    # the last: no leader is known yet


class Kafka:
    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.admin = AdminClient({"bootstrap.servers": bootstrap, "reconnect.backoff.max.ms": 500, "log_level": 2})

    def _steady(self, ask, what, deadline_s=TIMEOUT_S):
        """Repeats while the answer is "not now"."""
        def attempt():
            try:
                return (ask(),)
            except KafkaException as error:
                if _passing(error):
                    raise OSError(str(error)) from error
                raise
        return wait_until(attempt, deadline_s, what)[0]

    # --- topics ---

    def create(self, *names, partitions=4, config=None):
        """Tried again while the broker is one that nobody hears of: a disk that stands still for seconds makes it so."""
        stalled = []
        wait_until(lambda: self._create(names, partitions, config, stalled), STALL_S, f"topics {names} to be made", seen=lambda: stalled[-3:])
        wait_until(lambda: set(names) <= set(self.topics()), TIMEOUT_S, f"topics {names} in the metadata", seen=self.topics)

    def _create(self, names, partitions, config, stalled):
        wanted, before = [NewTopic(n, partitions, 1, config=config or {}) for n in names], len(stalled)
        for future in self.admin.create_topics(wanted, operation_timeout=TIMEOUT_S).values():
            try:
                future.result()
            except KafkaException as error:
                code = error.args[0].code()
                if code in STALLED:
                    stalled.append(error)
                elif code != KafkaError.TOPIC_ALREADY_EXISTS or not before:    # one that went through although it seemed not to
                    raise
        return len(stalled) == before

    def delete(self, *names):
        for future in self.admin.delete_topics(list(names), operation_timeout=TIMEOUT_S).values():
            future.result()
        wait_until(lambda: not set(names) & set(self.topics()), TIMEOUT_S, f"topics {names} gone", seen=self.topics)

    def grow(self, name, partitions):
        for future in self.admin.create_partitions([NewPartitions(name, partitions)]).values():
            future.result()
        wait_until(lambda: self.partitions(name) == partitions, TIMEOUT_S, f"{partitions} partitions of {name}")

    def topics(self):
        """Names, without the broker's own."""
        return sorted(n for n in self.admin.list_topics(timeout=TIMEOUT_S).topics if not n.startswith("__"))

    def temporary(self):
        """Temporary topics of splits."""
        return [n for n in self.topics() if n.startswith(TEMPORARY)]

    def partitions(self, name):
        """Number of partitions, 0 when there is no such topic. Never asks for one topic: that could create it."""
        found = self.admin.list_topics(timeout=TIMEOUT_S).topics.get(name)
        return len(found.partitions) if found else 0

    def config(self, name):
        """All settings of a topic as text."""
        resource = ConfigResource(ConfigResource.Type.TOPIC, name)
        return {k: v.value for k, v in self.admin.describe_configs([resource])[resource].result().items()}

    def configure(self, name, **settings):
        """Change settings; dots are written as underscores."""
        from confluent_kafka.admin import AlterConfigOpType, ConfigEntry
        entries = [ConfigEntry(k.replace("_", "."), str(v), incremental_operation=AlterConfigOpType.SET) for k, v in settings.items()]
        resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=entries)
        self.admin.incremental_alter_configs([resource])[resource].result()

    # --- offsets ---

    def _offsets(self, name, spec):
        wanted = {TopicPartition(name, p): spec for p in range(self.partitions(name))}
        if not wanted:
            return {}
        futures = self.admin.list_offsets(wanted)
        return {place.partition: future.result().offset for place, future in futures.items()}

    def ends(self, name):
        """partition -> offset after the last message (control records count)."""
        return self._steady(lambda: self._offsets(name, OffsetSpec.latest()), f"the ends of {name}")

    def starts(self, name):
        return self._steady(lambda: self._offsets(name, OffsetSpec.earliest()), f"the starts of {name}")

    def committed(self, group, name):
        """partition -> committed offset; partitions without one are not in it."""
        def ask():
            places = [TopicPartition(name, p) for p in range(self.partitions(name))]
            if not places:
                return {}
            request = ConsumerGroupTopicPartitions(group, places)
            future = self.admin.list_consumer_group_offsets([request], require_stable=True)[group]
            return {p.partition: p.offset for p in future.result().topic_partitions if p.offset >= 0 and p.error is None}
        return self._steady(ask, f"the committed offsets of {group}")

    def commit(self, group, name, offsets):
        """Set the offsets of a group without members."""
        def ask():
            places = [TopicPartition(name, p, o) for p, o in offsets.items()]
            done = self.admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, places)])[group].result()
            for place in done.topic_partitions:
                if place.error:
                    raise KafkaException(place.error)
        self._steady(ask, f"the offsets of {group} set")

    # --- groups ---

    def groups(self, prefix=""):
        return sorted(g.group_id for g in self.admin.list_consumer_groups().result().valid if g.group_id.startswith(prefix))

    def members(self, group):
        """member id -> [(topic, partition)] of a group's members."""
        found = self.admin.describe_consumer_groups([group])[group].result()
        return {m.member_id: [(p.topic, p.partition) for p in m.assignment.topic_partitions] for m in found.members}

    # --- messages ---

    def produce(self, name, *headers, partition=0, key=None, value=b"body"):
        """One message for each list of headers, acknowledged when this returns; without a line in any log."""
        failed = []
        producer = Producer({"bootstrap.servers": self.bootstrap, "log_level": 3})
        for each in headers:
            producer.produce(name, value, key, partition, headers=each, on_delivery=lambda error, _: failed.append(error) if error else None)
        assert producer.flush(TIMEOUT_S) == 0 and not failed, f"producing to {name}: {failed}"

    def read(self, name, start=None, isolation="read_committed"):
        """All messages of a topic from start (partition -> offset; default: the beginning) to its end now, as a reader without a group."""
        ends, starts = self.ends(name), self.starts(name)
        start = {p: max((start or {}).get(p, 0), starts[p]) for p in ends}
        waiting = {p for p in ends if start[p] < ends[p]}
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "test-reader", "enable.auto.commit": False, "isolation.level": isolation,
                             "enable.partition.eof": True, "auto.offset.reset": "error", "allow.auto.create.topics": False, "log_level": 3})
        try:
            if waiting:
                consumer.assign([TopicPartition(name, p, start[p]) for p in waiting])
            return self._read_rest(consumer, name, waiting)
        finally:
            consumer.close()

    @staticmethod
    def _read_rest(consumer, name, waiting):
        found, end = [], time.monotonic() + 60
        while waiting:
            message = consumer.poll(1.0)
            if time.monotonic() > end:
                raise AssertionError(f"reading {name}: partitions {sorted(waiting)} did not come to their end in 60 s")
            if message is None:
                continue
            if message.error() is None:
                found.append(message)
            elif message.error().code() == KafkaError._PARTITION_EOF:
                waiting.discard(message.partition())
            else:
                raise KafkaException(message.error())
        return found

    def log_left(self, folder, name, group=None):
        """Logs what lies past the group's committed offsets as left in the queue, for the checker. Returns how many."""
        start = self.committed(group, name) if group else None
        found = self.read(name, start)
        with open(folder / f"left-{name}.jsonl", "a", encoding="utf-8") as file:
            for m in found:
                headers = m.headers() or []
                file.write(json.dumps({
                    "t": "got", "dest": f"left:{name}", "inst": "test", "uid": header_last(headers, "uid"), "key": key_text(m.key()),
                    "seq": int(header_last(headers, "seq")), "topic": name, "partition": m.partition(), "offset": m.offset(),
                    "ts": m.timestamp()[1], "hash": message_hash(m.key(), m.value(), headers), "at": time.time() * 1000}) + "\n")
        return len(found)
