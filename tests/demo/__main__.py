"""python -m demo: a topic of a real Kafka broker, shared by a deployed application and two developers, while worker and supervisor are killed.

Ends with 0 only when nothing was lost, duplicated or misrouted and everything is as it was before. Leaves its logs in a folder whose path it prints.
"""
import argparse
import os
import signal
import sys
import time
from pathlib import Path

from checker import cli
from checker.judge import judge
from checker.log import logs_read
from harness import processes, wait
from harness.api import phase
from harness.run import Run
from testbed.broker import KafkaBroker

from .screen import Screen

CHECKOUT = Path(__file__).resolve().parent.parent.parent
KEPT = 5                 # folders of earlier runs
RATE = 300               # messages a second
FLOW = 600               # messages between one step and the next
READ_BY_ANNA, READ_BY_BOB = 500, 400
JUDGED = ("lost", "duplicated", "misrouted")
WAIT_S = 60


class Demo:
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
        run = self.run
        run.kafka.create(run.topic, partitions=4)
        self.screen.step(f"a broker at {run.bootstrap} with topic {run.topic}")
        self.app = run.app(instances=2)
        run.usual_manifests(self.app)
        self.supervisor = run.supervisor()
        self.before = self.app.env_file.read_bytes()
        self.app.start()
        self.producer = run.producer(rate=RATE)
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
        everyone = (self.app, *self.sessions.values())
        self.until(lambda: not self.producer.uids() - set().union(*(c.uids() for c in everyone)), "everything collected", 120)
        self.until(lambda: not self.supervisor.api.splits(), "the split to be over", 120)
        self.run.wait_no_temporaries()
        self.screen.step("everything was collected and the split is over")

    def restored(self):
        """[(what, whether it is as before)]; ends supervisor and application on the way."""
        app, run = self.app, self.run
        app.wait_ready()
        now = app.env_file.read_bytes()
        run.wait_committed()
        app.stop()
        stopped = self.supervisor.stop()
        topics = [topic for topic in run.kafka.topics() if topic != run.topic]
        groups = [group for group in run.kafka.groups() if group != run.group]
        running = [pid for pid in self.supervisor.seen if processes.alive(pid)]
        return [(f"the application's environment is as before, byte for byte ({app.env_file.name})", now == self.before),
                ("no temporary topic is left on the broker" + "".join(f", {t}" for t in topics), not topics),
                ("no temporary group is left on the broker" + "".join(f", {g}" for g in groups), not groups),
                ("no process is left", not running and stopped == 0)]

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


def make_folder(root):
    root.mkdir(parents=True, exist_ok=True)
    for old in sorted(p for p in root.iterdir() if p.is_dir())[:-KEPT or None]:
        remove(old)
    folder = root / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    folder.mkdir()
    return folder


def remove(folder):
    import shutil
    shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__.splitlines()[0].split(": ", 1)[1])
    parser.add_argument("--plain", action="store_true", help="lines instead of a table that is redrawn")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = make_folder(CHECKOUT / "build" / "demo")
    print(f"logs: {folder}", flush=True)
    (folder / "run").mkdir()
    try:
        with KafkaBroker(folder / "broker") as broker:
            run = Run(folder / "run", broker)
            try:
                good = Demo(run, False if args.plain else None).story()
            finally:
                run.close()
    except KeyboardInterrupt:
        print("\ninterrupted; everything was ended", file=sys.stderr)
        return 130
    except (AssertionError, OSError) as error:
        print(f"\nthe demonstration failed: {error}", file=sys.stderr)
        return 1
    finally:
        print(f"logs: {folder}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
