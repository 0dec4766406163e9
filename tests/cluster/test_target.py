"""The driver of workloads by itself on a real cluster: real controllers, real pods, and people who interfere with kubectl."""

import json
import queue
import subprocess
import threading

import pytest

from harness.supervisor import binaries
from harness.wait import wait_until
from workload import deployment

DEADLINE_S = 90
TEMP = "mirrord-tmp-0123456789-fallback-orders"
TOPIC = {"container": "main", "variable": "TOPIC", "value": TEMP}
PLURALS = {"Deployment": "deployments", "StatefulSet": "statefulsets"}


class Driver:
    """One workload named shop, and the driver that moves it."""

    def __init__(self, cluster, namespace, kind, **spec):
        self.cluster, self.namespace, self.kind = cluster, namespace, kind
        document = deployment("shop", replicas=2, env={"A": "a", "TOPIC": "orders"})
        document["kind"] = kind
        document["spec"].update(spec)
        self.made = cluster.api.create(PLURALS[kind], document, namespace)
        self.kubectl("rollout", "status", f"{kind}/shop", f"--timeout={DEADLINE_S}s")
        self.before = self.read()["spec"]["template"]
        probe = binaries().parent / "tests" / "bin" / "kube_target_probe"
        self.process = subprocess.Popen([probe, str(cluster.kubeconfig), kind, namespace, "shop"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines, self.seen = queue.Queue(), []
        threading.Thread(target=lambda: [self.lines.put(json.loads(line)) for line in self.process.stdout], daemon=True).start()
        self.tell(concerned=True)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(DEADLINE_S) == 0

    def tell(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        while "obeyed" not in self.lines.get(timeout=DEADLINE_S):
            pass

    def want(self, *entries, past=()):
        self.seen = []
        self.tell(set=list(entries), past=list(past), uid=self.made["metadata"]["uid"])

    def until(self, matches):
        while not (self.seen and matches(self.seen[-1])):
            try:
                line = self.lines.get(timeout=DEADLINE_S)
            except queue.Empty:
                raise AssertionError(json.dumps(self.seen[-3:], indent=1)) from None
            if "observed" in line:
                self.seen.append(line["observed"])
        return self.seen[-1]

    def until_ready(self):
        return self.until(lambda seen: seen["state"] == "ready")

    def read(self):
        return self.cluster.api.get("apps/v1", PLURALS[self.kind], "shop", self.namespace)

    def kubectl(self, *args):
        return self.cluster.kubectl("--namespace", self.namespace, *args)

    def pod_topics(self):
        """What the pods that run were made with."""
        found = self.cluster.api.list("v1", "pods", self.namespace, labelSelector="app=shop")
        running = [pod for pod in found if pod["status"].get("phase") not in ("Succeeded", "Failed")]
        return {entry["value"] for pod in running for entry in pod["spec"]["containers"][0]["env"] if entry["name"] == "TOPIC"}


@pytest.fixture(params=["Deployment", "StatefulSet"])
def driver(cluster, namespace, request):
    more = {"serviceName": "shop"} if request.param == "StatefulSet" else {}
    found = Driver(cluster, namespace, request.param, **more)
    yield found
    found.close()


def test_w_5_patched_when_no_old_pod_is_left_and_restored_byte_for_byte(driver):
    """W-1, W-5, W-8, W-9, C-2, C-3, CASE-2, CASE-18: and `kubectl rollout undo` brings nothing of ours back."""
    driver.want(TOPIC)
    driver.until(lambda seen: "shop-" in seen["waitsFor"])
    seen = driver.until_ready()
    assert seen["patchedReady"] > 0
    assert driver.pod_topics() == {TEMP}
    managers = {field["manager"] for field in json.loads(driver.kubectl("get", driver.kind, "shop", "-o", "json", "--show-managed-fields"))["metadata"]["managedFields"]}
    assert "sluice" in managers
    driver.want(past=[TOPIC])
    driver.until_ready()
    assert driver.pod_topics() == {"orders"}
    after = driver.read()
    assert after["spec"]["template"] == driver.before
    assert "sluice.dev/patched" not in after["metadata"].get("annotations", {})
    history = driver.kubectl("get", "replicasets,controllerrevisions", "-o", "json")
    assert TEMP not in history


def test_w_6_a_revert_by_kubectl_is_repaired(driver):
    """W-6, CASE-17: within one event; and no pod of the revert is left when it is ready again."""
    driver.want(TOPIC)
    driver.until_ready()
    driver.seen = []
    driver.kubectl("set", "env", f"{driver.kind}/shop", "TOPIC=orders")
    driver.until(lambda seen: seen["state"] == "rolling" and not seen["unpatchedGone"])
    driver.until_ready()
    assert driver.pod_topics() == {TEMP}
    driver.kubectl("set", "env", f"{driver.kind}/shop", "NEW=value")  # somebody's own rollout stays
    wait_until(lambda: len(driver.read()["spec"]["template"]["spec"]["containers"][0]["env"]) == 3, DEADLINE_S, "the new variable")
    driver.want(past=[TOPIC])
    driver.until_ready()
    env = {entry["name"]: entry["value"] for entry in driver.read()["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert env == {"A": "a", "TOPIC": "orders", "NEW": "value"}
