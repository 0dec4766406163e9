"""The deployed application in pods: a workload whose containers each consume a topic with the Python client of tests/clients.

Owns that workload. What the pods log lies in the test's folder, in the format that the checker reads.
"""
import json
from pathlib import Path

from harness.events import Tail
from harness.wait import wait_until

from workload import IMAGE, pods

TESTS = Path(__file__).resolve().parent.parent
COLLECT = TESTS / "clients" / "python" / "collect.py"
NAME = "meme-app"
CONTAINER = "consumer"
TOPIC_VARIABLE = "KAFKA_TOPIC_NAME"
ROLLOUT_S = 90.0
# A container that is started again begins a new file: the old one may end with half a line.
SCRIPT = f"""
import os, runpy, sys, time
os.environ["{TOPIC_VARIABLE}"] = next(value for name, value in os.environ.items() if name.startswith("{TOPIC_VARIABLE}"))
os.environ["COLLECT_LOG"] += f".{{time.time_ns()}}.jsonl"
runpy.run_path(sys.argv[1], run_name="__main__")
"""
# kind -> apiVersion, plural, what its spec needs beside the common fields
KINDS = {
    "Deployment": ("apps/v1", "deployments", {}),
    "StatefulSet": ("apps/v1", "statefulsets", {"serviceName": NAME}),
    "Rollout": ("argoproj.io/v1alpha1", "rollouts", {"strategy": {"canary": {}}}),
}


class Application:
    """containers: name -> environment as the manifest shows it, KAFKA_... of tests/clients; a variable that begins with
    KAFKA_TOPIC_NAME names the topic. extra: more variables of theirs. spec: of the workload, over ours. container: fields of each
    container, over ours.
    """

    def __init__(self, cluster, namespace, folder, containers, instances=2, kind="Deployment", extra=None, spec=None, container=None):
        self.cluster, self.namespace, self.folder = cluster, namespace, folder
        self.containers, self.instances, self.kind = containers, instances, kind
        self.api_version, self.plural, needed = KINDS[kind]
        self.spec, self.container_fields = {**needed, **(spec or {})}, container or {}
        self.extra = extra or {}
        self.tail = Tail(folder, "app.*.jsonl")

    def _container(self, name, environment):
        own = [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "COLLECT_LABEL", "value": "app"},
            {"name": "COLLECT_LOG", "value": f"{self.folder}/app.$(POD_NAME).{name}"},
            {"name": "PYTHONDONTWRITEBYTECODE", "value": "1"},
        ]
        values = [{"name": variable, "value": value} for variable, value in {**environment, **self.extra}.items()]
        mounts = [{"name": "tests", "mountPath": str(TESTS), "readOnly": True}, {"name": "logs", "mountPath": str(self.folder)}]
        return {"name": name, "image": IMAGE, "imagePullPolicy": "Never", "args": ["-c", SCRIPT, str(COLLECT)], "env": own + values,
                "volumeMounts": mounts, **self.container_fields}

    def document(self):
        volumes = [{"name": "tests", "hostPath": {"path": str(TESTS)}}, {"name": "logs", "hostPath": {"path": str(self.folder)}}]
        labels = {"app": NAME}
        containers = [self._container(name, environment) for name, environment in self.containers.items()]
        template = {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 10, "containers": containers, "volumes": volumes}}
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": {"name": NAME},
                "spec": {"replicas": self.instances, "selector": {"matchLabels": labels}, "template": template, **self.spec}}

    # --- life ---

    def apply(self):
        self.cluster.api.create(self.plural, self.document(), self.namespace)
        return self

    def scale(self, instances):
        self.instances = instances
        self.cluster.api.patch(self.api_version, self.plural, NAME, {"spec": {"replicas": instances}}, self.namespace)

    def wait_ready(self, deadline_s=ROLLOUT_S):
        """As many pods as wanted, all of the newest template and ready."""
        wait_until(self.is_ready, deadline_s, f"{self.instances} pods of {NAME}", seen=self.describe)

    def is_ready(self):
        found = self.get()
        status = found.get("status", {})
        # A Rollout's is text.
        rolled = str(status.get("observedGeneration")) == str(found["metadata"]["generation"])
        counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas")]
        return rolled and counts == [self.instances] * 3

    def stop(self):
        """Until the last pod is gone."""
        self.cluster.api.delete(self.api_version, self.plural, NAME, self.namespace)
        wait_until(lambda: not self.cluster.api.list("v1", "pods", self.namespace, labelSelector=f"app={NAME}"), ROLLOUT_S,
                   "the application's pods to be gone", seen=self.describe)

    # --- state ---

    def get(self):
        return self.cluster.api.get(self.api_version, self.plural, NAME, self.namespace)

    def template(self):
        """The bytes that must be the same again at the end."""
        return json.dumps(self.get()["spec"]["template"], sort_keys=True)

    def topics(self):
        """What its template names."""
        containers = self.get()["spec"]["template"]["spec"]["containers"]
        return [entry["value"] for container in containers for entry in container["env"] if entry["name"].startswith(TOPIC_VARIABLE)]

    def rollouts(self):
        """How many templates it was rolled out with up to now; one that comes again counts again."""
        return int(self.get()["metadata"]["annotations"]["deployment.kubernetes.io/revision"])

    def uids(self):
        """Of all messages that its pods collected."""
        return self.tail.poll().uids

    def describe(self):
        found = {pod["metadata"]["name"]: pod["status"].get("phase") for pod in pods(self.cluster, self.namespace, NAME)}
        return f"{NAME}: {self.tail.poll().count} messages; {found}; {self.get()}"
