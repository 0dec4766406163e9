"""What a run with kills is, whatever broker it has: cycles of a split's whole life with two sessions each, until every shot was fired.

Owns the story; the run owns its parts.
"""
from harness.killer import ANY, Killer, Shot
from harness.order import order_broken
from harness.wait import wait_until

ANNA, BOB = {"author": "^anna$"}, {"author": "^bob$"}
PATIENCE_S = 120


class Story:
    """rate: of all producers together. deploy: arguments of run.deploy. producer: those of run.producer beside the rate."""

    def __init__(self, run, rate, deploy, producers=1, **producer):
        self.run, self.sessions, self.spare = run, [], 0
        self.app = run.deploy(**deploy)
        self.killer = run._own(Killer(run.served_by))
        self.killer.start()
        self.producers = [run.producer(str(number), rate=rate // producers, **producer) for number in range(producers)]

    def session(self, name, filters):
        session = self.run.session(self.run.served_by, f"{name}{len(self.sessions)}", filters)
        self.sessions.append(session)
        session.start(ready=False)
        session.wait_ready(PATIENCE_S)
        return session

    def cycle(self):
        run = self.run
        anna = self.session("anna", ANNA)
        bob = self.session("bob", BOB)
        run.flow(200, PATIENCE_S)
        self.wait_shots("Active", ANY)
        bob.end(PATIENCE_S)
        self.killer.check()
        anna.end(PATIENCE_S)
        wait_until(lambda: not run.splits(), PATIENCE_S, "the split to be over", seen=run.describe)
        self.killer.check()

    def wait_shots(self, *states):
        """Until nothing is left to be fired in these states; of those at random moments, some are left for the other states."""
        def fired():
            self.killer.check()
            left = [s for s in self.killer.left() if s.state in states]
            return sum(s.state == ANY for s in left) <= self.spare and not any(s.state != ANY for s in left)
        wait_until(fired, PATIENCE_S, f"the kills in {states}", seen=self.killer.left)

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
        wait_until(lambda: self.sent() >= count, PATIENCE_S * 5, f"{count} messages sent", seen=self.sent)
        self.stop_producers()
        for told in order_broken(run.served_by.logs()):
            run.events.write("OrderBroken", **told)
        return run.finish(*self.sessions)


def in_every_state(kind, states):
    return [Shot(kind, state) for state in states]
