"""Several queues of one workload: they are split together, with one rollout to begin and one to end."""

import pytest
from harness.run import QUEUE

from testbed.broker import KafkaBroker
from workload import takes_long

ANNA = {"author": "^anna$"}
BOB = {"author": "^bob$"}


@pytest.fixture
def other_broker(cluster, tmp_path):
    with KafkaBroker(tmp_path / "other-broker", network=cluster.network) as found:
        yield found


def producers(story):
    return [story.producer(str(i), queue=queue, rate=50) for i, queue in enumerate(story.brokers)]


def end(story, sent, *sessions):
    """Returns how many rollouts the application had when everything was as before."""
    for producer in sent:
        producer.stop()
    story.wait_all_collected(story.deployed, *sessions)
    for session in sessions:
        assert session.end() == 0
    story.wait_restored()
    count = story.deployed.rollouts()
    story.finish(*sessions)
    return count


def test_case_16_three_queues_one_rollout(story):
    """CASE-16, W-3, C-18: the first session splits all of them; a second one on another queue needs no rollout."""
    story.add_queue("clicks")
    story.add_queue("orders")
    app = story.deploy(instances=2)
    before, sent = app.rollouts(), producers(story)
    anna = story.session(story.served_by, "anna", {QUEUE: ANNA}).start()
    assert sorted(split["spec"]["queue"]["name"] for split in story.splits()) == sorted(story.topics.values())
    story.flow(200)
    bob = story.session(story.developer("bob"), "bob", {"clicks": BOB}, variable="KAFKA_TOPIC_NAME_2").start()
    assert not set(app.topics()) & set(story.topics.values())
    assert app.rollouts() == before + 1
    story.flow(200)
    assert end(story, sent, anna, bob) == before + 2


@takes_long
def test_case_16_two_brokers_one_rollout(story, other_broker):
    """CASE-16, W-3: and nothing is left on either of them."""
    story.add_queue("clicks", other_broker)
    app = story.deploy(instances=2)
    before, sent = app.rollouts(), producers(story)
    anna = story.session(story.served_by, "anna", {"clicks": ANNA}, variable="KAFKA_TOPIC_NAME_2",
                         environment={"KAFKA_BOOTSTRAP": other_broker.bootstrap}).start()
    assert len(story.splits()) == 2
    story.flow(200)
    assert app.rollouts() == before + 1
    assert end(story, sent, anna) == before + 2
