"""The real driver of workloads (kube_target_probe) over an API server, and the controllers that the test plays. Every wait has a
deadline."""
import json
import os
import queue
import subprocess
import threading
import unittest

from fake_cluster import FakeCluster

PROBE = os.environ["KUBE_TARGET_PROBE"]
DEADLINE_S = 20
TEMP = "mirrord-tmp-0123456789-fallback-orders"
TOPIC = {"container": "main", "variable": "TOPIC", "value": TEMP, "original": {"form": "Value", "name": "orders", "temporaryName": TEMP}}
ANNOTATION, LABEL = "sluice.dev/patched", "operator.metalbear.co/patched"


def workload(name="shop", replicas=2, env=None, **spec):
    env = [{"name": "A", "value": "a"}, {"name": "TOPIC", "value": "orders"}] if env is None else env
    return {"metadata": {"name": name, "annotations": {"team": "web"}},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                     "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": "shop:1", "env": env}]}}, **spec}}


class Case(unittest.TestCase):
    plural, kind = "deployments", "Deployment"

    def setUp(self):
        self.cluster = self.make_cluster()
        self.addCleanup(self.cluster.close)
        self.probe, self.last, self.states = None, {}, set()

    def make_cluster(self):
        return FakeCluster()

    # --- the driver ---

    def start(self, concerned=True):
        self.probe = subprocess.Popen([PROBE, self.cluster.url, self.kind, "web", "shop"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, args=(self.probe.stdout,), daemon=True).start()
        if concerned:
            self.tell(concerned=True)

    def _read(self, stream):
        for line in stream:
            self.lines.put(json.loads(line))

    def stop(self):
        if self.probe.poll() is None:
            self.probe.stdin.close()
            try:
                self.probe.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.probe.kill()
                self.probe.wait()
        self.probe.stdout.close()
        self.assertEqual(self.probe.returncode, 0)

    def tell(self, **command):
        """What it says until it has obeyed: the last observation, and the document that it shows."""
        self.probe.stdin.write(json.dumps(command) + "\n")
        self.probe.stdin.flush()
        while True:
            line = self.lines.get(timeout=DEADLINE_S)
            self.last = line.get("observed", self.last)
            if "store" in line:
                shown = line["store"]
            elif "obeyed" in line:
                return shown if "show" in command else None

    def want(self, *entries, past=(), **more):
        uid = self.cluster.get(self.plural, "shop")["metadata"]["uid"]
        self.tell(set=list(entries), past=list(past), uid=uid, **more)
        self.last = {}  # it spoke of other entries

    def until(self, what, matches):
        """The first observation that matches, from the last one on."""
        if self.last and matches(self.last):
            return self.last
        while True:
            try:
                line = self.lines.get(timeout=DEADLINE_S)
            except queue.Empty:
                raise AssertionError(f"not {what} in time; last: {json.dumps(self.last, indent=1)}") from None
            if "observed" in line:
                self.last = line["observed"]
                self.states.add(self.last["state"])
                if matches(self.last):
                    return self.last

    def until_state(self, state, **fields):
        return self.until(f"{state} {fields}", lambda seen: seen["state"] == state and all(seen[k] == v for k, v in fields.items()))

    def until_waits_for(self, *parts):
        return self.until(f"waiting for {parts}", lambda seen: all(part in seen["waitsFor"] + seen["text"] for part in parts))

    def stored(self, kind=None, name="shop"):
        return self.tell(show=kind or self.kind, name=name)

    def until_stored(self, matches, **which):
        for _ in range(200):
            document = self.stored(**which)
            if matches(document):
                return document
            self.wait_change()
        raise AssertionError(f"the store has {document}")

    def wait_change(self):
        with self.cluster.changed:
            self.cluster.changed.wait(0.05)

    def until_asked(self, method, pattern, count=1):
        with self.cluster.changed:
            if not self.cluster.changed.wait_for(lambda: len(self.cluster.asked(method, pattern)) >= count, DEADLINE_S):
                raise AssertionError(f"{method} {pattern} was not asked {count} times")
        return self.cluster.asked(method, pattern)

    # --- the controllers ---

    def env(self):
        return self.template()["spec"]["containers"][0]["env"]

    def template(self):
        return self.cluster.get(self.plural, "shop")["spec"]["template"]

    def until_topic(self, value):
        with self.cluster.changed:
            if not self.cluster.changed.wait_for(lambda: self.env()[-1].get("value") == value, DEADLINE_S):
                raise AssertionError(f"the entry is {self.env()}")

    def add_set(self, number, template, replicas=0, **meta):
        owner = self.cluster.get("deployments", "shop") or {"metadata": {"uid": "u-shop"}}
        return self.cluster.put("replicasets", {
            "metadata": {"name": f"shop-{number}", "labels": {"app": "shop"},
                         "ownerReferences": [{"kind": "Deployment", "name": "shop", "uid": owner["metadata"]["uid"], "controller": True}], **meta},
            "spec": {"replicas": replicas, "template": template}, "status": {"replicas": replicas}})

    def add_pod(self, name, template=None, owner=("ReplicaSet", "shop-1", "u-shop-1"), ready=True, **fields):
        template = template or self.template()
        status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
        return self.cluster.put("pods", {
            "metadata": {"name": name, "labels": {"app": "shop"}, **fields,
                         "ownerReferences": [{"kind": owner[0], "name": owner[1], "uid": owner[2], "controller": True}]},
            "spec": {**template["spec"], "nodeName": "n1"}, "status": status})

    def deploy(self, **given):
        """A workload that runs with two pods."""
        document = self.cluster.put(self.plural, workload(**given))
        template = document["spec"]["template"]
        self.add_set(1, template, replicas=2)
        for i in range(document["spec"]["replicas"]):
            self.add_pod(f"shop-old-{i}", template)
        return document

    def roll(self, number=2):
        """New pods of the present template, and the old ones go."""
        template = self.template()
        old = self.cluster.names("pods")
        self.add_set(number - 1, self.cluster.get("replicasets", f"shop-{number - 1}")["spec"]["template"])
        self.add_set(number, template, replicas=2)
        for i in range(2):
            self.add_pod(f"shop-{number}-{i}", template, owner=("ReplicaSet", f"shop-{number}", f"u-shop-{number}"))
        for name in old:
            self.cluster.delete("pods", name)

    def patched(self, **given):
        """Deployed, patched and rolled out."""
        before = self.deploy(**given)
        self.start()
        self.want(TOPIC)
        self.until_topic(TEMP)
        self.roll()
        self.until_state("ready", unpatchedGone=True)
        return before

    def until_annotation(self, present):
        with self.cluster.changed:
            if not self.cluster.changed.wait_for(lambda: (ANNOTATION in self.cluster.get(self.plural, "shop")["metadata"]["annotations"]) == present, DEADLINE_S):
                raise AssertionError("the annotation")

    def change(self, function):
        document = self.cluster.get(self.plural, "shop")
        function(document)
        return self.cluster.put(self.plural, document)

    def set_topic(self, value):
        def change(document):
            for entry in document["spec"]["template"]["spec"]["containers"][0]["env"]:
                if entry["name"] == "TOPIC":
                    entry["value"] = value
        self.change(change)
