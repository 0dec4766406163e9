"""What a workload's history brings back after a split, and what becomes of a temporary name that comes back all the same."""

from harness.wait import wait_until

from application import NAME

NOBODY = {"author": "^nobody$"}
BACK_S = 60.0


def note(app, value):
    """A rollout of somebody's own."""
    app.cluster.kubectl("set", "env", f"deployment/{NAME}", f"NOTE={value}", "--namespace", app.namespace)
    app.wait_ready()


def value(app, name):
    env = app.get()["spec"]["template"]["spec"]["containers"][0]["env"]
    return next((entry["value"] for entry in env if entry["name"] == name), None)


def undo(app):
    app.cluster.kubectl("rollout", "undo", f"deployment/{NAME}", "--namespace", app.namespace)
    app.wait_ready()


def test_case_18_and_w_9_undo_brings_nothing_temporary_back(story):
    """CASE-18, W-6, W-9: not of our rollout, nor of one that somebody made meanwhile; and the next session knows a retired name."""
    app = story.deploy(instances=1)
    original = app.topics()
    note(app, "before")
    session = story.ask(story.served_by, "nobody", NOBODY)
    session.wait_ready()
    temporary = app.topics()
    assert temporary != original
    note(app, "meanwhile")
    assert app.topics() == temporary
    undo(app)
    wait_until(lambda: app.topics() == temporary, BACK_S, "the undone split to be repaired", seen=app.describe)
    note(app, "meanwhile")
    session.end()
    wait_until(lambda: not story.splits(), BACK_S, "the split to be over", seen=story.describe)
    app.wait_ready()
    assert (app.topics(), value(app, "NOTE")) == (original, "meanwhile")
    history = app.cluster.kubectl("get", "replicasets", "--namespace", story.namespace, "-o", "json")
    assert temporary[0] not in history
    undo(app)
    assert (app.topics(), value(app, "NOTE")) == (original, "before")
    app.cluster.kubectl("set", "env", f"deployment/{NAME}", f"KAFKA_TOPIC_NAME={temporary[0]}", "--namespace", story.namespace)
    another = story.ask(story.served_by, "another", NOBODY)
    another.wait_ready()
    assert story.split()["spec"]["queue"]["name"] == story.topic
    another.end()
    wait_until(lambda: not story.splits(), BACK_S, "the other split to be over", seen=story.describe)
    app.wait_ready()
    assert (app.topics(), value(app, "NOTE")) == (original, "before")
