"""The producer of the tests: messages with seeded keys and headers, and a log of what the broker acknowledged.

Owns the uids of its run. Logs `sent` only after the acknowledgement (in a transaction: after the commit), `unsure` when the outcome is unknown, `aborted`
for aborted transactions. SIGTERM: stops, waits for what is on its way, exits 0. At the end one JSON line {"sent", "unsure", "aborted", "seconds"} on standard output.

KAFKA_BOOTSTRAP, KAFKA_TOPIC_NAME, PRODUCE_LOG   needed
PRODUCE_RUN        prefix of the uids (random)         PRODUCE_SEED       of keys, headers and bodies (1)
PRODUCE_COUNT      messages, 0: until SIGTERM (0)      PRODUCE_RATE       messages a second, 0: as fast as it goes (0)
PRODUCE_KEYS       number of keys, 0: none (16)        PRODUCE_BODY_BYTES about so long (100)
PRODUCE_AUTHORS, PRODUCE_SOURCES, PRODUCE_LEVELS       name:weight,... of the headers author, source, level
PRODUCE_STRANGE    share of messages with null or empty key, tombstone, empty body, double, null, empty and binary headers (0)
PRODUCE_LARGE_EVERY, PRODUCE_LARGE_BYTES               every n-th is that large (0, 1000000)
PRODUCE_PARTITION  only into this one                  PRODUCE_TIMESTAMPS 1: give each record its timestamp (1)
PRODUCE_TRANSACTION_EVERY, PRODUCE_ABORT_EVERY         messages a transaction; every n-th transaction is aborted (0, 0)
PRODUCE_COMPRESSION                                    codec (none)
"""
import json
import os
import random
import secrets
import signal
import sys
import time
from pathlib import Path

from confluent_kafka import KafkaException, Producer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from checker.canon import header_json, key_text, message_hash  # noqa: E402
from clients.produce_log import ProduceLog, number, pools  # noqa: E402

FLUSH_DEADLINE_S = 120.0


class Maker:
    """Makes messages: (key, value, headers) from the seed, uid and seq among the headers."""

    def __init__(self, run):
        self.run, self.count, self.seqs = run, 0, {}
        self.random = random.Random(number("PRODUCE_SEED", 1))
        self.keys = [f"key-{i}".encode() for i in range(number("PRODUCE_KEYS", 16))] or [None]
        self.body = self.random.randbytes(1 << 20).hex().encode()
        self.body_bytes = number("PRODUCE_BODY_BYTES", 100)
        self.large_every, self.large_bytes = number("PRODUCE_LARGE_EVERY", 0), number("PRODUCE_LARGE_BYTES", 1000000)
        self.strange = float(os.environ.get("PRODUCE_STRANGE") or 0)
        self.pools = pools(self.random)

    def make(self):
        self.count += 1
        pick = self.random
        uid = f"{self.run}-{self.count}"
        key = pick.choice(self.keys)
        value = self.value(uid)
        headers = [(name, pool[pick.getrandbits(12)]) for name, pool in self.pools]
        if self.strange and pick.random() < self.strange:
            key, value, headers = self.make_strange(key, value, headers)
        seq = self.seqs[key] = self.seqs.get(key, 0) + 1
        return uid, key, seq, value, [("uid", uid.encode()), ("seq", str(seq).encode())] + headers

    def value(self, uid):
        large = self.large_every and self.count % self.large_every == 0
        size = self.large_bytes if large else self.body_bytes
        start = self.random.getrandbits(16)
        body = self.body[start:start + size]
        while len(body) < size:
            body += self.body[:size - len(body)]
        return uid.encode() + b" " + body

    def make_strange(self, key, value, headers):
        pick = self.random
        kind = pick.randrange(7)
        if kind == 0:
            key = pick.choice([None, b"", b"\xff\x00\xfe"])
        elif kind == 1:
            value = pick.choice([None, b""])
        elif kind == 2:
            headers = headers + [("author", pick.choice([b"anna", b"bob", b"nobody"])), ("author", b"third")]
        elif kind == 3:
            headers = headers + [("nothing", None), ("empty", b""), ("empty", None)]
        elif kind == 4:
            headers = headers + [("raw", b"\xff\x00\xfe, raw=\n"), ("gr\u00f6\u00dfe", "wei\u00df".encode())]
        elif kind == 5:
            headers = [h for h in headers if h[0] != "author"]
        else:
            headers = [(name, None if name == "author" else text) for name, text in reversed(headers)]
        return key, value, headers


