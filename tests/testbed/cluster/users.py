"""People and programs that use a cluster with rights of their own, each with a kubeconfig."""

from pathlib import Path
from typing import Any, Sequence

from .api import Api
from .certificates import Authority
from .kubeconfig import certificate_credentials, kubeconfig, write

RBAC = "rbac.authorization.k8s.io/v1"


class Users:
    """server: as seen from where the users are. folder: for their kubeconfigs."""

    def __init__(self, folder: Path, server: str, authority: Authority, admin: Api) -> None:
        folder.mkdir(mode=0o700)
        self._folder = folder
        self._server = server
        self._authority = authority
        self._admin = admin

    def person(self, name: str, groups: Sequence[str] = (), namespace: str = "default") -> Path:
        """A kubeconfig with a client certificate. The user has no rights but those of everybody and of the groups."""
        pair = self._authority.issue(f"user-{name}", name, groups)
        return self._write(name, certificate_credentials(pair), namespace)

    def service_account(self, name: str, namespace: str = "default") -> Path:
        """A kubeconfig with a token of that service account, which is made when it is not there."""
        if self._admin.get("v1", "serviceaccounts", name, namespace) is None:
            self._admin.create("serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}, namespace)
        return self._write(f"{namespace}-{name}", {"token": self.token(name, namespace)}, namespace)

    def token(self, name: str, namespace: str = "default") -> str:
        """A token of a service account, good for an hour."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        request: "dict[str, Any]" = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        return self._admin.request("POST", path, request)["status"]["token"]

    def grant(self, subject: str, rules: "list[dict[str, Any]]", namespace: "str | None" = None) -> None:
        """Rights in one namespace, or in all of them. subject: a user's name, or NAMESPACE:NAME of a service account."""
        kind = "Role" if namespace else "ClusterRole"
        name = "granted-" + subject.replace(":", "-").replace("@", "-").lower()
        if ":" in subject:
            owner, account = subject.split(":", 1)
            who = {"kind": "ServiceAccount", "name": account, "namespace": owner}
        else:
            who = {"kind": "User", "name": subject, "apiGroup": "rbac.authorization.k8s.io"}
        role = {"apiVersion": RBAC, "kind": kind, "metadata": {"name": name}, "rules": rules}
        binding = {
            "apiVersion": RBAC,
            "kind": f"{kind}Binding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
            "subjects": [who],
        }
        self._admin.apply(f"{kind.lower()}s", role, namespace)
        self._admin.apply(f"{kind.lower()}bindings", binding, namespace)

    def _write(self, name: str, credentials: "dict[str, Any]", namespace: str) -> Path:
        document = kubeconfig(self._server, self._authority.pair.certificate, name, credentials, namespace)
        return write(self._folder / f"{name}.kubeconfig", document)
