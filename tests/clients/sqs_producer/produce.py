"""The producer of the tests for SQS: messages with seeded groups and attributes, and a log of what SQS acknowledged.

Owns the uids of its run. Logs `sent` only after the acknowledgement, `unsure` when the outcome is unknown. What failed by itself in a batch is sent again; a FIFO
queue is sent a message again under its deduplication id until the outcome is known, and a group gets its next message only then. SIGTERM: stops, exits 0.
At the end one JSON line {"sent", "unsure", "aborted", "seconds"} on standard output. AWS_* as for any SDK.

SQS_QUEUE, PRODUCE_LOG   needed (the queue as for consumers)
PRODUCE_RUN        prefix of the uids (random)         PRODUCE_SEED       of groups, attributes and bodies (1)
PRODUCE_COUNT      messages, 0: until SIGTERM (0)      PRODUCE_RATE       messages a second, 0: as fast as it goes (0)
PRODUCE_KEYS       number of groups (16 for FIFO; 0, none, else)          PRODUCE_BODY_BYTES about so long (100)
PRODUCE_AUTHORS, PRODUCE_SOURCES, PRODUCE_LEVELS       name:weight,... of the attributes author, source, level
PRODUCE_STRANGE    share of messages with ten attributes, numbers, binary, odd text (0)
PRODUCE_LARGE_EVERY, PRODUCE_LARGE_BYTES               every n-th is that large (0, 1000000)
PRODUCE_TRACE      1: an X-Ray trace header on each (0)
"""
import json
import os
import random
import secrets
import signal
import sys
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from checker.canon import header_json  # noqa: E402
from checker.canon_sqs import sqs_hash  # noqa: E402
from clients.produce_log import ProduceLog, number, pools  # noqa: E402
from clients.sqs_queue import queue_urls  # noqa: E402

BATCH, BATCH_BYTES = 10, 1_000_000
TRIES_MAX, PAUSE_S = 200, 0.1
# Answers that say that nothing was taken.
REFUSED = {"RequestThrottled", "ThrottlingException", "OverLimit"}


class Maker:
    """Makes messages: uid, group, seq, body and attributes as name -> (type, bytes)."""

    def __init__(self, run, fifo):
        self.run, self.count, self.seqs = run, 0, {}
        self.random = random.Random(number("PRODUCE_SEED", 1))
        self.groups = [f"group-{i}" for i in range(number("PRODUCE_KEYS", 16 if fifo else 0))] or [None]
        self.body, self.body_bytes = self.random.randbytes(1 << 20).hex(), number("PRODUCE_BODY_BYTES", 100)
        self.large_every, self.large_bytes = number("PRODUCE_LARGE_EVERY", 0), number("PRODUCE_LARGE_BYTES", 1000000)
        self.strange = float(os.environ.get("PRODUCE_STRANGE") or 0)
        self.pools = pools(self.random)

    def make(self):
        self.count += 1
        pick, uid = self.random, f"{self.run}-{self.count}"
        group = pick.choice(self.groups)
        seq = self.seqs[group] = self.seqs.get(group, 0) + 1
        attributes = {"uid": ("String", uid.encode()), "seq": ("Number", str(seq).encode())}
        attributes.update((name, ("String", pool[pick.getrandbits(12)])) for name, pool in self.pools)
        body = self.text(uid)
        if self.strange and pick.random() < self.strange:
            body = self.make_strange(body, attributes)
        return uid, group, seq, body, attributes

    def text(self, uid):
        size = self.large_bytes if self.large_every and self.count % self.large_every == 0 else self.body_bytes
        start = self.random.getrandbits(16)
        return f"{uid} {self.body[start:start + size]}"

    def make_strange(self, body, attributes):
        pick = self.random
        kind = pick.randrange(5)
        if kind == 0:
            attributes["raw"] = ("Binary", pick.randbytes(pick.randrange(1, 40)))
            attributes["picture"] = ("Binary.png", b"\x00\xff")
        elif kind == 1:
            attributes.update({f"more.{i}_x-{i}": ("String.custom", f"größe {i}\n\t".encode()) for i in range(5)})    # ten in all
        elif kind == 2:
            attributes["n"] = ("Number.float", pick.choice([b"-7.50", b"1E+20", b"0"]))
            del attributes["author"]
        elif kind == 3:
            return pick.choice(["{\"Type\": \"Notification\", \"Message\": \"looks like an envelope\"}", "/ \\ \" \u2028 \U0001f600 \r\n", " "]) + body
        else:
            attributes["author"] = ("String", pick.choice(["anna ", "ANNA", "annä"]).encode())
        return body


