"""The chart: rendered without a cluster, or installed in one."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

from testbed.cluster import cache

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "helm"

# What the operator may do with whatever lies beside a target. Whoever adds a line says in the commit what for.
RIGHTS = {
    ("apps", "deployments"): "get list watch patch",
    ("apps", "statefulsets"): "get list watch patch",
    ("argoproj.io", "rollouts"): "get list watch patch",
    ("", "pods"): "get list watch",
    ("apps", "replicasets"): "get list watch delete",
    ("apps", "controllerrevisions"): "get list watch delete",
    ("", "configmaps"): "get list watch",
    ("events.k8s.io", "events"): "create patch",
    ("autoscaling", "horizontalpodautoscalers"): "list patch",
    ("keda.sh", "scaledobjects"): "list patch",
    **{("queues.mirrord.metalbear.co", f"mirrord{kind}"): "get list watch" for kind in
       ("workloadqueueregistries", "kafkatopicsconsumers", "kafkaclientconfigs", "splitconfigs")},
    **{("queues.mirrord.metalbear.co", f"mirrord{kind}/status"): "update" for kind in
       ("workloadqueueregistries", "kafkatopicsconsumers", "kafkaclientconfigs", "splitconfigs")},
    ("mirrord.metalbear.co", "mirrordpropertylists"): "get list watch",
    ("mirrord.metalbear.co", "mirrordpropertylists/status"): "update",
    **{(group, f"{plural}{part}"): "get list watch create update patch delete"
       for group, plural in (("queues.mirrord.metalbear.co", "mirrordsqssessions"), ("sluice.dev", "queuesplits"), ("sluice.dev", "splitsessions"))
       for part in ("", "/status", "/finalizers")},
}
RIGHTS = {what: set(verbs.split()) for what, verbs in RIGHTS.items()}
# What it asks the API server about whoever asks it for a log or for figures (S-14).
ASKS = {("authentication.k8s.io", "tokenreviews"): {"create"}, ("authorization.k8s.io", "subjectaccessreviews"): {"create"}}


def helm(home: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    """Of what helm keeps nothing is shared with whoever runs the test."""
    environment = {**os.environ, **{f"HELM_{name}_HOME": str(home) for name in ("CACHE", "CONFIG", "DATA")}}
    environment.pop("KUBECONFIG", None)
    return subprocess.run([str(cache.programs() / "helm"), *args], env=environment, capture_output=True, text=True, timeout=60)


def sets(values: "dict[str, Any]") -> "list[str]":
    return [word for name, value in values.items() for word in ("--set-json", f"{name}={json.dumps(value)}")]


def rendered(home: Path, **values: Any) -> "Documents":
    """helm template without hooks; values by name, "__" for the dot. Raises AssertionError with what helm said."""
    words = sets({name.replace("__", "."): value for name, value in values.items()})
    done = helm(home, "template", "it", str(FOLDER), "--namespace", "default", "--no-hooks", *words)
    assert done.returncode == 0, done.stderr
    return Documents(document for document in yaml.safe_load_all(done.stdout) if document)


class Documents(list):
    def of(self, kind: str, name: "str | None" = None, namespace: "str | None" = None) -> "dict[str, Any]":
        """The only one of a kind, or the one of that name."""
        found = self.all(kind)
        found = [one for one in found if name in (None, one["metadata"]["name"]) and namespace in (None, one["metadata"].get("namespace"))]
        assert len(found) == 1, (kind, name, namespace, [(one["kind"], one["metadata"]["name"]) for one in self])
        return found[0]

    def all(self, kind: str) -> "list[dict[str, Any]]":
        return [one for one in self if one["kind"] == kind]

    def container(self, name: str) -> "dict[str, Any]":
        containers = self.of("Deployment")["spec"]["template"]["spec"]["containers"]
        return next(one for one in containers if one["name"] == name)

    def environment(self, container: str) -> "dict[str, Any]":
        return {one["name"]: one.get("value", one.get("valueFrom")) for one in self.container(container).get("env", [])}
