"""The Kafka engine when things break: killed, stopped, fenced, refused, without a broker, without rights."""

import random
import time

import pytest
from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, ResourcePatternType, ResourceType

from engine_driver import CHECK, EMPTIED, FORWARD, MIRROR
from harness.kafka import Kafka
from harness.wait import wait_until
from kafka_split import Split


@pytest.fixture
def split(broker, tmp_path):
    found = Split(broker, tmp_path)
    yield found
    found.close()


def numbers(split, topic):
    return [int(m.value()) for m in split.kafka.read(topic)]


def by_partition(messages):
    found = {}
    for message in sorted(messages, key=lambda m: m.offset()):
        found.setdefault(message.partition(), []).append(int(message.value()))
    return found


def judge(split, count):
    """I-1, I-3, I-4 for committed data: nothing lost, nothing twice, order kept, everything at its place."""
    wait_until(
        lambda: len(split.kafka.read(split.session_topic("s"))) + len(split.kafka.read(split.fallback)) >= count,
        60,
        f"{count} messages",
        seen=lambda: (split.engine.reports[-3:], len(split.kafka.read(split.fallback))),
    )
    split.hold()
    session = split.kafka.read(split.session_topic("s"))
    rest = split.kafka.read(split.fallback)
    assert sorted(int(m.value()) for m in session) == list(range(0, count, 2))
    assert sorted(int(m.value()) for m in rest) == list(range(1, count, 2))
    order = {int(m.value()): m.offset() for m in split.kafka.read(split.topic)}
    for found in (by_partition(session), by_partition(rest)):
        for values in found.values():
            offsets = [order[v] for v in values]
            assert offsets == sorted(offsets)


def send_numbers(split, first, last):
    for i in range(first, last):
        split.send(b"%d" % i, [("user", "anna" if i % 2 == 0 else "bob")], partition=i % 4 if i % 3 else 0)


def test_c1_k5_k6_twenty_kills_under_load_lose_and_repeat_nothing(split):
    rng = random.Random(7)
    split.add("s", ("user", "^anna$"))
    split.run()
    sent = 0
    for _ in range(20):
        send_numbers(split, sent, sent + 1000)
        sent += 1000
        split.producer.poll(0)
        # A point somewhere in receive, publish, commit.
        time.sleep(rng.uniform(0, 0.25))
        split.engine.kill()
        split.start()
        split.give(FORWARD)
    split.flush()
    split.engine.wait_for("forwarding", state="running")
    judge(split, sent)


def test_i7_a_killed_worker_forwards_again_within_5_s(split):
    split.add("s", ("user", "^anna$"))
    split.run()
    send_numbers(split, 0, 100)
    split.flush()
    split.wait_count(split.session_topic("s"), 50)
    split.engine.kill()
    split.start()
    started = time.monotonic()
    split.forward()
    send_numbers(split, 100, 102)
    split.flush()
    split.wait_count(split.session_topic("s"), 51, 5)
    assert time.monotonic() - started < 5
    judge(split, 102)


def test_k19_case5_a_second_worker_fences_the_first(split):
    split.add("s", ("user", "^anna$"))
    split.run()
    first = split.engine
    send_numbers(split, 0, 2000)
    split.start()
    split.forward()
    send_numbers(split, 2000, 4000)
    split.flush()
    split.wait_count(split.session_topic("s"), 2000)
    assert first.wait_for("end")["code"] == 11
    assert first.latest("end")["reason"] == "WorkerFenced"
    judge(split, 4000)


def test_c12_k7_a_worker_that_was_frozen_longer_than_its_transaction_publishes_nothing_twice(split):
    split.add("s", ("user", "^anna$"))
    split.run()
    send_numbers(split, 0, 3000)
    split.engine.pause()
    split.flush()
    # The broker must have given up the open transaction, if there was one.
    frozen_until = time.monotonic() + 12
    wait_until(lambda: time.monotonic() > frozen_until, 13, "the transaction's time-out")
    split.engine.resume()
    judge(split, 3000)