class Produce:
    def __init__(self):
        self.sqs = boto3.client("sqs", config=Config(retries={"total_max_attempts": 1}))
        self.url = queue_urls(self.sqs)[0]
        self.topic = self.url.rsplit("/", 1)[1]
        self.fifo = self.topic.endswith(".fifo")
        self.maker, self.log = Maker(os.environ.get("PRODUCE_RUN") or secrets.token_hex(4), self.fifo), ProduceLog()
        self.trace, self.stopping = number("PRODUCE_TRACE", 0), False

    def stop(self, *_):
        self.stopping = True

    def run(self):
        count, rate = number("PRODUCE_COUNT", 0), float(os.environ.get("PRODUCE_RATE") or 0)
        began, spare = time.monotonic(), None
        while not self.stopping and (spare or not count or self.maker.count < count):
            batch, size = [], 0
            while len(batch) < BATCH and (spare or not count or self.maker.count < count):
                message, spare = spare or self.maker.make(), None
                size += len(message[3].encode()) + 2000
                if batch and size > BATCH_BYTES:
                    spare = message
                    break
                batch.append(message)
            self.send(batch)
            self.log.flush()
            while rate and not self.stopping and self.maker.count > (time.monotonic() - began) * rate:
                time.sleep(min(0.02, 1 / rate))
        self.log.flush(force=True)
        print(json.dumps(dict(self.log.count, seconds=round(time.monotonic() - began, 3))), flush=True)

    def entry(self, number, message):
        uid, group, _, body, attributes = message
        entry = {"Id": str(number), "MessageBody": body, "MessageAttributes": {
            name: {"DataType": kind, **({"BinaryValue": value} if kind.startswith("Binary") else {"StringValue": value.decode()})}
            for name, (kind, value) in attributes.items()}}
        if group is not None:
            entry["MessageGroupId"] = group
        if self.fifo:
            entry["MessageDeduplicationId"] = uid
        if self.trace:
            entry["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": self.trace_of(uid)}}
        return entry

    @staticmethod
    def trace_of(uid):
        return f"Root=1-5759e988-{uid.encode().hex():0>24.24}"

    def send(self, batch):
        """Until each of them is known to be there, or (standard queues) its outcome can no longer be known."""
        at = time.time() * 1000
        for wave in self.waves(batch):
            waiting = dict(enumerate(wave))
            for _ in range(TRIES_MAX):
                waiting = self.attempt(waiting, at)
                if not waiting:
                    break
                time.sleep(PAUSE_S)
            for message in waiting.values():
                self.log_message("unsure", message, None, at)

    def waves(self, batch):
        """A partial failure must not let a group's next message overtake: of a FIFO queue one of each group at a time."""
        if not self.fifo:
            return [batch]
        waves = []
        for message in batch:
            wave = next((w for w in waves if all(m[1] != message[1] for m in w)), None)
            if wave is None:
                waves.append(wave := [])
            wave.append(message)
        return waves

    def attempt(self, waiting, at):
        """Sends them once; returns those that are to be sent again."""
        try:
            answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=[self.entry(i, m) for i, m in waiting.items()])
        except (BotoCoreError, ClientError) as error:
            known = isinstance(error, ClientError) and error.response["Error"]["Code"] in REFUSED
            print(f"SQS: {error}", file=sys.stderr, flush=True)
            if known or self.fifo:
                return waiting
            for message in waiting.values():
                self.log_message("unsure", message, None, at)
            return {}
        for entry in answer.get("Successful", []):
            self.log_message("sent", waiting[int(entry["Id"])], entry["MessageId"], at)
        for entry in answer.get("Failed", []):
            if entry["SenderFault"]:
                raise SystemExit(f"a message was refused: {entry}")
        return {int(entry["Id"]): waiting[int(entry["Id"])] for entry in answer.get("Failed", [])}

    def log_message(self, state, message, number, at):
        uid, group, seq, body, attributes = message
        trace = self.trace_of(uid) if self.trace else None
        line = {"broker": "sqs-fifo" if self.fifo else "sqs", "uid": uid, "topic": self.topic, "partition": None, "key": group, "seq": seq, "ts": 0,
                "hash": sqs_hash(group, body, attributes, trace), "headers": [(n, header_json(v)) for n, (_, v) in attributes.items()], "at": at}
        self.log.add(state, dict(line, offset=number) if state == "sent" else line)


def main():
    produce = Produce()
    signal.signal(signal.SIGTERM, produce.stop)
    signal.signal(signal.SIGINT, produce.stop)
    produce.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
