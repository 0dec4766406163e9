"""A split from its first session to the last: who gets what, and that everything is as before afterwards."""
import time

import pytest

from harness.manifests import topic
from harness.run import QUEUE
from harness.wait import wait_until

ANNA, BOB = {"author": "^anna$"}, {"author": "^bob$"}


def test_case_1_11_18_two_sessions_under_a_constant_producer(run):
    """CASE-1: activate, two sessions, deactivate, without a fault. CASE-11: the checker judges every message sent after Ready. CASE-15: the application goes on at the
    exact offset (no duplicate, nothing read again). CASE-18: environment, topics, groups and offsets as before. C-18: the second session needs no rollout. K-15: groups of
    their own."""
    app = run.deploy()
    producer = run.producer(rate=400)
    anna = run.session(run.served_by, "anna", ANNA).start()
    assert app.restarts == 1
    bob = run.session(run.served_by, "bob", BOB).start()
    groups = {s.tail.of("start")[0]["group"] for s in (anna, bob)}
    assert len(groups) == 2 and all(g.startswith("mirrord-tmp-") and g.endswith(run.group) for g in groups)
    split = run.split()
    assert split["status"]["delivery"] == "ExactlyOnce" and split["status"]["phase"] == "Active"
    assert split["spec"]["queue"]["name"] == run.topic and split["spec"]["queue"]["group"] == run.group
    run.flow(800)
    assert app.restarts == 1
    assert anna.end() == 0 and bob.end() == 0
    run.flow(200)
    producer.stop()
    ledger = run.finish(anna, bob, no_order_excuse=True)
    assert app.restarts == 2
    assert all(count > 0 for count in ledger["sessions"].values()) and ledger["application"] > 0


def test_case_6_a_warm_split_without_sessions_goes_on(run):
    """CASE-6: with a ttl the application goes on receiving from the fallback, and the next session needs no rollout."""
    app = run.deploy(ttl=8)
    producer = run.producer(rate=300)
    anna = run.session(run.served_by, "anna", ANNA).start()
    run.flow(100)
    anna.end()
    run.wait_phase("Idle")
    before = app.count()
    run.flow(200)
    wait_until(lambda: app.count() > before, 20, "messages at the application while idle", seen=run.describe)
    bob = run.session(run.served_by, "bob", BOB).start()
    assert app.restarts == 1
    run.flow(200)
    bob.end()
    producer.stop()
    run.finish(anna, bob)
    assert app.restarts == 2


def test_case_32_and_c_6_the_session_that_started_first_gets_it(run):
    """CASE-32: equal filters, and one that holds the others. C-6: by start; when the first one ends the next one gets what matches."""
    run.deploy(app={"instances": 1})
    producer = run.producer(rate=300)
    first = run.session(run.served_by, "first", ANNA).start()
    second = run.session(run.served_by, "second", ANNA).start()
    begun = int(time.time())    # starts are told to the second, and those of one second go by uid
    wait_until(lambda: int(time.time()) > begun, 5, "another second")
    wide = run.session(run.served_by, "wide", {"author": "^(anna|bob)$"}).start()
    run.flow(300)
    assert second.count() == 0
    first.end()
    wait_until(lambda: second.count() > 20, 30, "messages at the second session", seen=second.describe)
    second.end()
    wide.end()
    producer.stop()
    ledger = run.finish(first, second, wide)
    assert all(count > 0 for count in ledger["sessions"].values())


def test_c_6_mirror_sessions_get_copies(run):
    """C-6: a mirror session gets a copy and the search goes on: the same message is at the session that takes it, or at the application."""
    run.deploy(app={"instances": 1})
    producer = run.producer(rate=300)
    mirror = run.session(run.served_by, "mirror", {QUEUE: ({"author": "^(anna|bob)$"}, "mirror")}).start()
    anna = run.session(run.served_by, "anna", ANNA).start()
    run.flow(400)
    producer.stop()
    run.wait_all_collected(run.deployed, anna)
    wait_until(lambda: len(mirror.uids() & anna.uids()) > 0 and mirror.uids() & run.deployed.uids(), 30, "copies at the mirror session", seen=mirror.describe)
    start = mirror.tail.of("start")[0]
    run.wait_committed(start["group"], start["topic"])
    anna.end()
    mirror.end()
    ledger = run.finish(anna)
    assert ledger["sessions"]["mirror"] > ledger["sessions"]["anna"]