class Produce:
    def __init__(self):
        self.topic = os.environ["KAFKA_TOPIC_NAME"]
        self.maker, self.log = Maker(os.environ.get("PRODUCE_RUN") or secrets.token_hex(4)), ProduceLog()
        self.partition = number("PRODUCE_PARTITION", -1)
        self.timestamps = number("PRODUCE_TIMESTAMPS", 1)
        self.every, self.abort_every = number("PRODUCE_TRANSACTION_EVERY", 0), number("PRODUCE_ABORT_EVERY", 0)
        self.open, self.transactions = [], 0     # what the open transaction holds; how many there were
        self.stopping = False
        self.producer = Producer(self.configuration())

    def configuration(self):
        config = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "enable.idempotence": True, "linger.ms": 5,
                  "partitioner": "murmur2_random", "sticky.partitioning.linger.ms": 0, "message.max.bytes": 104857600,
                  "queue.buffering.max.messages": 50000, "compression.codec": os.environ.get("PRODUCE_COMPRESSION") or "none",
                  "reconnect.backoff.max.ms": 1000, "log_level": 4}
        if self.every:
            config["transactional.id"] = f"producer-{self.maker.run}"
        return config

    def stop(self, *_):
        self.stopping = True

    def run(self):
        count, rate = number("PRODUCE_COUNT", 0), float(os.environ.get("PRODUCE_RATE") or 0)
        began = time.monotonic()
        if self.every:
            self.producer.init_transactions()
        while not self.stopping and (not count or self.maker.count < count):
            if rate and self.maker.count >= (time.monotonic() - began) * rate:
                self.producer.poll(min(0.02, 1 / rate))
            else:
                self.send()
            self.log.flush()
        self.finish()
        print(json.dumps(dict(self.log.count, seconds=round(time.monotonic() - began, 3))), flush=True)

    def send(self):
        if self.every and not self.open:
            self.producer.begin_transaction()
        uid, key, seq, value, headers = self.maker.make()
        at = time.time() * 1000
        ts = int(at) if self.timestamps else None
        record = (uid, self.topic, key, seq, ts, message_hash(key, value, headers), headers, at)
        options = {} if self.partition < 0 else {"partition": self.partition}
        if ts is not None:
            options["timestamp"] = ts
        entry = [record, None]
        if self.every:
            self.open.append(entry)
        while True:
            try:
                self.producer.produce(self.topic, value, key, headers=headers, on_delivery=lambda e, m: self.delivered(entry, e, m), **options)
                break
            except BufferError:
                self.producer.poll(0.05)
        self.producer.poll(0)
        if self.every and len(self.open) >= self.every:
            self.end_transaction()

    def delivered(self, entry, error, message):
        if self.every:
            entry[1] = None if error else (message.partition(), message.offset())
        elif error:
            self.log_record("unsure", entry[0], message.partition(), None)
        else:
            self.log_record("sent", entry[0], message.partition(), message.offset())

    def log_record(self, state, record, partition, offset):
        uid, topic, key, seq, ts, digest, headers, at = record
        line = {"uid": uid, "topic": topic, "partition": partition, "key": key_text(key), "seq": seq, "ts": ts, "hash": digest,
                "headers": [(name, header_json(value)) for name, value in headers], "at": at}
        self.log.add(state, dict(line, offset=offset) if state == "sent" else line)

    def end_transaction(self):
        """A commit is tried again until its outcome is known; an error that says abort is followed."""
        self.transactions += 1
        abort = bool(self.abort_every) and self.transactions % self.abort_every == 0
        if abort:
            self.producer.flush(FLUSH_DEADLINE_S)
        while True:
            try:
                self.producer.abort_transaction() if abort else self.producer.commit_transaction()
                break
            except KafkaException as error:
                problem = error.args[0]
                print(f"end of transaction: {problem}", file=sys.stderr, flush=True)
                if problem.txn_requires_abort():
                    abort = True
                elif not problem.retriable():
                    raise
        self.log_transaction("aborted" if abort else "sent")

    def log_transaction(self, state):
        for record, place in self.open:
            if place:
                self.log_record(state, record, *place)
            elif state == "aborted":
                self.log_record(state, record, max(self.partition, 0), None)
        self.open = []

    def finish(self):
        if self.open:
            self.end_transaction()
        left = self.producer.flush(FLUSH_DEADLINE_S)
        self.log.flush(force=True)
        if left:
            raise SystemExit(f"{left} messages are neither acknowledged nor refused after {FLUSH_DEADLINE_S:.0f} s")


def main():
    produce = Produce()
    signal.signal(signal.SIGTERM, produce.stop)
    signal.signal(signal.SIGINT, produce.stop)
    produce.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
