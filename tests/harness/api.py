"""The local API of a supervisor, as a client of a Kubernetes API server would use it, over its socket.

Owns no connection between calls.
"""
import getpass
import http.client
import json
import socket

from testbed.api_call import TIMEOUT_S, ApiError, call

GROUP = "/apis/sluice.dev/v1alpha1"


class _Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=TIMEOUT_S)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Api:
    """username: as whom the supervisor knows us."""

    def __init__(self, socket_path):
        self.socket_path = socket_path
        self.username = getpass.getuser()

    def request(self, verb, path, body=None, content_type="application/json"):
        """The decoded answer. Raises ApiError."""
        text = call(_Connection(self.socket_path), verb, path, body, {} if body is None else {"Content-Type": content_type})
        return json.loads(text) if text else None

    def text(self, path, headers=None):
        """What a path says, as it says it. Raises ApiError."""
        return call(_Connection(self.socket_path), "GET", path, None, headers or {})

    def answers(self):
        """True when the API server speaks, whatever it says."""
        try:
            self.request("GET", f"{GROUP}/splitsessions")
        except ApiError as error:
            return error.status != 0
        return True

    def list(self, plural, namespace=None):
        where = f"/namespaces/{namespace}" if namespace else ""
        return self.request("GET", f"{GROUP}{where}/{plural}")["items"]

    def get(self, plural, name, namespace="default"):
        """The object, or None when it is not there."""
        try:
            return self.request("GET", f"{GROUP}/namespaces/{namespace}/{plural}/{name}")
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def delete(self, plural, name, namespace="default"):
        return self.request("DELETE", f"{GROUP}/namespaces/{namespace}/{plural}/{name}")

    def sessions(self, namespace=None):
        return self.list("splitsessions", namespace)

    def splits(self, namespace=None):
        return self.list("queuesplits", namespace)


def condition(document, name):
    """The condition of that type, or {}."""
    found = (document.get("status") or {}).get("conditions") or []
    return next((c for c in found if c.get("type") == name), {})


def phase(document):
    return (document.get("status") or {}).get("phase")