def test_c_14_c_16_c_15_and_k_1_what_is_put_into_temporary_topics(run):
    """K-1: shape of temporary topics. C-15: all of several filters, any of several equal names, bytes that are not UTF-8. C-14: an empty filter matches nothing and says so.
    C-16: the session key goes to the copies of sessions only, and never onto a message that has one. K-4: order, nulls and doubles of headers."""
    app = run.deploy(settings={"OPERATOR_INJECT_SESSION_KEY_HEADER": "true", "OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"},
                     app={"instances": 1}, start=False, annotations={"leftovers": "discard", "drain-timeout": 0})
    run.kafka.configure(run.topic, cleanup_policy="compact", max_message_bytes=200000)
    anna = run.ask(run.served_by, "anna", {"author": "^an+a$", "level": "expert"})
    nobody = run.ask(run.served_by, "nobody", {QUEUE: {}})
    anna.wait_ready()
    nobody.wait_ready()
    assert any(c.get("reason") == "FilterEmpty" for c in nobody.document()["status"]["conditions"]), nobody.document()
    name, empty = anna.environment()["KAFKA_TOPIC_NAME"], nobody.environment()["KAFKA_TOPIC_NAME"]
    assert len({name, empty, run.topic, run.fallback()}) == 4
    config = run.kafka.config(name)
    assert run.kafka.partitions(name) == run.kafka.partitions(run.topic) and config["cleanup.policy"] == "delete"
    assert config["retention.ms"] == config["retention.bytes"] == "-1" and int(config["max.message.bytes"]) == 100 << 20
    expert = ("level", b"expert")
    mine = [[("uid", b"1"), ("author", b"anna"), expert, ("x", None), ("x", b"")],
            [("author", b"bob"), ("uid", b"2"), ("author", b"annna"), expert],
            [("uid", b"3"), ("author", b"anna"), expert, ("mirrord-key", b"other")],
            [("uid", b"4"), ("author", b"anna"), ("level", b"\xff\xfeexpert")]]
    others = [[("uid", b"5"), ("author", b"anna")], [("uid", b"6"), ("author", b"anna "), expert], [("uid", b"7"), ("author", None), expert],
              [("uid", b"8"), ("Author", b"anna"), expert]]
    run.kafka.produce(run.topic, *mine, *others, key=b"k")
    wait_until(lambda: len(run.kafka.read(name)) == len(mine), 20, "the messages of the session", seen=lambda: run.kafka.ends(name))
    wait_until(lambda: len(run.kafka.read(run.fallback())) == len(others), 20, "the other messages", seen=lambda: run.kafka.ends(run.fallback()))
    got = [m.headers() for m in run.kafka.read(name)]
    key = ("mirrord-key", b"key-of-anna")
    assert got == [mine[0] + [key], mine[1] + [key], mine[2], mine[3] + [key]]
    assert [m.headers() for m in run.kafka.read(run.fallback())] == others
    assert run.kafka.read(empty) == []
    anna.end()
    nobody.end()
    run.wait_restored()
    app.stop()


def test_c_6_overlap_reject_refuses_an_equal_filter(run):
    run.deploy(settings={"OPERATOR_SESSION_UNUSED_TTL_SECONDS": "600"}, app={"instances": 1}, annotations={"overlap": "Reject"})
    first = run.ask(run.served_by, "first", ANNA)
    first.wait_ready()
    told = run.ask(run.served_by, "second", ANNA).wait_failed()
    assert told["reason"] == "FilterOverlap" and "first" in told["message"]
    run.ask(run.served_by, "third", BOB).wait_ready()
    run.served_by.api.delete("splitsessions", "third")
    first.end()
    run.wait_restored()


