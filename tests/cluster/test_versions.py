"""Resources and clients that are not what the operator expects: changed under it, older, newer, with values that nobody knows."""

from harness.ask import Ask
from harness.run import QUEUE
from harness.wait import wait_until

import definitions as d
from application import NAME
from release import NAMESPACE

ANNA = {"author": "^anna$"}
DEADLINE_S = 90.0


def incarnation(story):
    """The newest of the split's live workers; 0: none."""
    return max([w["incarnation"] for s in story.splits() for w in s["status"].get("workers", []) if w["state"] == "Live"] or [0])


def test_case_31_resources_edited_and_deleted_under_a_live_split(story):
    """CASE-31, I-1, I-4: another configuration takes another worker, another consumer is said as SpecChanged, and without either of them the split
    keeps what it began with and comes to its end."""
    api = story.cluster.api
    story.deploy(instances=1)
    producer = story.producer(rate=100)
    anna = story.session(story.served_by, "anna", ANNA).start()
    story.flow(100)
    config, first = f"{QUEUE}-{story.token}", incarnation(story)
    properties = [{"name": "bootstrap.servers", "value": story.broker.inner_bootstrap}, {"name": "client.id", "value": "another"}]
    api.patch(d.QUEUES, "mirrordkafkaclientconfigs", config, {"spec": {"properties": properties}}, NAMESPACE)
    wait_until(lambda: incarnation(story) > first, DEADLINE_S, "a worker with the new configuration", seen=story.describe)
    story.flow(100)
    consumer = api.get(d.QUEUES, "mirrordkafkatopicsconsumers", "meme-app-topics-consumer", story.namespace)
    topics = consumer["spec"]["topics"]
    topics[0]["nameSources"][0]["directEnvVar"]["fallback"] = "x"
    api.patch(d.QUEUES, "mirrordkafkatopicsconsumers", "meme-app-topics-consumer", {"spec": {"topics": topics}}, story.namespace)
    story.wait_split_condition("SpecChanged", "SpecChanged")
    api.delete(d.QUEUES, "mirrordkafkatopicsconsumers", "meme-app-topics-consumer", story.namespace)
    api.delete(d.QUEUES, "mirrordkafkaclientconfigs", config, NAMESPACE)
    story.flow(200)
    producer.stop()
    story.wait_all_collected(story.deployed, anna)
    assert anna.end() == 0
    assert story.finish(anna)["sessions"]["anna"] > 0


def session(story, name, queue=None, **spec):
    """As a client wrote it that is not ours."""
    asked = Ask(story.served_by, name, {QUEUE: ANNA}, target=NAME, namespace=story.namespace)
    asked.spec["queues"][0].update(queue or {})
    asked.spec.update(spec)
    asked.spec = {key: value for key, value in asked.spec.items() if value is not None}
    return asked.start()


def test_case_27_clients_of_other_versions(story):
    """CASE-27: what an older client leaves out and a newer one adds beside the queues is no hindrance; a value that nobody knows is refused by its name, and
    so is a field in a queue that could mean another filter."""
    story.deploy(instances=0)
    story.kafka.commit(story.group, story.topic, dict.fromkeys(range(4), 0))
    for name, queue, word in (("mode", {"mode": "observe"}, "observe"), ("type", {"type": "NATS"}, "NATS")):
        why = session(story, name, queue).wait_failed()
        assert word in why["message"] and "spec.queues[0]" in why["message"], why
    older = session(story, "older", key=None)
    newer = session(story, "newer", newer={"deep": [1, {"x": None}]}, priority="high")
    for asked in (older, newer):
        asked.wait_ready(DEADLINE_S)
        assert asked.environment(), "it says where its queue is"
    for asked in (older, newer):
        asked.end()
    story.wait_restored()


def test_case_27_resources_with_values_that_nobody_knows(story):
    """CASE-27: refused on the resource itself, by the value's name, before anybody asks for it."""
    given = d.topics_consumer("newer", consumerKind="CloneSet")
    story.cluster.api.create("mirrordkafkatopicsconsumers", given, story.namespace)

    def refused():
        found = story.cluster.api.get(d.QUEUES, "mirrordkafkatopicsconsumers", "newer", story.namespace)
        return next((c for c in found.get("status", {}).get("conditions", []) if c["type"] == "Accepted" and c["status"] == "False"), None)
    why = wait_until(refused, DEADLINE_S, "the resource to be refused", seen=story.describe)
    assert "CloneSet" in why["message"] and why["nextStep"], why
