"""What a run with kills is, whatever broker it has: cycles of a split's whole life with two sessions each, until every shot was fired.

Owns the story; the run owns its parts.
"""
from harness.killer import ANY, Killer, Shot
from harness.order import order_broken
from harness.wait import wait_until

ANNA, BOB = {"author": "^anna$"}, {"author": "^bob$"}


class Story:
    """rate: of all producers together. patience_s: for each step. deploy: arguments of run.deploy. producer: those of run.producer beside the rate."""

    def __init__(self, run, rate, deploy, producers=1, patience_s=120, **producer):
        self.run, self.sessions, self.spare, self.patience_s = run, [], 0, patience_s
        self.app = run.deploy(**deploy)
        self.killer = run._own(Killer(run.served_by))
        self.killer.start()
        self.producers = [run.producer(str(number), rate=rate // producers, **producer) for number in range(producers)]

    def session(self, name, filters):
        session = self.run.session(self.run.served_by, f"{name}{len(self.sessions)}", filters)
        self.sessions.append(session)
        session.start(ready=False)
        session.wait_ready(self.patience_s)
        return session

    def cycle(self):
        run = self.run
        anna = self.session("anna", ANNA)
        bob = self.session("bob", BOB)
        run.flow(200, self.patience_s)
        self.wait_shots("Active", ANY)
        bob.end(self.patience_s)
        self.killer.check()
        anna.end(self.patience_s)
        wait_until(lambda: not run.splits(), self.patience_s, "the split to be over", seen=run.describe)
        self.killer.check()

    def wait_shots(self, *states):
        """Until nothing is left to be fired in these states; of those at random moments, some are left for the other states."""
        def fired():
            self.killer.check()
            left = [s for s in self.killer.left() if s.state in states]
            return sum(s.state == ANY for s in left) <= self.spare and not any(s.state != ANY for s in left)
        wait_until(fired, self.patience_s, f"the kills in {states}", seen=self.killer.left)

    def fire(self, shots, spare=0):
        """Cycles until all of these were fired."""
        self.spare = spare
        self.killer.load(shots)
        for _ in range(len(shots)):
            self.cycle()
            if not self.killer.left():
                return
            self.spare = 0
        raise AssertionError(f"not every state came up: {self.killer.left()} left")

    def sent(self):
        return sum(producer.count() for producer in self.producers)

    def stop_producers(self):
        for producer in self.producers:
            producer.stop()

    def finish(self, count):
        run = self.run
        self.killer.kill()
        self.killer.check()
        wait_until(lambda: self.sent() >= count, self.patience_s * 5, f"{count} messages sent", seen=self.sent)
        self.stop_producers()
        for told in order_broken(run.served_by.logs()):
            run.events.write("OrderBroken", **told)
        return run.finish(*self.sessions)


def in_every_state(kind, states):
    return [Shot(kind, state) for state in states]