@pytest.mark.long
def test_i7_a_broker_that_comes_back_is_forwarded_from_within_30_s(own_broker, tmp_path):
    split = Split(own_broker, tmp_path)
    try:
        split.add("s", ("user", "^anna$"))
        split.run()
        send_numbers(split, 0, 500)
        split.flush()
        split.wait_count(split.session_topic("s"), 250)
        own_broker.kill()
        # An unreachable broker is a reported state (K-7).
        split.engine.wait_for("condition", reason="BrokerUnreachable", active=True, deadline_s=30)
        own_broker.start()
        back = time.monotonic()
        send_numbers(split, 500, 1000)
        split.flush()
        split.wait_count(split.session_topic("s"), 500, 30)
        assert time.monotonic() - back < 30
        split.engine.wait_for("condition", reason="BrokerUnreachable", active=False, deadline_s=30)
        judge(split, 1000)
        # Nothing is handed on by positions that may be loaded half (I-4).
        split.end("s", EMPTIED)
        split.give(FORWARD)
        waiting = split.engine.wait_for("temp", name=split.session_topic("s"), state="waiting")
        assert waiting["reason"] == "PositionBehind" and waiting["moved"] == 0
        split.engine.skip(61)
        split.engine.wait_for("temp", name=split.session_topic("s"), state="empty", moved=500)
    finally:
        split.close()


def test_k9_a_worker_goes_back_behind_nothing_that_it_has_committed(split):
    """As if of a broker that has just come back and answers from positions loaded half."""
    split.run()
    for i in range(5):
        split.send(b"%d" % i)
    split.flush()
    split.wait_count(split.fallback, 5)
    split.hold()
    split.kafka.commit(split.group, split.topic, {0: 1})
    split.engine.mark()
    split.give(FORWARD)
    told = split.engine.wait_for("condition", reason="PositionBehind", active=True)
    assert "offset 1 " in told["text"] and split.topic in told["text"] and "5 was committed" in told["text"]
    split.kafka.commit(split.group, split.topic, {0: 5})
    split.send(b"5")
    split.flush()
    split.engine.wait_for("condition", reason="PositionBehind", active=False)
    split.wait_values(split.fallback, [b"%d" % i for i in range(6)])


@pytest.mark.parametrize("said", ["1", "none"])
def test_k9_a_new_worker_goes_back_behind_nothing_that_was_committed_before_the_split(split, said):
    for _ in range(3):
        split.send(b"old")
    split.flush()
    split.kafka.commit(split.group, split.topic, {0: 3})
    split.run()
    assert [0, 3, 3] in split.positions
    split.engine.kill()
    if said == "none":
        split.kafka.admin.delete_consumer_groups([split.group])[split.group].result()
    else:
        split.kafka.commit(split.group, split.topic, {0: int(said)})
    split.start()
    split.give(FORWARD)
    told = split.engine.wait_for("condition", reason="PositionBehind", active=True)
    assert f"offset {said} " in told["text"] and "3 was committed" in told["text"]
    split.kafka.commit(split.group, split.topic, {0: 3})
    split.send(b"new")
    split.flush()
    split.wait_values(split.fallback, [b"new"])


def test_k9_a_position_that_stays_behind_was_set_by_somebody_else(split):
    for i in range(3):
        split.send(b"%d" % i)
    split.flush()
    split.kafka.commit(split.group, split.topic, {0: 3})
    split.run()
    split.engine.kill()
    split.kafka.commit(split.group, split.topic, {0: 1})
    split.start()
    split.give(FORWARD)
    split.engine.wait_for("condition", reason="PositionBehind", active=True)
    assert split.values(split.fallback) == [] and not split.engine.seen("condition", reason="ForeignConsumer")
    split.engine.skip(61)
    split.engine.wait_for("condition", reason="ForeignConsumer", active=True)
    split.engine.wait_for("condition", reason="ForeignConsumer", active=False)
    split.wait_values(split.fallback, [b"1", b"2"])


# --- refused records ----------------------------------------------------------------------------------------------


def test_k16_c8_a_record_that_its_session_refuses_goes_to_the_fallback_and_only_that_one(split):
    split.add("s", ("user", "^anna$"))
    split.run()
    split.kafka.configure(split.session_topic("s"), max_message_bytes=1000)
    for i in range(50):
        large = i in (10, 11, 30)
        split.send(random.Random(i).randbytes(3000) if large else b"%d" % i, [("user", "anna")], partition=i % 2)
    split.flush()
    split.wait_count(split.session_topic("s"), 47)
    split.wait_count(split.fallback, 3)
    split.hold()
    assert sorted(int(v) for v in split.values(split.session_topic("s"))) == [
        i for i in range(50) if i not in (10, 11, 30)
    ]
    assert sorted(map(len, split.values(split.fallback))) == [3000] * 3
    for message in split.kafka.read(split.fallback):
        assert message.headers() == [("user", b"anna")]


def test_c8_once_more_without_the_added_header_before_the_fallback(split):
    # Not compressible, so that sizes are what they seem.
    split.add("s", ("user", "^anna$"), stamp=random.Random(2).randbytes(60).hex())
    split.run()
    # With the stamp the batch is larger than this, without it smaller.
    split.kafka.configure(split.session_topic("s"), max_message_bytes=680)
    body = random.Random(1).randbytes(540)
    split.send(body, [("user", "anna")])
    split.flush()
    split.wait_count(split.session_topic("s"), 1)
    split.hold()
    found = split.kafka.read(split.session_topic("s"))
    assert found[0].value() == body and found[0].headers() == [("user", b"anna")]


