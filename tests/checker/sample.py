"""Good logs: a small model of a split that works, from a seed, with restarts, returns, mirrors and redeliveries.

Owns nothing outside its lists. It never makes a log that a working split could not make; test_checker.py mutates what it makes.
"""
import random

from .canon import header_bytes, key_text, message_hash
from .sessions import Session

SOURCE = "views"
PARTITIONS = 3


class Reader:
    """One destination's place in one queue: reads in order, commits now and then, may crash back to what was committed."""

    def __init__(self, model, dest, queue):
        self.model, self.dest, self.queue = model, dest, queue
        self.next = [0] * PARTITIONS
        self.committed = [0] * PARTITIONS
        self.start()

    def start(self):
        self.model.starts += 1
        self.insts = [f"{self.dest}-{self.model.starts}-{i}" for i in range(2)]

    def read(self, count):
        for _ in range(count):
            partition = self.model.random.randrange(PARTITIONS)
            if self.next[partition] < len(self.queue[partition]):
                self.model.log_got(self, partition, self.next[partition])
                self.next[partition] += 1
                if self.model.random.random() < 0.2:
                    self.commit(partition)

    def read_all(self):
        while any(self.next[p] < len(self.queue[p]) for p in range(PARTITIONS)):
            self.read(1)
        for partition in range(PARTITIONS):
            self.commit(partition)

    def commit(self, partition):
        if self.next[partition] > self.committed[partition]:
            self.committed[partition] = self.next[partition]
            self.model.log({"t": "commit", "dest": self.dest, "inst": self.insts[partition % 2], "topic": self.queue.name,
                            "partition": partition, "offset": self.next[partition]})

    def crash(self):
        self.next = list(self.committed)
        self.start()


class Queue:
    def __init__(self, name):
        self.name = name
        self.parts = [[] for _ in range(PARTITIONS)]

    def __getitem__(self, partition):
        return self.parts[partition]


class Model:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.now = 1_700_000_000_000.0
        self.lines, self.count, self.starts, self.seqs = [], 0, 0, {}
        self.source = Queue(SOURCE)
        self.forwarded = None      # per partition, when a worker runs
        self.sessions = []         # (Session, Reader) in route order
        self.app = Reader(self, "app", self.source)

    def log(self, line):
        self.now += 1
        self.lines.append(dict(line, at=self.now))

    def event(self, kind, **fields):
        self.log(dict(fields, t="event", kind=kind))

    def produce(self, count):
        for _ in range(count):
            self._produce_one()

    def _produce_one(self):
        pick, partition = self.random, self.random.randrange(PARTITIONS)
        self.count += 1
        uid = f"r-{self.count}"
        key = pick.choice([None, b"", b"k1", b"k2", b"\xff\x00"])
        value = pick.choice([None, b"", uid.encode() * 3])
        self.seqs[key] = self.seqs.get(key, 0) + 1
        headers = [("uid", uid), ("seq", str(self.seqs[key])), ("author", pick.choice(["anna", "bob", "carl", "dora"])),
                   ("source", pick.choice(["my-session-1", "web"]))]
        if pick.random() < 0.2:
            headers += [("author", pick.choice(["eve", "anna"])), ("nothing", None), ("raw", {"hex": "ff00fe"})]
        raw = [(n, header_bytes(v)) for n, v in headers]
        message = {"uid": uid, "topic": SOURCE, "partition": partition, "key": key_text(key), "seq": self.seqs[key],
                   "ts": int(self.now), "hash": message_hash(key, value, raw)}
        if pick.random() < 0.01:
            self.log(dict(message, t=pick.choice(["unsure", "aborted"]), headers=headers))
            return
        self.log(dict(message, t="sent", offset=len(self.source[partition]), headers=headers))
        self.source[partition].append((message, raw))

    def log_got(self, reader, partition, offset):
        message = reader.queue[partition][offset][0]
        self.log(dict(message, t="got", dest=reader.dest, inst=reader.insts[partition % 2], topic=reader.queue.name, offset=offset))

    def split(self):
        """The application is pointed at a fallback; what it had not committed is forwarded again."""
        self.app.crash()
        self.forwarded = list(self.app.committed)
        self.app = Reader(self, "app", Queue("mirrord-tmp-1-fallback-views"))

    def forward(self):
        for partition in range(PARTITIONS):
            for entry in self.source[partition][self.forwarded[partition]:]:
                self.route(partition, entry)
            self.forwarded[partition] = len(self.source[partition])

    def route(self, partition, entry, copies=True):
        matching = [(session.mode(SOURCE), reader) for session, reader in self.sessions if session.matches(SOURCE, entry[1])]
        for mode, reader in matching:
            if copies and mode == "mirror":
                reader.queue[partition].append(entry)
        taker = next((reader for mode, reader in matching if mode == "steal"), self.app)
        taker.queue[partition].append(entry)

    def begin(self, name, mode, filters):
        event = {"name": name, "queues": {SOURCE: {"mode": mode, "filters": filters}}, "order": [len(self.sessions) + self.now]}
        self.event("session", **event)
        self.forward()
        self.sessions.append((Session(dict(event, at=self.now)), Reader(self, name, Queue(f"mirrord-tmp-{self.starts}-views"))))
        self.event("ready", name=name)

    def end(self, name):
        """Leftovers go on before anything newer does."""
        self.event("ending", name=name)
        session, reader = next(pair for pair in self.sessions if pair[0].name == name)
        self.forward()
        self.sessions.remove((session, reader))
        if session.mode(SOURCE) == "steal":
            for partition in range(PARTITIONS):
                for entry in reader.queue[partition][reader.committed[partition]:]:
                    self.route(partition, entry, copies=False)
        self.event("ended", name=name)

    def unsplit(self):
        self.forward()
        self.app.read_all()
        app = Reader(self, "app", self.source)
        app.next, app.committed = list(self.forwarded), list(self.forwarded)
        self.app, self.forwarded = app, None

    def live(self, steps):
        for _ in range(steps):
            self.produce(self.random.randrange(6))
            if self.forwarded is not None and self.random.random() < 0.6:
                self.forward()
            for reader in [self.app] + [r for _, r in self.sessions]:
                reader.read(self.random.randrange(8))
                if self.random.random() < 0.05:
                    reader.crash()


def good_log(seed, steps=15):
    """Lines of a run in which everything held; about 18 messages a step."""
    return story(Model(seed), steps)


def story(model, steps):
    """The usual life of a split, told by that model."""
    model.live(steps)
    model.split()
    model.begin("anna", "steal", {"author": "^anna$"})
    model.live(steps)
    model.begin("web", "steal", {"author": "^(anna|bob)$", "source": "^web$"})
    model.begin("copy", "mirror", {"author": "carl"})
    model.live(steps)
    model.end("anna")
    model.live(steps)
    model.event("fault", what="worker killed")
    model.end("web")
    model.live(steps)
    for _, reader in model.sessions:
        reader.read_all()
    model.end("copy")
    model.unsplit()
    model.live(steps)
    model.app.read_all()
    return model.lines
