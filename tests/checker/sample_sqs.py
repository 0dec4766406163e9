"""Good logs of a split on SQS, standard and FIFO, from a seed: sample.py's story with queues that have no positions.

Owns nothing outside its lists. Messages are invisible while somebody holds them, come back after a crash, and are handed out twice now and then, which the log says.
"""
from .canon import header_bytes
from .canon_sqs import sqs_hash
from .log import SQS, SQS_FIFO
from .sample import SOURCE, Model, story
from .sessions import Session

GROUPS = ["g1", "g2", "g3", "g4"]


class Entry:
    """One message in one queue. holder: the reader that has it in flight."""

    def __init__(self, number, message, raw):
        self.id, self.message, self.raw, self.holder = f"m{number}", message, raw, None


class SqsQueue:
    def __init__(self, model, name):
        self.model, self.name = model, name
        self.entries = []

    def put(self, message, raw):
        self.model.stored += 1
        entry = Entry(self.model.stored, message, raw)
        self.entries.append(entry)
        return entry

    def visible(self):
        """What may be received now: all of a standard queue, the first of each unlocked group of a FIFO queue."""
        free = [e for e in self.entries if e.holder is None]
        if not self.model.fifo:
            return free
        locked, found = {e.message["key"] for e in self.entries if e.holder}, []
        for entry in free:
            if entry.message["key"] not in locked:
                locked.add(entry.message["key"])
                found.append(entry)
        return found


class SqsReader:
    def __init__(self, model, dest, queue):
        self.model, self.dest, self.queue = model, dest, queue
        self.held = []
        self.start()

    def start(self):
        self.model.starts += 1
        self.inst = f"{self.dest}-{self.model.starts}"

    def read(self, count):
        for _ in range(count):
            visible = self.queue.visible()
            if visible:
                entry = self.model.random.choice(visible)
                entry.holder = self
                self.held.append(entry)
                self.model.log_sqs_got(self, entry)
            if self.model.random.random() < 0.4:
                self.delete(self.held[:self.model.random.randrange(1, 4)])

    def read_all(self):
        while self.queue.entries:
            self.read(1)
            if not self.queue.visible():
                self.delete(self.held[:])

    def delete(self, entries):
        if not entries:
            return
        self.model.log({"t": "deleted", "dest": self.dest, "inst": self.inst, "topic": self.queue.name, "ids": [e.id for e in entries]})
        for entry in entries:
            self.held.remove(entry)
            self.queue.entries.remove(entry)
            if not self.model.fifo and self.model.random.random() < 0.03:
                self.double(entry)

    def double(self, entry):
        """SQS hands it out once more although it was deleted."""
        self.model.event("repeat", uid=entry.message["uid"], why="doubled")
        entry.holder = None
        self.queue.entries.append(entry)

    def crash(self):
        for entry in self.held:
            self.model.event("repeat", uid=entry.message["uid"], why="expired")
            entry.holder = None
        self.held = []
        self.start()


class SqsModel(Model):
    def __init__(self, seed, fifo):
        self.fifo, self.stored = fifo, 0
        super().__init__(seed)
        self.source = SqsQueue(self, SOURCE)
        self.app = SqsReader(self, "app", self.source)

    def _produce_one(self):
        pick = self.random
        self.count += 1
        uid = f"r-{self.count}"
        key = pick.choice(GROUPS) if self.fifo else pick.choice([None, "tenant"])
        self.seqs[key] = self.seqs.get(key, 0) + 1
        headers = [["author", pick.choice(["anna", "bob", "carl", "dora"])], ["seq", str(self.seqs[key])], ["source", pick.choice(["my-session-1", "web"])],
                   ["uid", uid]]
        if pick.random() < 0.2:
            headers.append(["raw", {"hex": "ff00fe"}])
        raw = [(name, header_bytes(value)) for name, value in headers]
        message = {"uid": uid, "key": key, "seq": self.seqs[key], "hash": sqs_hash(key, uid * 3, {n: ("String", v) for n, v in raw})}
        sent = dict(message, topic=SOURCE, partition=None, ts=0, headers=headers, broker=SQS_FIFO if self.fifo else SQS)
        if pick.random() < 0.01:
            self.log(dict(sent, t="unsure"))
        else:
            self.log(dict(sent, t="sent", offset=self.source.put(message, raw).id))

    def log_sqs_got(self, reader, entry):
        self.log(dict(entry.message, t="got", dest=reader.dest, inst=reader.inst, topic=reader.queue.name, partition=None, offset=entry.id, ts=None))

    def split(self):
        self.app.crash()
        self.forwarded = True
        self.app = SqsReader(self, "app", SqsQueue(self, "mirrord-tmp-1-fallback-views"))

    def forward(self):
        """A worker that was killed between sending and deleting sends a standard message again; a FIFO queue knows it."""
        for entry in self.source.entries:
            self.route_sqs(entry)
            if not self.fifo and self.random.random() < 0.02:
                self.event("repeat", uid=entry.message["uid"], why="expired")
                self.route_sqs(entry)
        self.source.entries = []

    def route_sqs(self, entry, copies=True):
        matching = [(session.mode(SOURCE), reader) for session, reader in self.sessions if session.matches(SOURCE, entry.raw)]
        taker = next((reader for mode, reader in matching if mode == "steal"), self.app)
        for reader in [r for mode, r in matching if copies and mode == "mirror"] + [taker]:
            reader.queue.put(entry.message, entry.raw)

    def begin(self, name, mode, filters):
        event = {"name": name, "queues": {SOURCE: {"mode": mode, "filters": filters}}, "order": [len(self.sessions) + self.now]}
        self.event("session", **event)
        self.forward()
        self.sessions.append((Session(dict(event, at=self.now)), SqsReader(self, name, SqsQueue(self, f"mirrord-tmp-{self.starts}-views"))))
        self.event("ready", name=name)

    def end(self, name):
        self.event("ending", name=name)
        session, reader = next(pair for pair in self.sessions if pair[0].name == name)
        self.forward()
        self.sessions.remove((session, reader))
        if session.mode(SOURCE) == "steal":
            reader.crash()
            for entry in reader.queue.entries:
                self.route_sqs(entry, copies=False)
        self.event("ended", name=name)

    def unsplit(self):
        self.forward()
        self.app.read_all()
        self.app, self.forwarded = SqsReader(self, "app", self.source), None


def good_sqs_log(seed, fifo, steps=15):
    """Lines of a run in which everything held; about 18 messages a step."""
    return story(SqsModel(seed, fifo), steps)