def test_c13_a_record_that_nobody_takes_stops_its_partition_alone_and_is_named(split):
    split.run()
    split.kafka.configure(split.fallback, max_message_bytes=1000)
    split.send(b"before", partition=0)
    split.send(random.Random(1).randbytes(3000), partition=0)
    split.send(b"behind", partition=0)
    split.send(b"other", partition=1)
    split.flush()
    condition = split.engine.wait_for("condition", reason="DestinationRefused", active=True)
    assert "partition 0, offset 1" in condition["text"]
    split.wait_values(split.fallback, [b"before", b"other"])
    split.send(b"more", partition=2)
    split.flush()
    split.wait_values(split.fallback, [b"before", b"other", b"more"])
    split.kafka.configure(split.fallback, max_message_bytes=100000)
    split.wait_count(split.fallback, 5)
    assert [m.value()[:6] for m in split.kafka.read(split.fallback) if m.partition() == 0][::2] == [b"before", b"behind"]
    split.engine.wait_for("condition", reason="DestinationRefused", active=False)


# --- rights, addresses, identity (K-13: within 10 s, in plain words) ------------------------------------------------


def checked(split, reason, deadline_s=10.0):
    split.start()
    split.give(CHECK)
    return split.engine.wait_for("condition", deadline_s, reason=reason, active=True)["text"]


def test_k13_an_unreachable_broker_is_told(broker, tmp_path):
    split = Split(broker, tmp_path, properties={"bootstrap.servers": "127.0.0.1:1"})
    try:
        assert "no broker has answered" in checked(split, "BrokerUnreachable")
    finally:
        split.close()


def test_k13_a_cluster_that_never_had_a_group_is_no_trouble(own_broker, tmp_path):
    """The first question about a group makes the broker create the topic of offsets, and is answered with errors meanwhile."""
    split = Split(own_broker, tmp_path)
    try:
        split.start()
        split.give(CHECK)
        split.engine.wait_for("checked", 10)
        assert not split.engine.seen("condition"), split.engine.reports
    finally:
        split.close()


def test_k13_an_unknown_topic_is_told_and_not_created(broker, tmp_path):
    split = Split(broker, tmp_path, make_topic=False)
    try:
        assert split.topic in checked(split, "TopicNotFound")
        assert split.topic not in split.kafka.topics()
    finally:
        split.close()


def test_another_cluster_than_the_recorded_one_is_left_alone(broker, tmp_path):
    split = Split(broker, tmp_path, cluster="AAAAAAAAAAAAAAAAAAAAAA")
    try:
        split.start()
        split.give(FORWARD)
        text = split.engine.wait_for("condition", reason="ClusterDiffers", active=True)["text"]
        assert "AAAAAAAAAAAAAAAAAAAAAA" in text
        assert split.fallback not in split.kafka.topics()
    finally:
        split.close()


JAAS = "org.apache.kafka.common.security.plain.PlainLoginModule required"
SECURE = {
    "listener.security.protocol.map": "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
    "sasl.enabled.mechanisms": "PLAIN",
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    "listener.name.plaintext.plain.sasl.jaas.config": (
        f'{JAAS} username="root" password="root-secret" user_root="root-secret" user_sluice="sluice-secret";'
    ),
    "inter.broker.listener.name": "PLAINTEXT",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:root;User:ANONYMOUS",
}


def credentials(user, password):
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": user,
        "sasl.password": password,
    }


class SecureKafka(Kafka):
    """The broker as its superuser sees it."""

    def __init__(self, bootstrap):
        from confluent_kafka.admin import AdminClient

        super().__init__(bootstrap)
        self.admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2} | credentials("root", "root-secret"))

    def allow(self, *rules):
        bindings = [
            AclBinding(kind, name, pattern, "User:sluice", "*", operation, AclPermissionType.ALLOW)
            for kind, name, pattern, operation in rules
        ]
        for future in self.admin.create_acls(bindings).values():
            future.result()


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    from testbed.broker import KafkaBroker

    with KafkaBroker(tmp_path_factory.mktemp("secure"), SECURE) as broker:
        yield broker


def secure_split(secure, tmp_path, password="sluice-secret"):
    return Split(
        secure, tmp_path, properties=credentials("sluice", password), kafka=SecureKafka(secure.bootstrap)
    )


