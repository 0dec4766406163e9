"""Many sessions at once on a real cluster (P-13): how long they wait, what the operator asks of the API server, and what it takes.

Sessions without local processes, each renewed as its client would. The long form, five splits of forty sessions, is for `--full`.
"""
import collections
import os
import threading
import time
import uuid

import pytest
from harness.api import phase
from harness.ask import Ask
from harness.kafka import Kafka
from harness.wait import wait_until
from release import GROUP, NAMESPACE, OperatorApi
from workload import deployment, wait_rolled_out

from testbed.cluster import control_plane

OPERATOR = "system:serviceaccount:mirrord:mirrord-operator"
SPLITS, EACH = (5, 40) if os.environ.get("SLUICE_FULL") == "1" else (2, 4)
READY_S, OVER_S = 300, 300
RENEW_EVERY_S = 10.0
RSS_MAX_MB = 64
# Of one more session: its temp into the record (1), what the split and the session show (each a few times on the way), an event or two.
REQUESTS_MAX = 15
INPUTS = "queues.mirrord.metalbear.co/v1alpha"


class Clients(threading.Thread):
    """Keeps sessions alive. Ended by close()."""

    def __init__(self, api):
        super().__init__(daemon=True)
        self.api, self.sessions, self.rounds = api, [], 0
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(RENEW_EVERY_S):
            for session in list(self.sessions):
                if self.over.is_set():
                    return
                renewed = {"metadata": {"annotations": {"sluice.dev/renewed": uuid.uuid4().hex}}}
                self.api.patch(GROUP, "splitsessions", session.name, renewed, session.namespace)
            self.rounds += 1

    def close(self):
        self.over.set()
        self.join()


class Served:
    """What Ask needs: the administrator's view of one namespace."""

    def __init__(self, operator, namespace):
        self.operator, self.api = operator, OperatorApi(operator.cluster.api, namespace)

    def describe(self):
        return self.operator.describe()


class Split:
    """A namespace with one Deployment whose topic is split, and its sessions."""

    def __init__(self, operator, broker, kafka, number):
        self.operator, self.cluster, self.token = operator, operator.cluster, uuid.uuid4().hex[:8]
        self.namespace, self.topic = f"many-{number}-{self.token}", f"orders-{self.token}"
        self.served = Served(operator, self.namespace)
        api = self.cluster.api
        api.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})
        kafka.create(self.topic, partitions=2)
        api.create("mirrordkafkaclientconfigs", self._document("MirrordKafkaClientConfig", self.namespace, {
            "properties": [{"name": "bootstrap.servers", "value": broker.inner_bootstrap}]}), NAMESPACE)
        sources = {f"{name}Sources": [{"directEnvVar": {"container": "main", "variable": variable}}]
                   for name, variable in (("name", "TOPIC"), ("groupId", "GROUP"))}
        api.create("mirrordkafkatopicsconsumers", self._document("MirrordKafkaTopicsConsumer", "shop", {
            "consumerName": "shop", "consumerApiVersion": "apps/v1", "consumerKind": "Deployment",
            "topics": [{"id": "orders", "clientConfig": self.namespace, **sources}]}), self.namespace)
        api.create("deployments", deployment("shop", env={"TOPIC": self.topic, "GROUP": f"billing-{self.token}"}), self.namespace)
        self.before = wait_rolled_out(self.cluster, self.namespace, "shop")["spec"]["template"]
        self.sessions = []

    @staticmethod
    def _document(kind, name, spec):
        return {"apiVersion": INPUTS, "kind": kind, "metadata": {"name": name}, "spec": spec}

    def ask(self, number):
        one = Ask(self.served, f"developer-{number}", {"orders": {"user": f"^developer-{number}$"}}, target="shop", namespace=self.namespace).start()
        self.sessions.append(one)
        return one

    def phases(self):
        return collections.Counter(phase(s) for s in self.served.api.sessions())

    def is_over(self):
        template = self.cluster.api.get("apps/v1", "deployments", "shop", self.namespace)["spec"]["template"]
        return not self.served.api.splits() and template == self.before

    def remove(self):
        self.cluster.api.delete("v1", "namespaces", self.namespace)
        self.cluster.api.delete(INPUTS, "mirrordkafkaclientconfigs", self.namespace, NAMESPACE)


