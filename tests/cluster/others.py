"""What else works on a workload: a GitOps tool that heals it, an autoscaler by external metrics, KEDA, a disruption budget.

The autoscaler is Kubernetes' own, asked for numbers through lag_adapter.py. GitOps and KEDA are stand-ins that do to the API what the real
ones do. Each owns what it makes, and ends it.
"""
import copy
import threading
import time
from pathlib import Path

from harness.kafka import Kafka
from harness.wait import wait_until

from application import NAME
from testbed.cluster.api import ApiError
from workload import pod

METRICS = "v1beta1.external.metrics.k8s.io"
LOOK_S = 1.0
UP_S = 60.0


class Watcher(threading.Thread):
    """Does look() again and again until close(), which raises what went wrong."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ended, self.failure = threading.Event(), None

    def run(self):
        while not self.ended.wait(LOOK_S):
            try:
                self.look()
            except ApiError as error:
                if error.status not in (0, 409, 500):
                    self.failure = error
                    return
            except Exception as error:
                self.failure = error
                return

    def close(self):
        self.ended.set()
        if self.is_alive():
            self.join()
        if self.failure:
            raise self.failure


class GitOps(Watcher):
    """Heals the template to what it was when this began, as Argo CD does with selfHeal. trusted: field managers whose variables it leaves
    alone, as ignoreDifferences.managedFieldsManagers says."""

    def __init__(self, app):
        super().__init__()
        self.app, self.template = app, app.get()["spec"]["template"]
        self.trusted, self.healed, self.left_alone = set(), 0, 0

    def look(self):
        found = self.app.get()
        wanted = self._wanted(found)
        if found["spec"]["template"] != wanted:
            path = f"/apis/apps/v1/namespaces/{self.app.namespace}/deployments/{NAME}?fieldManager=gitops"
            self.app.cluster.api.request("PATCH", path, {"metadata": {"resourceVersion": found["metadata"]["resourceVersion"]}, "spec": {"template": wanted}},
                                         "application/merge-patch+json")
            self.healed += 1
        elif wanted != self.template:
            self.left_alone += 1

    def _wanted(self, found):
        """What it knows, but for what the trusted ones own."""
        wanted = copy.deepcopy(self.template)
        for entry in found["metadata"]["managedFields"]:
            if entry["manager"] in self.trusted:
                owned = entry["fieldsV1"].get("f:spec", {}).get("f:template", {})
                self._take_over(wanted, found["spec"]["template"], owned)
        return wanted

    @staticmethod
    def _take_over(wanted, live, owned):
        labels = owned.get("f:metadata", {}).get("f:labels", {})
        for name in (key[2:] for key in labels if key.startswith("f:")):
            wanted["metadata"]["labels"][name] = live["metadata"]["labels"][name]
        for key, fields in owned.get("f:spec", {}).get("f:containers", {}).items():
            for container, present in zip(wanted["spec"]["containers"], live["spec"]["containers"]):
                mine = key == f'k:{{"name":"{container["name"]}"}}' and fields.get("f:env", {})
                for entry, other in zip(container["env"], present["env"]):
                    if mine and f'k:{{"name":"{entry["name"]}"}}' in mine:
                        entry.update(other)


class Keda(Watcher):
    """A ScaledObject with a Kafka trigger: no pods after a while without a lag, one when there is one again."""

    COOL_DOWN_S = 4

    def __init__(self, app, bootstrap, topic, group):
        super().__init__()
        self.app, self.kafka = app, Kafka(bootstrap)
        self.active_at = time.monotonic()
        define_keda(app.cluster)
        trigger = {"type": "kafka", "metadata": {"bootstrapServers": bootstrap, "consumerGroup": group, "topic": topic, "activationLagThreshold": "60"}}
        document = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": NAME},
                    "spec": {"scaleTargetRef": {"name": NAME}, "minReplicaCount": 0, "triggers": [trigger]}}
        app.cluster.api.create("scaledobjects", document, app.namespace)
        self.made = self.document()

    def document(self):
        """What must be the same at the end."""
        found = self.app.cluster.api.get("keda.sh/v1alpha1", "scaledobjects", NAME, self.app.namespace)
        return found["spec"], found["metadata"].get("annotations")

    def trigger(self):
        return self.document()[0]["triggers"][0]["metadata"]

    def look(self):
        trigger = self.trigger()
        if self._lag(trigger["consumerGroup"], trigger["topic"]) > int(trigger["activationLagThreshold"]):
            self.active_at = time.monotonic()
            if self.app.get()["spec"]["replicas"] == 0:
                self.app.scale(1)
        elif time.monotonic() - self.active_at > self.COOL_DOWN_S and self.app.get()["spec"]["replicas"]:
            self.app.scale(0)

    def _lag(self, group, topic):
        if topic not in self.kafka.topics():
            return 0
        committed = self.kafka.committed(group, topic)
        return sum(end - max(0, committed.get(partition, 0)) for partition, end in self.kafka.ends(topic).items())


def define_keda(cluster):
    schema = {"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}
    names = {"plural": "scaledobjects", "singular": "scaledobject", "kind": "ScaledObject"}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    document = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "scaledobjects.keda.sh"},
                "spec": {"group": "keda.sh", "scope": "Namespaced", "names": names, "versions": [version]}}
    cluster.api.apply("customresourcedefinitions", document)
    wait_until(lambda: cluster.api.list("keda.sh/v1alpha1", "scaledobjects") is not None, UP_S, "the kind of KEDA")


class Numbers:
    """What an autoscaler by external metrics asks: lag_adapter.py, known to the API server."""

    def __init__(self, cluster, namespace, bootstrap):
        self.api = cluster.api
        pair = cluster.identity.authority.issue(f"adapter-{namespace}", "adapter")
        environment = {"BOOTSTRAP": bootstrap, "CERTIFICATE": pair.key.read_text() + pair.certificate.read_text()}
        self.api.create("pods", pod("adapter", (Path(__file__).parent / "lag_adapter.py").read_text(), environment), namespace)
        service = {"selector": {"app": "adapter"}, "ports": [{"port": 443, "targetPort": 8443}]}
        self.api.create("services", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "adapter"}, "spec": service}, namespace)
        spec = {"group": "external.metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
                "insecureSkipTLSVerify": True, "service": {"name": "adapter", "namespace": namespace}}
        self.api.create("apiservices", {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": METRICS}, "spec": spec})

    def close(self):
        # A group that nobody serves would keep every namespace from ending.
        self.api.delete("apiregistration.k8s.io/v1", "apiservices", METRICS)


class Autoscaler:
    """A HorizontalPodAutoscaler by lag: one pod or two."""

    def __init__(self, app, topic, group):
        self.app, self.api = app, app.cluster.api
        metric = {"name": "kafka_lag", "selector": {"matchLabels": {"topic": topic, "group": group}}}
        external = {"metric": metric, "target": {"type": "AverageValue", "averageValue": "40"}}
        spec = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME}, "minReplicas": 1, "maxReplicas": 2,
                "metrics": [{"type": "External", "external": external}]}
        document = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": NAME}, "spec": spec}
        self.api.create("horizontalpodautoscalers", document, app.namespace)
        self.made = self.document()

    def wait_numbers(self):
        def has_numbers():
            conditions = (self._get().get("status") or {}).get("conditions", [])
            return any(c["type"] == "ScalingActive" and c["status"] == "True" for c in conditions)
        wait_until(has_numbers, UP_S, "the autoscaler to have numbers", seen=self._get)

    def _get(self):
        return self.api.get("autoscaling/v2", "horizontalpodautoscalers", NAME, self.app.namespace)

    def document(self):
        """What must be the same at the end."""
        found = self._get()
        return found["spec"], found["metadata"].get("annotations")

    def topic(self):
        return self.document()[0]["metrics"][0]["external"]["metric"]["selector"]["matchLabels"]["topic"]

    def close(self):
        self.api.delete("autoscaling/v2", "horizontalpodautoscalers", NAME, self.app.namespace)


def add_budget(app):
    """One pod may be missing. Returns its document."""
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": {"app": NAME}}}
    document = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": NAME}, "spec": spec}
    return app.cluster.api.create("poddisruptionbudgets", document, app.namespace)