def test_k13_s4_wrong_credentials_are_told_without_showing_them(secure, tmp_path):
    split = secure_split(secure, tmp_path, "canary-0123456789")
    try:
        text = checked(split, "BrokerAuthentication")
        assert "credentials" in text
        split.engine.stop()
        everything = str(split.engine.reports) + "".join(p.read_text() for p in tmp_path.glob("engine-*.log"))
        assert "canary" not in everything
    finally:
        split.close()


def test_k13_missing_rights_are_told_one_by_one_with_the_acl_to_add(secure, tmp_path):
    split = secure_split(secure, tmp_path)
    topic, group, transaction = ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID
    exact, prefix = ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED
    steps = [
        (f"Describe on topic {split.topic}", [(topic, split.topic, exact, AclOperation.DESCRIBE)]),
        (f"Describe on group {split.group}", [(group, split.group, exact, AclOperation.DESCRIBE)]),
        (f"Create on topic mirrord-{split.id}", [(topic, "mirrord-", prefix, AclOperation.CREATE)]),
        (f"Read on topic {split.topic}", [(topic, split.topic, exact, AclOperation.READ)]),
        (f"Write on transactional id mirrord-{split.id}", [(transaction, "mirrord-", prefix, AclOperation.WRITE)]),
    ]
    try:
        split.start()
        split.give(CHECK)
        for text, rules in steps:
            # The reason stays the same from step to step, so the text is what is waited for.
            wait_until(
                lambda text=text: text in (split.engine.latest("condition", active=True) or {"text": ""})["text"],
                10,
                text,
                seen=lambda: split.engine.latest("condition"),
            )
            split.kafka.allow(*rules)
        split.engine.wait_for("checked", 10)
    finally:
        split.close()


def test_k13_a_split_with_exactly_the_documented_rights_works_from_start_to_end(secure, tmp_path):
    split = secure_split(secure, tmp_path)
    topic, group, transaction = ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID
    exact, prefix = ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED
    split.kafka.allow(
        *[(topic, split.topic, exact, op) for op in (AclOperation.READ, AclOperation.DESCRIBE_CONFIGS)],
        *[(group, split.group, exact, op) for op in (AclOperation.READ,)],
        *[
            (topic, "mirrord-", prefix, op)
            for op in (AclOperation.CREATE, AclOperation.DELETE, AclOperation.ALTER, AclOperation.READ, AclOperation.WRITE)
        ],
        *[(group, "mirrord-", prefix, op) for op in (AclOperation.READ, AclOperation.DELETE)],
        (transaction, "mirrord-", prefix, AclOperation.WRITE),
    )
    try:
        split.add("s", ("user", "anna"))
        split.run()
        from confluent_kafka import Producer

        split._producer = Producer({"bootstrap.servers": split.bootstrap} | credentials("root", "root-secret"))
        send_numbers(split, 0, 10)
        split.flush()
        ends = lambda name: sum(split.kafka.ends(name).values())
        wait_until(lambda: ends(split.session_topic("s")) > 5 and ends(split.fallback) > 5, 20, "messages in both")
        split.end("s", EMPTIED)
        split.engine.mark()
        split.give(FORWARD)
        split.engine.wait_for("temp", name=split.session_topic("s"), state="empty", moved=5)
        split.end("s", 3)
        split.apply(FORWARD)
        split.engine.wait_for("temp", name=split.session_topic("s"), state="absent")
    finally:
        split.close()


def writable_alone(split, *names):
    """The documented rights, but that to write only to these topics."""
    from confluent_kafka.admin import AclBindingFilter

    topic, group, transaction = ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID
    exact, prefix = ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED
    split.kafka.allow(
        *[(topic, split.topic, exact, op) for op in (AclOperation.READ, AclOperation.DESCRIBE_CONFIGS)],
        (group, split.group, exact, AclOperation.READ),
        *[(topic, "mirrord-", prefix, op) for op in (AclOperation.CREATE, AclOperation.READ)],
        *[(topic, name, exact, AclOperation.WRITE) for name in names],
        (group, "mirrord-", prefix, AclOperation.READ),
        (transaction, "mirrord-", prefix, AclOperation.WRITE),
    )
    # The broad right of another test's split would hide the missing one.
    for future in split.kafka.admin.delete_acls(
        [AclBindingFilter(topic, "mirrord-", prefix, "User:sluice", "*", AclOperation.WRITE, AclPermissionType.ALLOW)]
    ).values():
        future.result()


