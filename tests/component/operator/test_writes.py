"""CASE-29: whichever write of an operator is refused, fails or stays without an answer, a split comes to the same end.

One whole life of a split is lived for each write that such a life has, and each fault: the workload is patched and restored, both sessions
are served, nothing is left. Workers are the simulator's, which knows what must not happen to them."""
import concurrent.futures
import os
import select
import subprocess
import sys
import threading
import time
import unittest

from fake_cluster import LOST, FakeCluster

PROBE = os.environ["LIFE_PROBE"]
FULL = os.environ.get("SLUICE_FULL") == "1"
NAMESPACE = "default"
ANNOTATION = "sluice.dev/patched"
DEADLINE_S = 90
AT_ONCE = 12    # they wait more than they work
FAULTS = (409, 500, LOST)
EVERY = 1 if FULL else 3    # by each fault another third of the writes, so that the short form has each write once
WRITES_MAX = 200


def workload():
    env = [{"name": "TOPIC", "value": "orders"}, {"name": "GROUP", "value": "shop"}]
    return {"metadata": {"name": "shop", "annotations": {"team": "web"}, "uid": "11111111-0000-4000-8000-000000000001"},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "shop"}},
                     "template": {"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "main", "image": "shop:1", "env": env}]}}}}


def consumer():
    def source(variable):
        return [{"directEnvVar": {"container": "main", "variable": variable}}]
    return {"metadata": {"name": "shop-topics", "uid": "11111111-0000-4000-8000-000000000002"},
            "spec": {"consumerName": "shop", "consumerApiVersion": "apps/v1", "consumerKind": "Deployment",
                     "topics": [{"id": "orders", "clientConfig": "base", "nameSources": source("TOPIC"), "groupIdSources": source("GROUP")}]}}


def config():
    return {"metadata": {"name": "base", "uid": "11111111-0000-4000-8000-000000000003"},
            "spec": {"properties": [{"name": "bootstrap.servers", "value": "broker:9092"}]}}


def session(name):
    return {"metadata": {"name": name, "uid": f"22222222-0000-4000-8000-{abs(hash(name)) % 10 ** 12:012d}", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"target": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}, "key": f"key-{name}",
                     "owner": {"username": "dev", "hostname": "test"},
                     "queues": [{"id": "orders", "type": "Kafka", "mode": "steal", "messageFilter": {"user": f"^{name}$"}}]}}


