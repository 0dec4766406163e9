"""A developer with rights of their own, for tests of what needs them: owns a service account and its kubeconfig, bound to what a test says."""
import os
import subprocess
from pathlib import Path

RBAC = "rbac.authorization.k8s.io"
PORT = "sluice-operator-port"


class Developer:
    """A service account with a token; rights come one by one."""

    def __init__(self, story, name):
        self.story, self.name, self.cluster = story, name, story.cluster
        self.kubeconfig = story.cluster.users.service_account(name, story.namespace)

    def bind(self, kind, role, namespace):
        binding = {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": {"name": f"{role}-{self.name}-{self.story.namespace}"},
                   "roleRef": {"apiGroup": RBAC, "kind": kind, "name": role},
                   "subjects": [{"kind": "ServiceAccount", "name": self.name, "namespace": self.story.namespace}]}
        self.cluster.api.apply("rolebindings", binding, namespace)

    def environment(self, kubeconfig=None):
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.story.folder), "KUBECONFIG": str(kubeconfig or self.kubeconfig)}

    def sluice(self, *words, kubeconfig=None):
        return subprocess.run([Path(os.environ["SLUICE_BIN"]) / "sluice", *words], env=self.environment(kubeconfig), capture_output=True, text=True, timeout=60)
