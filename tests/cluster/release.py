"""The operator as a user installs it: image, chart, and what the tests want to see of it.

Owns the release. One at a time in a cluster, because a second one is refused.
"""
import os
import subprocess

from harness.supervisor import CHECKOUT, binaries
from harness.wait import wait_until

NAMESPACE = "mirrord"
RELEASE = "sluice"
IMAGE = "docker.io/library/sluice"
READY_S = 60.0
GROUP = "sluice.dev/v1alpha1"


class OperatorApi:
    """What harness.api.Api offers, of one namespace of a cluster."""

    username = "admin"

    def __init__(self, api, namespace):
        self.api, self.namespace = api, namespace

    def request(self, verb, path, body=None):
        return self.api.request(verb, path, body)

    def get(self, plural, name, namespace=None):
        return self.api.get(GROUP, plural, name, namespace or self.namespace)

    def sessions(self, namespace=None):
        return self.api.list(GROUP, "splitsessions", namespace or self.namespace)

    def splits(self, namespace=None):
        return self.api.list(GROUP, "queuesplits", namespace or self.namespace)

    def delete(self, plural, name, namespace=None):
        return self.api.delete(GROUP, plural, name, namespace or self.namespace)


class Operator:
    """archive: of the image. values: of the chart, by their dotted names, on top of ours."""

    def __init__(self, cluster, archive, values=None):
        self.cluster = cluster
        self.values = {"operator.kafkaSplitting": "true", "operator.sessionUnusedTtlSeconds": "600", "operator.imagePullPolicy": "Never", **(values or {})}
        cluster.load_image(archive)

    def install(self, wait=True):
        """helm install; with wait, until it is Ready."""
        settings = [word for name, value in self.values.items() for word in ("--set", f"{name}={value}")]
        self.cluster.helm("install", RELEASE, str(CHECKOUT / "helm"), *settings)
        if wait:
            self.wait_ready()
        return self

    def upgrade(self, **values):
        self.values.update({name.replace("__", "."): value for name, value in values.items()})
        settings = [word for name, value in self.values.items() for word in ("--set", f"{name}={value}")]
        self.cluster.helm("upgrade", RELEASE, str(CHECKOUT / "helm"), *settings)
        self.wait_ready()

    def uninstall(self):
        self.cluster.helm("uninstall", RELEASE, "--wait")

    # --- state ---

    def pods(self):
        found = self.cluster.api.list("v1", "pods", NAMESPACE, labelSelector="app=mirrord-operator")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def pod(self):
        """Name of the only pod."""
        found = self.pods()
        assert len(found) == 1, f"{len(found)} pods of the operator"
        return found[0]["metadata"]["name"]

    def wait_ready(self, deadline_s=READY_S):
        def is_ready():
            found = self.pods()
            return found and all(
                any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", [])) for pod in found)
        wait_until(is_ready, deadline_s, "the operator to be Ready", seen=self.describe)

    def log(self, container="supervisor"):
        return "".join(
            self.cluster.api.text("GET", f"/api/v1/namespaces/{NAMESPACE}/pods/{pod['metadata']['name']}/log?container={container}")
            for pod in self.pods())

    def describe(self):
        lines = [f"{pod['metadata']['name']}: {pod['status']}" for pod in self.pods()]
        try:
            lines += self.log().splitlines()[-20:]
        except OSError as error:
            lines.append(f"no log: {error}")
        return "\n".join(lines)


def sluice(arguments, kubeconfig, **options):
    """Runs the command line to its end."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8", "KUBECONFIG": str(kubeconfig)}
    return subprocess.run([str(binaries() / "sluice"), *arguments], env=environment, text=True, timeout=120, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