def test_c6_c8_a_mirror_without_the_right_to_write_costs_nobody_else_anything(secure, tmp_path):
    """It is found among several destinations; who takes the messages gets them all and is blamed for nothing."""
    split = secure_split(secure, tmp_path)
    writable_alone(split, split.fallback, split.session_topic("thief"), split.session_topic("good"))
    try:
        from confluent_kafka import Producer

        split.add("good", ("user", "anna"), mode=MIRROR)
        split.add("spy", ("user", "anna"), mode=MIRROR)
        split.add("thief", ("user", "anna"))
        split.run()
        split._producer = Producer({"bootstrap.servers": split.bootstrap} | credentials("root", "root-secret"))
        for i in range(40):
            split.send(b"%d" % i, [("user", "anna")], partition=i % 4)
        split.flush()
        condition = split.engine.wait_for("condition", 30, reason="DestinationRefused", active=True, session="spy")
        assert f"Write on topic {split.session_topic('spy')}" in condition["text"] and "left out" in condition["text"]
        wait_until(
            lambda: split.kafka.committed(split.group, split.topic) == split.kafka.ends(split.topic), 20, "all forwarded"
        )
        assert not split.engine.seen("condition", reason="DestinationRefused", session="thief")
        assert sum(split.kafka.ends(split.fallback).values()) == 0  # so the thief has them all
        before = sum(split.kafka.ends(split.session_topic("good")).values())
        split.engine.skip(31)  # each is tried again by then, one after the other

        def copied():
            split.send(b"late", [("user", "anna")])
            split.flush()
            return sum(split.kafka.ends(split.session_topic("good")).values()) > before

        wait_until(copied, 30, "a copy for the mirror that may write", poll_s=0.5)
        assert split.engine.latest("condition", reason="DestinationRefused", session="good")["active"] is False
    finally:
        split.close()


def test_c8_k13_a_session_topic_without_the_right_to_write_falls_back_and_a_fallback_without_it_is_told(secure, tmp_path):
    split = secure_split(secure, tmp_path)
    topic, exact = ResourceType.TOPIC, ResourcePatternType.LITERAL
    writable_alone(split, split.fallback)
    acl = split.kafka.admin
    try:
        from confluent_kafka import Producer
        from confluent_kafka.admin import AclBindingFilter

        split.add("s", ("user", "anna"))
        split.run()
        split._producer = Producer({"bootstrap.servers": split.bootstrap} | credentials("root", "root-secret"))
        send_numbers(split, 0, 10)
        split.flush()
        condition = split.engine.wait_for("condition", reason="DestinationRefused", active=True, session="s")
        assert f"Write on topic {split.session_topic('s')}" in condition["text"]
        wait_until(lambda: sum(split.kafka.ends(split.fallback).values()) > 10, 20, "all in the fallback")
        before = sum(split.kafka.ends(split.fallback).values())
        for future in acl.delete_acls(
            [AclBindingFilter(topic, split.fallback, exact, "User:sluice", "*", AclOperation.WRITE, AclPermissionType.ALLOW)]
        ).values():
            future.result()
        split.engine.mark()
        send_numbers(split, 11, 12)
        split.flush()
        condition = split.engine.wait_for("condition", 30, reason="BrokerAuthorization", active=True, session="")
        assert f"Write on topic {split.fallback}" in condition["text"], condition
        split.engine.wait_for("forwarding", state="suspended")
        split.kafka.allow((topic, split.fallback, exact, AclOperation.WRITE))
        split.engine.wait_for("condition", 30, reason="BrokerAuthorization", active=False, session="")
        wait_until(lambda: sum(split.kafka.ends(split.fallback).values()) > before, 20, "the one that waited")
    finally:
        split.close()


def test_c8_k13_leftovers_for_a_session_without_the_right_to_write_go_to_the_fallback(secure, tmp_path):
    from confluent_kafka import Producer

    split = secure_split(secure, tmp_path)
    writable_alone(split, split.fallback, split.session_topic("one"))
    try:
        split.add("one", ("user", "anna"))
        split.add("two", ("user", "anna"))
        split.run()
        split._producer = Producer({"bootstrap.servers": split.bootstrap} | credentials("root", "root-secret"))
        for i in range(3):
            split.send(b"%d" % i, [("user", "anna")])
        split.flush()
        wait_until(lambda: split.kafka.ends(split.session_topic("one"))[0] > 3, 20, "all in the first queue")
        split.end("one", EMPTIED)
        split.give(FORWARD)
        told = split.engine.wait_for("event", reason="DestinationRefused", session="two")
        assert f"Write on topic {split.session_topic('two')}" in told["text"]
        split.engine.wait_for("temp", name=split.session_topic("one"), state="empty", moved=3)
        assert split.kafka.ends(split.fallback)[0] > 3
    finally:
        split.close()
