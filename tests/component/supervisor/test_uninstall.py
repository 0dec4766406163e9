"""What an uninstallation does without the operator, over an API server in memory: W-10, C-19."""
import hashlib
import json
import os
import subprocess
import unittest

from fake_cluster import FakeCluster

TEMP = "mirrord-tmp-0123456789-fallback-orders"
DEADLINE_S = 30


def split(name="split-1", finalizers=("sluice.dev/split",)):
    return {"metadata": {"name": name, "finalizers": list(finalizers)}, "spec": {
        "target": {"kind": "Deployment", "name": "shop", "uid": "u-shop"}, "queue": {"type": "Kafka", "cluster": "c", "name": "orders", "group": "g", "ids": ["orders"]},
        "clientConfig": "base", "resourceHash": "h", "temporaries": [{"name": TEMP, "role": "fallback", "group": "g"}],
        "environment": [{"container": "main", "variable": "TOPIC", "temporary": TEMP, "original": {
            "form": "Value", "name": "orders", "temporaryName": TEMP, "sha256": "7e7dd6f1c4af8e2e0a5c8a6a0f9c8ad1"}}],
        "settings": {"restartTimeoutSeconds": 60, "ttlMillis": 0, "drainTimeoutSeconds": 5, "leftovers": "keep", "autoOffsetReset": "latest",
                     "overlap": "Allow", "waitForPods": "all"}}, "status": {"phase": "Active", "since": "2026-01-02T03:04:05Z"}}


def map_split(queue, temp, value):
    """Of one queue that a JSON map names."""
    found = split(f"split-{queue}")
    found["spec"].update(queue={"type": "SQS", "cluster": "000000000000/eu-west-1", "name": queue, "group": "", "ids": ["all"]},
                         temporaries=[{"name": temp, "role": "fallback", "group": ""}])
    found["spec"]["environment"] = [{"container": "main", "variable": "QUEUES", "temporary": value.replace(queue, temp), "at": [value.index(queue)], "original": {
        "form": "Value", "name": queue, "temporaryName": temp, "value": value, "sha256": sha256(value)}}]
    return found


class Force(unittest.TestCase):
    def setUp(self):
        self.cluster = FakeCluster()
        self.addCleanup(self.cluster.close)
        self.cluster.put("deployments", {"metadata": {"name": "mirrord-operator"}, "spec": {"replicas": 1}}, "mirrord")
        self.cluster.put("queuesplits", split())
        written = {"version": 1, "label": False, "entries": [{"container": "main", "variable": "TOPIC", "form": "Absent", "noList": True, "written": sha256(TEMP)}]}
        self.cluster.put("deployments", {
            "metadata": {"name": "shop", "annotations": {"sluice.dev/patched": json.dumps(written)}},
            "spec": {"template": {"spec": {"containers": [{"name": "main", "env": [{"name": "TOPIC", "value": TEMP}]}]}}}})

    def force(self):
        done = subprocess.run([os.environ["UNINSTALL_PROBE"], self.cluster.url, "web"], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(done.stdout), done.stderr

    def test_everything_is_given_back(self):
        """The operator is stopped first; the workload is as it was, the split is gone, and its temporary queue is named."""
        left, said = self.force()
        self.assertEqual(left, 0, said)
        self.assertEqual(self.cluster.get("deployments", "mirrord-operator", "mirrord")["spec"]["replicas"], 0)
        shop = self.cluster.get("deployments", "shop")
        self.assertEqual(shop["spec"]["template"]["spec"]["containers"], [{"name": "main"}])
        self.assertEqual(shop["metadata"]["annotations"], {})
        self.assertEqual(self.cluster.names("queuesplits"), [])
        self.assertIn(TEMP, said)

    def test_a_map_of_several_queues_without_its_annotation(self):
        """W-1, W-10, Q-12: the records of all splits that share a value say together what stands in it, whatever is longer than what it was."""
        value = '{"a": "short", "b": "orders-of-everybody", "c": "other"}'
        names = {"short": "mirrord-tmp-0000000001-fallback-short", "orders-of-everybody": "mirrord-tmp-2-everybody"}
        self.cluster.delete("queuesplits", "split-1")
        for name, temp in names.items():
            self.cluster.put("queuesplits", map_split(name, temp, value))
        patched = value
        for name, temp in names.items():
            patched = patched.replace(name, temp)
        self.cluster.put("deployments", {"metadata": {"name": "shop"}, "spec": {"template": {"spec": {"containers": [
            {"name": "main", "env": [{"name": "QUEUES", "value": patched}]}]}}}})
        left, said = self.force()
        self.assertEqual(left, 0, said)
        entry = self.cluster.get("deployments", "shop")["spec"]["template"]["spec"]["containers"][0]["env"]
        self.assertEqual(entry, [{"name": "QUEUES", "value": value}])
        self.assertEqual(self.cluster.names("queuesplits"), [])

    def test_autoscalers(self):
        """C-19: they scale by the queue itself again, also those of a workload that is gone."""
        pointed = {"sluice.dev/patched": json.dumps([{"from": "orders", "to": TEMP}])}
        for gone in (False, True):
            with self.subTest(gone=gone):
                trigger = {"type": "kafka", "metadata": {"topic": TEMP}}
                self.cluster.put("scaledobjects", {"metadata": {"name": "shop", "annotations": dict(pointed)},
                                                   "spec": {"scaleTargetRef": {"name": "shop"}, "triggers": [trigger]}})
                self.cluster.fault("GET", "/horizontalpodautoscalers$", 404)
                if gone:
                    self.cluster.put("queuesplits", split())
                    self.cluster.delete("deployments", "shop")
                self.assertEqual(self.force()[0], 0)
                after = self.cluster.get("scaledobjects", "shop")
                self.assertEqual(after["spec"]["triggers"][0]["metadata"], {"topic": "orders"})
                self.assertEqual(after["metadata"]["annotations"], {})

    def test_finalizers_of_others_stay(self):
        """W-10: only ours is taken away, also when somebody changes the list in between."""
        self.cluster.put("queuesplits", split(finalizers=("x.example/keep", "sluice.dev/split", "x.example/other")))
        self.cluster.fault("PATCH", "/queuesplits/split-1$", lambda cluster: cluster.put("queuesplits", split(finalizers=("sluice.dev/split", "x.example/keep"))))
        left, said = self.force()
        self.assertEqual(left, 0, said)
        record = self.cluster.get("queuesplits", "split-1")
        self.assertEqual(record["metadata"]["finalizers"], ["x.example/keep"])
        self.assertIn("deletionTimestamp", record["metadata"])

    def test_one_that_cannot_be_restored_keeps_its_record(self):
        self.cluster.fault("PATCH", "/deployments/shop$", 403, times=100)
        left, said = self.force()
        self.assertEqual(left, 1)
        self.assertEqual(self.cluster.names("queuesplits"), ["split-1"])
        self.assertIn("split-1", said)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    unittest.main(verbosity=2)