class Cluster(FakeCluster):
    """Replaces pods by itself, and fails one write."""

    def __init__(self, number=0, fault=None):
        super().__init__()
        self.number, self.action = number, fault
        self.writes = []
        self.failed = None
        self.put("mirrordkafkaclientconfigs", config(), "mirrord")
        self.put("mirrordkafkatopicsconsumers", consumer(), NAMESPACE)
        self.before = self.put("deployments", workload(), NAMESPACE)["spec"]["template"]
        self.sets = 0
        self.rolled = None
        self.controllers = threading.Thread(target=self.control)
        self.controllers.start()

    def close(self):
        super().close()
        self.controllers.join()

    def take_fault(self, method, path):
        if method == "GET":
            return None
        with self.changed:
            self.writes.append(f"{method} {path}")
            if len(self.writes) != self.number:
                return None
            self.failed = self.writes[-1]
            return self.action

    def control(self):
        with self.changed:
            while not self.closing:
                template = self.objects[("deployments", NAMESPACE, "shop")]["spec"]["template"]
                if template != self.rolled:
                    self.roll(template)
                self.changed.wait(0.5)

    def roll(self, template):
        old = [key for key in self.objects if key[0] == "pods"]
        self.sets += 1
        self.rolled = template
        labels, name = {"app": "shop"}, f"shop-{self.sets}"
        owner = {"kind": "Deployment", "name": "shop", "uid": workload()["metadata"]["uid"], "controller": True}
        self.put("replicasets", {"metadata": {"name": name, "labels": labels, "ownerReferences": [owner]},
                                 "spec": {"replicas": 1, "template": template}, "status": {"replicas": 1}}, NAMESPACE)
        owner = {"kind": "ReplicaSet", "name": name, "uid": f"u-{name}", "controller": True}
        self.put("pods", {"metadata": {"name": f"{name}-a", "labels": labels, "ownerReferences": [owner]}, "spec": {**template["spec"], "nodeName": "n1"},
                          "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}, NAMESPACE)
        for key in old:
            self._delete(key)
        for (plural, namespace, other) in list(self.objects):
            if plural == "replicasets" and other != name:
                document = self.objects[(plural, namespace, other)]
                self.put(plural, {**document, "spec": {**document["spec"], "replicas": 0}, "status": {"replicas": 0}}, namespace)


class Life:
    """One split from its first session to its last."""

    def __init__(self, number=0, fault=None):
        self.cluster = Cluster(number, fault)
        self.probe = subprocess.Popen([PROBE, self.cluster.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.log = []
        self.reader = threading.Thread(target=lambda: self.log.extend(self.probe.stderr))
        self.reader.start()

    def close(self):
        self.probe.stdin.close()
        try:
            code = self.probe.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.probe.kill()
            code = self.probe.wait()
        self.reader.join()
        said = self.probe.stdout.read() if select.select([self.probe.stdout], [], [], 0)[0] else ""
        for stream in (self.probe.stdout, self.probe.stderr):
            stream.close()
        self.cluster.close()
        return code, said

    def until(self, what, reached):
        deadline = time.monotonic() + DEADLINE_S
        with self.cluster.changed:
            while not reached():
                assert self.probe.poll() is None, f"the probe ended: {self.probe.stdout.read()}"
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{what} not in time after {len(self.cluster.writes)} writes, of which failed {self.cluster.failed}:\n"
                                         f"{self.describe()}\n{''.join(self.log[:25])}")
                self.cluster.changed.wait(min(left, 1))

    def describe(self):
        shown = ("queuesplits", "splitsessions")
        return "\n".join(f"{key}: {document.get('metadata')} {document.get('status')}" for key, document in self.cluster.objects.items() if key[0] in shown)

    def phase(self, name):
        document = self.cluster.get("splitsessions", name, NAMESPACE) or {}
        return document.get("status", {}).get("phase", "")

    def is_over(self):
        cluster = self.cluster
        found = cluster.get("deployments", "shop", NAMESPACE)
        return (not cluster.names("queuesplits") and found["spec"]["template"] == cluster.before and ANNOTATION not in found["metadata"]["annotations"]
                and [pod for pod in cluster.names("pods")] == [f"shop-{cluster.sets}-a"])

    def live(self):
        """Two developers come and go, the second before the first has gone."""
        cluster = self.cluster
        cluster.put("splitsessions", session("anna"), NAMESPACE)
        self.until("anna Ready", lambda: self.phase("anna") == "Ready")
        cluster.put("splitsessions", session("bob"), NAMESPACE)
        self.until("bob Ready", lambda: self.phase("bob") == "Ready")
        cluster.delete("splitsessions", "anna", NAMESPACE)
        cluster.delete("splitsessions", "bob", NAMESPACE)
        self.until("everything as before", self.is_over)
        return list(cluster.writes)


def live(number=0, fault=None):
    """The writes of that life, and the one that failed. Raises what went wrong."""
    life = Life(number, fault)
    try:
        return life.live(), life.cluster.failed
    finally:
        code, said = life.close()
        if sys.exc_info()[0] is None:
            assert code == 0, f"the probe ended with {code}: {said}\n{''.join(life.log[:20])}"


class Writes(unittest.TestCase):
    def test_case_29_a_fault_at_each_write(self):
        """C-1, CASE-29: 409, 500 and a lost answer."""
        writes, _ = live()
        kinds = {line.split()[0] + " " + line.split("/")[-1 if line.startswith("POST") or line.endswith("status") else -2] for line in writes}
        for wanted in ("POST queuesplits", "PUT queuesplits", "PUT status", "DELETE queuesplits", "PATCH deployments", "POST events"):
            self.assertIn(wanted, kinds)
        self.assertLess(len(writes), WRITES_MAX)
        lives = [(number, fault) for i, fault in enumerate(FAULTS) for number in range(1, len(writes) + 1) if (number + i) % EVERY == 0]
        failures, hits = [], 0
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            ends = {pool.submit(live, number, fault): (number, fault) for number, fault in lives}
            for end in concurrent.futures.as_completed(ends):
                if end.exception():
                    number, fault = ends[end]
                    failures.append(f"write {number} of {len(writes)} ({writes[number - 1]}), {fault}: {end.exception()}")
                else:
                    hits += end.result()[1] is not None    # a life may have a few writes less than the first one
        self.assertFalse(failures, f"{len(failures)} of {len(lives)} lives:\n" + "\n".join(failures[:3]))
        self.assertGreater(hits, 0.9 * len(lives))

    def test_case_27_a_resource_for_a_kind_that_nobody_knows(self):
        """CASE-27: no target is looked at for it, and it says so itself; once it is mended, that is taken back."""
        life = Life()
        newer = consumer()
        newer["metadata"] = {"name": "newer", "uid": "11111111-0000-4000-8000-000000000004"}
        newer["spec"].update(consumerKind="CloneSet", consumerName="other")

        def accepted():
            found = life.cluster.get("mirrordkafkatopicsconsumers", "newer", NAMESPACE)
            return next((c for c in found.get("status", {}).get("conditions", []) if c["type"] == "Accepted"), {})
        try:
            life.cluster.put("mirrordkafkatopicsconsumers", newer, NAMESPACE)
            life.until("the refusal", lambda: accepted().get("status") == "False")
            self.assertEqual((accepted()["reason"], accepted()["message"]),
                             ("FieldInvalid", "spec.consumerKind: 'CloneSet' is not one of Deployment, StatefulSet, Rollout"))
            present = life.cluster.get("mirrordkafkatopicsconsumers", "newer", NAMESPACE)
            present["spec"].update(consumerKind="Deployment", consumerName="missing")
            life.cluster.put("mirrordkafkatopicsconsumers", present, NAMESPACE)
            life.until("another verdict", lambda: "CloneSet" not in accepted().get("message", ""))
        finally:
            life.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