class Meter:
    """What the operator has asked for and used since the last look."""

    def __init__(self, operator):
        self.operator, self.rows, self.cpu = operator, 0, 0.0
        self.look()

    def _pid(self):
        return self.operator.cluster.container_pids(NAMESPACE, self.operator.pod(), "supervisor")[0]

    def rss_mb(self):
        with open(f"/proc/{self._pid()}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024

    def look(self):
        """Requests by what they ask, without those of the Lease and the watches, and seconds of processor time."""
        rows = control_plane.audit_rows(self.operator.cluster.audit_log)
        asked = collections.Counter()
        for row in rows[self.rows:]:
            of = row.get("objectRef") or {}
            if row["user"].get("username") == OPERATOR and of.get("resource", "leases") != "leases" and row["verb"] != "watch":
                asked[f"{row['verb']} {'/'.join(filter(None, (of['resource'], of.get('subresource'))))}"] += 1
        self.rows = len(rows)
        with open(f"/proc/{self._pid()}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        spent, self.cpu = cpu - self.cpu, cpu
        return asked, spent


def tell(what, seconds, asked, cpu, changes):
    total = sum(asked.values())
    print(f"  {what:42} {seconds:7.1f} s  {total:5} requests ({total / changes:4.1f} a change)  {cpu:5.2f} s CPU")
    for name, count in asked.most_common():
        print(f"    {count:5} {name}")


@pytest.fixture
def many(operator, cluster_broker):
    kafka, clients, splits = Kafka(cluster_broker.bootstrap), Clients(operator.cluster.api), []
    try:
        for number in range(SPLITS):
            splits.append(Split(operator, cluster_broker, kafka, number))
        clients.start()
        yield splits, clients, kafka
    finally:
        clients.close()
        for split in splits:
            split.remove()


def wait_ready(splits, each):
    wait_until(lambda: all(s.phases() == {"Ready": each} for s in splits), READY_S, f"{each} sessions of each split to be Ready",
               seen=lambda: [dict(s.phases()) for s in splits])


def test_p_13_many_sessions(many, operator):
    """P-13: the operator stays small, and one more session costs as many requests as it did beside few."""
    splits, clients, kafka = many
    meter = Meter(operator)
    print(f"\nP-13 on the cluster: {SPLITS} splits of {EACH} sessions, each renewed every {RENEW_EVERY_S:.0f} s; RSS at first {meter.rss_mb():.1f} MB")

    for name, numbers in (("the first session of each split", range(1)), ("all the others", range(1, EACH))):
        began = time.monotonic()
        for split in splits:
            clients.sessions += [split.ask(number) for number in numbers]
        wait_ready(splits, numbers[-1] + 1)
        seconds = time.monotonic() - began
        tell(f"{name}: {SPLITS * len(numbers)} Ready", seconds, *meter.look(), SPLITS * len(numbers))

    rounds, began = clients.rounds, time.monotonic()
    wait_until(lambda: clients.rounds >= rounds + 2, 120, "two rounds of renewals")
    asked, cpu = meter.look()
    tell("two rounds of renewals", time.monotonic() - began, asked, cpu, 2 * SPLITS * EACH)
    # Per split, what was still to be written when its last session was Ready; the number of renewals does not count.
    assert sum(asked.values()) <= 2 * SPLITS * EACH * 0.1 + 10 * SPLITS, "a renewal changes nothing that the operator would have to write"

    began = time.monotonic()
    clients.sessions.append(splits[0].ask(EACH))
    wait_until(lambda: splits[0].phases() == {"Ready": EACH + 1}, READY_S, "one more session", seen=splits[0].phases)
    asked, cpu = meter.look()
    tell("one more session", time.monotonic() - began, asked, cpu, 1)
    assert sum(asked.values()) <= REQUESTS_MAX

    print(f"  RSS of the supervisor {meter.rss_mb():.1f} MB (target {RSS_MAX_MB})")
    assert meter.rss_mb() <= RSS_MAX_MB

    clients.close()
    began = time.monotonic()
    for split in splits:
        for session in split.sessions:
            session.end(wait=False)
    wait_until(lambda: all(s.is_over() for s in splits), OVER_S, "every split to be over and its template as before",
               seen=lambda: [s.served.api.splits() for s in splits])
    tell("all ended, templates as before", time.monotonic() - began, *meter.look(), SPLITS * EACH + 1)

    def left():
        return [name for name in kafka.temporary() + kafka.groups("mirrord-") if any(s.token in name for s in splits)]
    wait_until(lambda: not left(), 60, "temporary topics and groups to be gone", seen=left)
