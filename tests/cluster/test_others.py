"""A split of a workload that others work on too."""

import pytest
from harness.api import condition
from harness.wait import wait_until

from application import NAME
from others import Autoscaler, GitOps, Keda, Numbers, add_budget
from workload import takes_long

NOBODY = {"author": "^nobody$"}
DEADLINE_S = 90.0
# Together two pods take 200 a second: a lag grows.
SLOW = {"COLLECT_DELAY_MS": "10"}
RATE = 300


class Crowd:
    """All of them around one application, none of them at work yet."""

    def __init__(self, story, **app):
        self.app = story.deploy(instances=2, app=app)
        self.budget = add_budget(self.app)
        self.autoscaler = Autoscaler(self.app, story.topic, story.group)
        self.keda = Keda(self.app, story.broker.bootstrap, story.topic, story.group)
        self.gitops = GitOps(self.app)

    def close(self):
        for part in (self.gitops, self.keda, self.autoscaler):
            part.close()

    def scale_by(self, topic):
        return self.autoscaler.topic() == self.keda.trigger()["topic"] == topic

    def is_as_made(self):
        budget = self.app.cluster.api.get("policy/v1", "poddisruptionbudgets", NAME, self.app.namespace)
        scalers = (self.autoscaler, self.keda)
        return budget["spec"] == self.budget["spec"] and all(scaler.document() == scaler.made for scaler in scalers)

    def wait_left_alone(self):
        wait_until(lambda: self.gitops.left_alone > 1, DEADLINE_S, "the patch to be left alone", seen=self.app.describe)

    def wait_replicas(self, count, why):
        wait_until(lambda: self.app.get()["spec"]["replicas"] == count, DEADLINE_S, f"{count} pods, {why}", seen=self.app.describe)


@pytest.fixture
def crowd(story):
    """Makes one; it is ended before the application."""
    made = []
    yield lambda **app: made.append(Crowd(story, **app)) or made[0]
    for one in made:
        one.close()


@pytest.fixture
def numbers(story):
    found = Numbers(story.cluster, story.namespace, story.broker.inner_bootstrap)
    yield found
    found.close()


def test_case_17_the_patch_holds_and_autoscalers_follow_it(story, crowd):
    """CASE-17, C-19, W-6: a GitOps tool that trusts our field manager has nothing to heal; all is restored byte for byte."""
    found = crowd()
    found.gitops.trusted.add("sluice")
    found.gitops.start()
    session = story.ask(story.served_by, "nobody", NOBODY)
    session.wait_ready()
    assert found.app.topics() == [story.fallback()] and found.scale_by(story.fallback())
    found.wait_left_alone()
    session.end()
    story.wait_restored()
    assert found.is_as_made() and found.gitops.healed == 0


@takes_long
def test_case_17_all_at_once_under_load(story, crowd, numbers):
    """CASE-17, C-19, W-6: a revert is repaired; the drained original scales nothing to zero, and the fallback's lag scales it up again."""
    found = crowd(extra=SLOW)
    found.autoscaler.wait_numbers()
    session = story.ask(story.served_by, "nobody", NOBODY)
    session.wait_ready()
    found.gitops.start()
    wait_until(lambda: found.gitops.healed, DEADLINE_S, "a revert", seen=found.app.describe)
    found.gitops.trusted.add("sluice")
    found.wait_left_alone()
    healed = found.gitops.healed
    wait_until(lambda: condition(session.document(), "Routed").get("status") == "True", DEADLINE_S, "no reverted pod", seen=story.describe)
    found.keda.start()
    found.wait_replicas(0, "for there is nothing to do")
    producer = story.producer(rate=RATE)
    found.wait_replicas(2, "which only the lag of the fallback asks for")
    story.flow(900)
    assert found.app.get()["spec"]["replicas"] == 2
    assert (found.app.topics(), found.gitops.healed) == ([story.fallback()], healed)
    producer.stop()
    session.end()
    story.wait_restored()
    assert found.is_as_made() and found.gitops.healed == healed
    found.close()
    found.app.scale(2)
    story.finish()
