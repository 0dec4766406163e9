"""A SplitSession without a local process: asked for through the API, as the CLI does, and looked at there.

For what a session is told (refusals, conditions, environment) and for temporary topics that nobody reads. It is not renewed, so it lives for the supervisor's
OPERATOR_SESSION_UNUSED_TTL_SECONDS.
"""
from .api import ApiError, GROUP, condition, phase
from .wait import wait_until

READY_S = 60.0
REFUSED_S = 20.0


class Ask:
    """queues: queue id -> filters, or (filters, mode)."""

    def __init__(self, supervisor, name, queues, target="meme-app", namespace="default", kind="Deployment", queue_type="Kafka", container=None):
        self.api, self.name, self.namespace, self.supervisor = supervisor.api, name, namespace, supervisor
        self.spec = {"target": {"apiVersion": "apps/v1", "kind": kind, "name": target}, "queues": [], "key": f"key-of-{name}",
                     "owner": {"username": supervisor.api.username, "hostname": "test"}}
        if container:
            self.spec["target"]["container"] = container
        for queue_id, entry in queues.items():
            filters, mode = entry if isinstance(entry, tuple) else (entry, None)
            self.spec["queues"].append({"id": queue_id, "type": queue_type, "messageFilter": filters, **({"mode": mode} if mode else {})})

    def start(self):
        self.api.request("POST", f"{GROUP}/namespaces/{self.namespace}/splitsessions",
                         {"apiVersion": "sluice.dev/v1alpha1", "kind": "SplitSession", "metadata": {"name": self.name, "namespace": self.namespace}, "spec": self.spec})
        return self

    def document(self):
        return self.api.get("splitsessions", self.name, self.namespace)

    def phase(self):
        return phase(self.document() or {})

    def wait_ready(self, deadline_s=READY_S):
        def ready():
            document = self.document()
            assert document is not None and phase(document) not in ("Failed", "Ended"), f"session {self.name} was not served: {document}"
            return phase(document) == "Ready" and document
        return wait_until(ready, deadline_s, f"session {self.name} ready", seen=self.describe)

    def wait_failed(self, deadline_s=REFUSED_S):
        """Condition Ready of a session that is refused: {"reason", "message", "nextStep", ...}."""
        def failed():
            document = self.document()
            assert document is not None and phase(document) not in ("Ready", "Ended"), f"session {self.name} was not refused: {document}"
            return phase(document) == "Failed" and document
        found = condition(wait_until(failed, deadline_s, f"session {self.name} refused", seen=self.describe), "Ready")
        assert found.get("status") == "False" and found.get("nextStep"), f"a refusal says what to do next: {found}"
        return found

    def wait_condition(self, name, status, deadline_s=REFUSED_S):
        return wait_until(lambda: (found := condition(self.document() or {}, name)).get("status") == status and found, deadline_s,
                          f"condition {name} {status} of {self.name}", seen=self.describe)

    def environment(self):
        return {e["name"]: e["value"] for e in self.document()["status"]["env"]}

    def end(self, wait=True, deadline_s=READY_S):
        try:
            self.api.delete("splitsessions", self.name, self.namespace)
        except ApiError as error:
            if error.status != 404:
                raise
        if wait:
            self.wait_over(deadline_s)

    def wait_over(self, deadline_s=READY_S):
        wait_until(lambda: self.document() is None or self.phase() in ("Ended", "Failed"), deadline_s, f"session {self.name} over", seen=self.describe)

    def describe(self):
        return f"{self.document()}; {self.supervisor.describe()}"
