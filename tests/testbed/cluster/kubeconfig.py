"""Files that tell a client where the API server is and who it is."""

import json
import os
from pathlib import Path
from typing import Any

from .certificates import Pair


def kubeconfig(server: str, authority: Path, user: str, credentials: "dict[str, Any]", namespace: str = "default") -> "dict[str, Any]":
    """The document. credentials: what its `user` holds."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sluice-cluster", "cluster": {"server": server, "certificate-authority": str(authority)}}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": user, "context": {"cluster": "sluice-cluster", "user": user, "namespace": namespace}}],
        "current-context": user,
    }


def certificate_credentials(pair: Pair) -> "dict[str, Any]":
    return {"client-certificate": str(pair.certificate), "client-key": str(pair.key)}


def write(path: Path, document: "dict[str, Any]") -> Path:
    """As JSON, which is YAML too; for its owner alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file, indent=2)
    return path