def test_case_16_case_8_w_3_and_c_14_three_topics_of_one_workload(run):
    """CASE-16, W-3: three splits, one rollout to start and one to end. CASE-8, C-14: a session gets nothing from a topic that it did not name, and its local process is
    pointed to an empty topic of its own there. C-18: a later session on another topic needs no rollout. K-15: topics that share a group variable get one group."""
    names = {f"topic-{c}": f"{run.topic}-{c}" for c in "abc"}
    variables = {queue: f"TOPIC_{queue[-1].upper()}" for queue in names}
    run.topics = names
    run.kafka.create(*names.values(), partitions=3)
    environment = {variables[q]: t for q, t in names.items()}
    app = run.app(instances=3, environment={"KAFKA_BOOTSTRAP": run.bootstrap, "KAFKA_GROUP_ID": run.group, "AUTO_OFFSET_RESET": "earliest", **environment})
    app.variables = list(variables.values())
    run.deployed = app
    run.manifests.client_config("base-config", {"bootstrap.servers": run.bootstrap})
    run.manifests.topics_consumer("three", run.service, [topic(q, name_variable=v) for q, v in variables.items()])
    run.manifests.local_service(run.service, app)
    run.served_by = run.supervisor()
    run.baseline = app.env_file.read_bytes()
    app.start()
    producers = [run.producer(q, topic=t, rate=100) for q, t in names.items()]
    anna = run.session(run.served_by, "anna", {"topic-a": ANNA}, variable="TOPIC_A").start()
    assert app.restarts == 1 and len(run.splits()) == 3
    status = anna.document()["status"]
    values = {}
    for entry in status["env"]:
        values.setdefault(entry["name"], set()).add(entry["value"])
    assert set(values) == {*variables.values(), "KAFKA_GROUP_ID"} and all(len(v) == 1 for v in values.values()), f"one value a variable: {status['env']}"
    own = {v.pop() for n, v in values.items() if n.startswith("TOPIC_")}
    fallbacks = {t["name"] for s in run.splits() for t in s["spec"]["temporaries"] if t["role"] == "fallback"}
    assert len(own) == 3 and not own & (fallbacks | set(names.values()))
    bob = run.session(run.served_by, "bob", {"topic-b": BOB}, variable="TOPIC_B").start()
    run.flow(400)
    assert app.restarts == 1
    for name in own - {anna.tail.of("start")[0]["topic"]}:
        assert run.kafka.read(name) == []
    anna.end()
    bob.end()
    for producer in producers:
        producer.stop()
    run.wait_all_collected(app, anna, bob)
    run.wait_restored()
    assert app.restarts == 2
    app.wait_ready()
    app.stop()
    assert run.served_by.stop() == 0
    ledger = run.judge()
    assert all(count > 0 for count in ledger["sessions"].values())


@pytest.mark.parametrize("strange", ["one by one", "transactions"])
def test_case_26_and_k_4_messages_of_all_kinds(run, strange):
    """CASE-26, K-4: null and empty keys, tombstones, double, null and empty headers, bytes that are not UTF-8, timestamps; a transactional source with aborted ones."""
    run.deploy(app={"instances": 1})
    anna = run.session(run.served_by, "anna", ANNA).start()
    settings = {"transaction_every": 40, "abort_every": 5} if strange == "transactions" else {"large_every": 400, "large_bytes": 900000}
    producer = run.producer(count=3000, strange=0.6, **settings)
    producer.finish()
    run.wait_all_collected(run.deployed, anna)
    anna.end()
    ledger = run.finish(anna)
    assert ledger["sessions"]["anna"] > 100 and (ledger["aborted"] > 0) == (strange == "transactions")
