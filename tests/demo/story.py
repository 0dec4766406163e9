"""The story of the demonstration, whatever broker it has: an application and two developers share a queue, and things are killed under them.

Owns the steps; a broker's own demonstration says what is made at the start and what must be as before at the end.
"""
from checker import cli
from checker.judge import judge
from checker.log import logs_read
from harness import wait
from harness.api import phase
from harness.order import order_broken

from .screen import Screen

RATE = 300               # messages a second
FLOW = 600               # messages between one step and the next
READ_BY_ANNA, READ_BY_BOB = 500, 400
JUDGED = ("lost", "duplicated", "misrouted")
WAIT_S = 60


class Demo:
    """A broker's own has original (what is shared, in words), deploy_run(), which makes that and returns the application, and leftovers(), [(what, whether there is none)]."""

    rate = RATE

    def __init__(self, run, live):
        self.run = run
        self.app = self.supervisor = self.producer = None
        self.sessions = {}
        self.screen = Screen({
            "sent": lambda: self.producer.count() if self.producer else 0,
            "application": lambda: len(self.app.uids()) if self.app else 0,
            "anna (author ^anna$)": lambda: self.got("anna"),
            "bob (author ^bob$)": lambda: self.got("bob"),
            "split": self.split,
            "processes": self.processes,
        }, live)

    # --- what the table shows ---

    def got(self, name):
        return len(self.sessions[name].uids()) if name in self.sessions else 0

    def split(self):
        try:
            found = self.supervisor.api.splits() if self.supervisor else []
        except OSError:
            return "(the supervisor is away)"
        return phase(found[0]) or "Pending" if found else "none"

    def processes(self):
        if self.supervisor is None:
            return "none yet"
        workers = ", ".join(str(pid) for pid in self.supervisor.workers())
        return f"supervisor {self.supervisor.supervisor() or '-'}, worker {workers or '-'}"

    # --- waiting, while the table goes on ---

    def until(self, predicate, what, deadline_s=WAIT_S):
        def look():
            self.screen.tick()
            return predicate()
        return wait.wait_until(look, deadline_s, what, seen=self.describe)

    def flow(self, count=FLOW):
        """Until so many more messages were sent, and some of them came to the application."""
        sent, got = self.producer.count() + count, self.app.count()
        self.until(lambda: self.producer.count() >= sent and self.app.count() > got, f"{count} messages to flow")

    def describe(self):
        parts = [p for p in (self.app, self.producer, *self.sessions.values(), self.supervisor) if p is not None]
        return "\n".join(part.describe() for part in parts)

    # --- the story ---

    def deploy(self):
        self.screen.step(self.original)
        self.app = self.deploy_run()
        self.supervisor = self.run.served_by
        self.before = self.run.baseline
        self.producer = self.run.producer(rate=self.rate)
        self.screen.step("an application with two instances consumes it; a producer sends")
        self.flow(FLOW // 2)

    def join(self, name, limit):
        self.screen.step(f"{name} runs: sluice run -- her or his own copy of the application (it will stop reading after {limit} messages)")
        session = self.sessions[name] = self.run.session(self.supervisor, name, {"author": f"^{name}$"}, environment={"COLLECT_LIMIT": str(limit)})
        session.start(ready=False)
        self.until(lambda: session.tail.of("start") or session.process.poll() is not None, f"{name}'s session to be ready")
        session.wait_ready(1)
        self.screen.step(f"{name}'s session is ready")
        self.until(lambda: self.got(name) > 0, f"the first message at {name}'s")

    def kill_worker(self):
        pid = self.supervisor.kill_worker(wait=False)
        self.screen.step(f"SIGKILL to the worker ({pid}): another one takes over")
        self.until(lambda: set(self.supervisor.workers()) - {pid}, "another worker")
        self.flow()

    def kill_supervisor(self):
        pid = self.supervisor.kill_supervisor(wait=False)
        self.screen.step(f"SIGKILL to the supervisor ({pid}): the worker goes on, another supervisor adopts it")
        self.until(lambda: self.supervisor.supervisor() not in (None, pid) and self.supervisor.api.answers(), "another supervisor")
        self.flow()

    def leave_unread(self):
        for name, limit in (("anna", READ_BY_ANNA), ("bob", READ_BY_BOB)):
            self.until(lambda n=name, most=limit: self.got(n) >= most, f"{name} to have read {limit} messages")
        self.screen.step("both developers have stopped reading; messages for them pile up")
        self.flow()

    def leave(self, name):
        self.screen.step(f"{name} ends the session with unread messages: they go to the application")
        self.sessions[name].end()
        self.screen.step(f"{name}'s session is over")

    def finish(self):
        self.producer.stop()
        self.screen.step("the producer has stopped")
        for told in order_broken(self.supervisor.logs()):
            self.run.events.write("OrderBroken", **told)
        everyone = (self.app, *self.sessions.values())
        self.until(lambda: not self.producer.uids() - set().union(*(c.uids() for c in everyone)), "everything collected", 120)
        self.until(lambda: not self.supervisor.api.splits(), "the split to be over", 120)
        self.wait_as_before()
        self.screen.step("everything was collected and the split is over")

    def restored(self):
        """[(what, whether it is as before)]; ends supervisor and application on the way."""
        app = self.app
        app.wait_ready()
        now = app.env_file.read_bytes()
        self.wait_consumed()
        app.stop()
        stopped = self.supervisor.stop()
        return [(f"the application's environment is as before, byte for byte ({app.env_file.name})", now == self.before), *self.leftovers(),
                ("no process is left", not self.supervisor.left() and stopped == 0)]

    def story(self):
        self.deploy()
        self.join("anna", READ_BY_ANNA)
        self.join("bob", READ_BY_BOB)
        self.kill_worker()
        self.kill_supervisor()
        self.leave_unread()
        self.leave("bob")
        self.leave("anna")
        self.finish()
        restored = self.restored()
        self.screen.columns = {name: show for name, show in self.screen.columns.items() if name not in ("split", "processes")}
        self.screen.close()
        return self.tell(restored)

    def tell(self, restored):
        """Ledger and verdict; True when all is well."""
        judgement = judge(logs_read([self.run.folder]))
        rows = cli.verdicts(judgement)
        text = "\n".join(cli.table(judgement, rows))
        (self.run.folder / "ledger.txt").write_text(text + "\n")
        print("\n" + text + "\n")
        for what, true in restored:
            print(f"{'yes' if true else 'NO':<5}{what}")
        ledger = judgement.ledger
        unread = ledger["returned leftovers"] > 0
        print(f"{'yes' if unread else 'NO':<5}messages that the developers had not read came to the application")
        good = cli.holds(rows) and unread and all(true for _, true in restored)
        print("\n" + ", ".join(f"{ledger[name]} {name}" for name in JUDGED) + (": all is well" if good else ": NOT all is well"))
        return good
