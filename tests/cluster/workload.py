"""Documents of pods that run Python in the testbed's own image, and waits for what becomes of them."""

import os

import pytest
from harness.wait import wait_until

IMAGE = "sluice.test/app:1"
DEADLINE_S = 90
FULL = os.environ.get("SLUICE_FULL") == "1"
# Of a test whose heart another one shows in less time.
takes_long = pytest.mark.skipif(not FULL, reason="takes long: ./dev test cluster --full")
ENDED = ("Succeeded", "Failed")
# A pod that lasts: it ends at once when it is told to.
LASTING = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit(0)); print('up', flush=True); signal.pause()"


def container(script, env=None, name="main"):
    listed = [{"name": key, "value": value} for key, value in (env or {}).items()]
    return {"name": name, "image": IMAGE, "imagePullPolicy": "Never", "args": ["-c", script], "env": listed}


def pod(name, script, env=None, **spec):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 5, "containers": [container(script, env)], **spec},
    }


def deployment(name, replicas=1, script=LASTING, env=None):
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 5, "containers": [container(script, env)]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def pods(cluster, namespace, app):
    """Those that are not on their way out."""
    found = cluster.api.list("v1", "pods", namespace, labelSelector=f"app={app}")
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def wait_rolled_out(cluster, namespace, name, deadline_s=DEADLINE_S):
    """Until all pods are of the newest template and ready. Returns the Deployment."""
    seen = {}

    def is_rolled_out():
        seen.update(cluster.api.get("apps/v1", "deployments", name, namespace))
        status, wanted = seen.get("status", {}), seen["spec"]["replicas"]
        counted = [status.get(field, 0) for field in ("replicas", "updatedReplicas", "readyReplicas")]
        return status.get("observedGeneration") == seen["metadata"]["generation"] and counted == [wanted] * 3

    wait_until(is_rolled_out, deadline_s, f"deployment {name} to roll out", lambda: seen.get("status"))
    return seen


def log_of(cluster, namespace, name):
    return cluster.api.text("GET", f"/api/v1/namespaces/{namespace}/pods/{name}/log")


def run_pod(cluster, namespace, document, deadline_s=DEADLINE_S):
    """Run a pod to its end and return what it wrote. Fails when the pod did."""
    name, seen = document["metadata"]["name"], {}
    cluster.api.create("pods", document, namespace)

    def has_ended():
        seen.update(cluster.api.get("v1", "pods", name, namespace)["status"])
        return seen["phase"] in ENDED

    wait_until(has_ended, deadline_s, f"pod {name} to end", lambda: seen)
    text = log_of(cluster, namespace, name)
    assert seen["phase"] == "Succeeded", f"pod {name} failed:\n{text}"
    return text
