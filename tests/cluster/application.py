"""The deployed application as a Deployment: pods that consume a topic with the Python client of tests/clients and log what they collect.

Its logs lie in a folder that the pods share with the test (hostPath); they are of the format that the checker reads. Owns that Deployment.
"""

import shutil
from pathlib import Path

from harness.events import Tail, read_lines
from harness.wait import wait_until

from workload import container, deployment, pods, wait_rolled_out

TESTS = Path(__file__).resolve().parent.parent
SHARED = "/var/shared"
STOP_S = 60.0
START_S = 90.0
# A container that is started again begins a new file: the old one may end with half a line.
COLLECT = """
import os, runpy, time
os.environ["COLLECT_LOG"] += f".{time.time_ns()}.jsonl"
runpy.run_path("/var/shared/tests/clients/python/collect.py", run_name="__main__")
"""


def share_clients(cluster):
    """Put the client, and what it computes hashes with, where pods find it."""
    if not (cluster.shared / "tests").exists():
        for folder in ("clients", "checker"):
            shutil.copytree(TESTS / folder, cluster.shared / "tests" / folder, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))


class Application:
    """environment: as the manifest says it, KAFKA_... of tests/clients. extra: what tells the client how to log and commit.

    folder: where its logs are, as <label>.<pod>.<time>.jsonl; a producer's belong there too, so that one folder is judged.
    """

    def __init__(self, cluster, namespace, environment, name="meme-app", replicas=2, label="app", extra=None):
        self.cluster, self.namespace, self.name, self.label = cluster, namespace, name, label
        self.environment, self.replicas = dict(environment), replicas
        self.extra = {"COLLECT_LABEL": label, **(extra or {})}
        self.folder = cluster.shared / namespace
        self.folder.mkdir(exist_ok=True)
        self.tail = Tail(self.folder, f"{label}.*.jsonl")
        share_clients(cluster)

    def document(self):
        found = deployment(self.name, self.replicas)
        spec = found["spec"]["template"]["spec"]
        main = container(COLLECT, self.environment)
        log = f"{SHARED}/{self.namespace}/{self.label}.$(POD_NAME)"
        main["env"] += [{"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]
        main["env"] += [{"name": name, "value": value} for name, value in {**self.extra, "COLLECT_LOG": log}.items()]
        main["volumeMounts"] = [{"name": "shared", "mountPath": SHARED}]
        spec.update(containers=[main], volumes=[{"name": "shared", "hostPath": {"path": SHARED}}], terminationGracePeriodSeconds=20)
        return found

    # --- life ---

    def start(self):
        self.cluster.api.create("deployments", self.document(), self.namespace)
        return self.wait_ready()

    def wait_ready(self, deadline_s=START_S):
        """Rolled out, and every pod has joined its group."""
        wait_rolled_out(self.cluster, self.namespace, self.name, deadline_s)
        wait_until(self._all_joined, deadline_s, f"the pods of {self.name} in their group", seen=self.describe)
        return self

    def _all_joined(self):
        found = pods(self.cluster, self.namespace, self.name)
        return len(found) == self.replicas and all(self._has_joined(pod["metadata"]["name"]) for pod in found)

    def _has_joined(self, pod):
        return any(line["t"] == "assigned" for line in read_lines(self.folder.glob(f"{self.label}.{pod}.*.jsonl")))

    def scale(self, replicas):
        self.replicas = replicas
        self.cluster.api.patch("apps/v1", "deployments", self.name, {"spec": {"replicas": replicas}}, self.namespace)

    def stop(self):
        """Until the last pod has left its group and is gone."""
        self.scale(0)
        selector = {"labelSelector": f"app={self.name}"}
        wait_until(lambda: not self.cluster.api.list("v1", "pods", self.namespace, **selector), STOP_S, f"the pods of {self.name} to be gone")

    # --- state ---

    def template(self):
        """What a split patches, as it is now."""
        return self.cluster.api.get("apps/v1", "deployments", self.name, self.namespace)["spec"]["template"]

    def uids(self):
        """Of all messages that its pods collected."""
        return self.tail.poll().uids

    def describe(self):
        found = {pod["metadata"]["name"]: pod["status"].get("phase") for pod in pods(self.cluster, self.namespace, self.name)}
        return f"{self.name}: {len(self.uids())} collected, pods {found}; logs in {self.folder}"
