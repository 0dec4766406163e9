"""The testbed itself: what every other integration test takes for granted about the broker."""

import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Iterator

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from testbed.broker import KafkaBroker, answers_api_versions
from testbed.ports import Port
from testbed.process import Process

DEADLINE_S = 30.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[KafkaBroker]:
    with KafkaBroker(tmp_path / "kafka") as running:
        yield running


def create_topic(broker: KafkaBroker, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    for future in admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)]).values():
        future.result(DEADLINE_S)


def produce(broker: KafkaBroker, topic: str, values: "list[str]") -> None:
    failed: "list[str]" = []
    producer = Producer({"bootstrap.servers": broker.bootstrap, "acks": "all"})
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, _: failed.append(str(error)) if error else None)
    assert producer.flush(DEADLINE_S) == 0 and failed == []


def consume(broker: KafkaBroker, topic: str, count: int) -> "list[str]":
    """The first `count` values of partition 0, or what came until the deadline."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "reader", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    values: "list[str]" = []
    end = time.monotonic() + DEADLINE_S
    while len(values) < count and time.monotonic() < end:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            values.append(message.value().decode())
    consumer.close()
    return values


def test_broker_keeps_acknowledged_messages_over_kill_and_restart(broker: KafkaBroker) -> None:
    create_topic(broker, "orders")
    produce(broker, "orders", ["one", "two"])
    assert consume(broker, "orders", 2) == ["one", "two"]
    bootstrap, pid = broker.bootstrap, broker.pid

    broker.kill()
    assert not broker.is_running() and not answers_api_versions(broker.port)
    broker.restart()

    assert broker.bootstrap == bootstrap and broker.pid != pid
    produce(broker, "orders", ["three"])
    assert consume(broker, "orders", 3) == ["one", "two", "three"]


def test_broker_that_is_paused_answers_again_when_resumed(broker: KafkaBroker) -> None:
    broker.pause()
    assert not answers_api_versions(broker.port, timeout_s=0.3)
    broker.resume()
    broker.wait_ready(DEADLINE_S)


def test_broker_takes_properties_of_its_caller(tmp_path: Path) -> None:
    """Topics do not appear by themselves, unless a test asks for that; a None removes one of our properties."""
    with KafkaBroker(tmp_path / "a", {"auto.create.topics.enable": "true", "num.partitions": "3"}) as broker:
        produce(broker, "made-by-itself", ["x"])
        topics = AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(timeout=DEADLINE_S).topics
        assert len(topics["made-by-itself"].partitions) == 3
    other = KafkaBroker(tmp_path / "b", {"log.segment.bytes": None})
    assert "log.segment.bytes" not in other.server_properties()
    other.close()


def test_broker_with_acls_refuses_what_is_not_granted(tmp_path: Path) -> None:
    acls = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # The broker's own connections to its controller log in as admin too.
        "super.users": "User:admin",
        "allow.everyone.if.no.acl.found": "false",
        "early.start.listeners": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
    }
    login = (
        "org.apache.kafka.common.security.plain.PlainLoginModule required "
        'username="admin" password="admin-pass" user_admin="admin-pass" user_dev="dev-pass";'
    )
    for listener in ("plaintext", "controller"):
        acls[f"listener.name.{listener}.plain.sasl.jaas.config"] = login
    with KafkaBroker(tmp_path / "kafka", acls) as broker:
        sasl = {"bootstrap.servers": broker.bootstrap, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}
        admin = AdminClient({**sasl, "sasl.username": "admin", "sasl.password": "admin-pass"})
        for future in admin.create_topics([NewTopic("granted", 1, 1)]).values():
            future.result(DEADLINE_S)
        stranger = AdminClient({**sasl, "sasl.username": "dev", "sasl.password": "dev-pass"})
        with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
            for future in stranger.create_topics([NewTopic("refused", 1, 1)]).values():
                future.result(DEADLINE_S)


def test_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    broker = KafkaBroker(tmp_path / "kafka", {"process.roles": "nonsense"})
    with pytest.raises(RuntimeError, match="nonsense"):
        broker.start()
    assert not broker.is_running()
    broker.close()


def test_broker_ends_when_its_test_is_killed(tmp_path: Path) -> None:
    """The broker of a killed test run must not stay behind, whatever the test had no time to do."""
    log = tmp_path / "parent.log"
    tests = Path(__file__).resolve().parent.parent
    argv = [sys.executable, "-m", "testbed.broker", "--dir", str(tmp_path / "kafka")]
    parent = Process(argv, log, env={**os.environ, "PYTHONPATH": str(tests)})
    bootstrap = tmp_path / "kafka" / "bootstrap"
    end = time.monotonic() + 2 * DEADLINE_S
    while not bootstrap.exists() and time.monotonic() < end:
        assert parent.is_running(), log.read_text()
        time.sleep(0.05)
    port = int(bootstrap.read_text().rsplit(":", 1)[1])
    assert answers_api_versions(port)

    parent.kill()

    while answers_api_versions(port) and time.monotonic() < end:
        time.sleep(0.05)
    assert not answers_api_versions(port)


def test_ports_claimed_twice_are_never_the_same() -> None:
    claims = [Port() for _ in range(200)]
    assert len({claim.number for claim in claims}) == len(claims)
    taken = claims[0].number
    with socket.socket() as listener:  # a claimed port can be listened on by its owner
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", taken))
    for claim in claims:
        claim.close()


def test_process_ends_by_its_pid_and_keeps_its_output(tmp_path: Path) -> None:
    token = uuid.uuid4().hex
    process = Process(["sh", "-c", f"echo {token}; exec sleep 600"], tmp_path / "log")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.2)
    assert process.stop() == -15
    assert token in (tmp_path / "log").read_text()
    assert process.poll() == -15
