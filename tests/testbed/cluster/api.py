"""A small client of an API server, for tests: JSON in, JSON out, one connection for each call. Owns nothing between calls."""

import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from ..api_call import TIMEOUT_S, ApiError, call
from .certificates import Pair

MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


def collection(api_version: str, plural: str, namespace: "str | None" = None) -> str:
    """The path of a list: api_version as in documents, "v1" or "apps/v1"."""
    root = "/api/v1" if api_version == "v1" else f"/apis/{api_version}"
    return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"


class Api:
    """server: https://HOST:PORT. Who asks stands in a client certificate, or in a token."""

    def __init__(self, server: str, authority: Path, pair: "Pair | None" = None, token: "str | None" = None) -> None:
        self.server = server
        self._context = ssl.create_default_context(cafile=str(authority))
        if pair is not None:
            self._context.load_cert_chain(str(pair.certificate), str(pair.key))
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def text(self, verb: str, path: str, body: Any = None, content_type: str = "application/json") -> str:
        """The answer as it came. Raises ApiError."""
        where = urlsplit(self.server)
        link = http.client.HTTPSConnection(where.hostname or "", where.port, timeout=TIMEOUT_S, context=self._context)
        headers = {**self._headers, "Content-Type": content_type, "Accept": "application/json, */*"}
        return call(link, verb, path, body, headers)

    def request(self, verb: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        return json.loads(self.text(verb, path, body, content_type))

    def list(self, api_version: str, plural: str, namespace: "str | None" = None, **query: str) -> "list[dict[str, Any]]":
        """query: labelSelector, fieldSelector and the like."""
        path = collection(api_version, plural, namespace)
        return self.request("GET", f"{path}?{urlencode(query)}" if query else path)["items"]

    def get(self, api_version: str, plural: str, name: str, namespace: "str | None" = None) -> "dict[str, Any] | None":
        """The object, or None when it is not there."""
        try:
            return self.request("GET", f"{collection(api_version, plural, namespace)}/{name}")
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def create(self, plural: str, document: "dict[str, Any]", namespace: "str | None" = None) -> "dict[str, Any]":
        namespace = namespace or document["metadata"].get("namespace")
        return self.request("POST", collection(document["apiVersion"], plural, namespace), document)

    def apply(self, plural: str, document: "dict[str, Any]", namespace: "str | None" = None) -> "dict[str, Any]":
        """Create or change, as the field manager `tests`."""
        namespace, name = namespace or document["metadata"].get("namespace"), document["metadata"]["name"]
        path = f"{collection(document['apiVersion'], plural, namespace)}/{name}?fieldManager=tests&force=true"
        return self.request("PATCH", path, document, APPLY_PATCH)

    def patch(
        self, api_version: str, plural: str, name: str, change: "dict[str, Any]", namespace: "str | None" = None
    ) -> "dict[str, Any]":
        return self.request("PATCH", f"{collection(api_version, plural, namespace)}/{name}", change, MERGE_PATCH)

    def delete(self, api_version: str, plural: str, name: str, namespace: "str | None" = None) -> None:
        """Nothing happens when it is not there."""
        try:
            self.request("DELETE", f"{collection(api_version, plural, namespace)}/{name}")
        except ApiError as error:
            if error.status != 404:
                raise
