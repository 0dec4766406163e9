"""A small supervisor's or cluster's API for tests of the CLI: resources over a unix socket or TCP, with watches, merge patches and
Status objects.

Owns its socket file and its threads. Documents outlive a restart (stop, then start); requests are kept for the test to look at.
"""
import json
import os
import socket
import socketserver
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler

import port_forward

INSTALLED = "/apis/sluice.dev/v1alpha1"  # which kinds there are, for everybody who is logged in
GROUPS = ("/apis/sluice.dev/v1alpha1", "/apis/queues.mirrord.metalbear.co/v1alpha", "/apis/apps/v1")


def merge(target, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 32


class _TcpServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 32


class FakeApi:
    """refuse_create: None, or (HTTP status, reason, message) for whoever creates something. Without a path it is an API server on
    the loopback, at `url`."""

    def __init__(self, path=None):
        self.path = str(path) if path else None
        self.username = "system:serviceaccount:team:jane"   # as SelfSubjectReview says
        self.allow = lambda headers: None   # (HTTP status, reason, message) for who may not ask
        self.parse_nothing = False          # no kind is known, as in a cluster without Sluice
        self.hidden = ()                    # kinds, by plural, that may not be read
        self.vanish = None                  # name of what ends by itself just before it is deleted
        self.missing_verbs = ()             # as SelfSubjectAccessReview says
        self.floor = 0                      # changes up to this version are forgotten
        self.headers = []                   # of the requests
        self.lock = threading.Condition()
        self.documents = {}     # (plural, namespace, name) -> document
        self.version = 0
        self.events = []        # (version, plural, type, document)
        self.requests = []      # (method, path, body)
        self.pod_port = None                # of the loopback, for whoever forwards a port of a pod
        self.ponged = False                 # a forwarder answered our ping
        # path -> (status, bytes), for what is no resource
        self.raw = {INSTALLED: (200, b'{"kind": "APIResourceList", "groupVersion": "sluice.dev/v1alpha1"}')}
        self.refuse_create = None
        self.server = None
        self.running = False
        self.connections = set()

    # --- life ---

    def start(self):
        api = self

        class Handler(_Handler):
            pass
        Handler.api = api
        self.running = True
        self.server = _Server(self.path, Handler) if self.path else _TcpServer(("127.0.0.1", 0), Handler)
        self.url = None if self.path else f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def stop(self):
        """As a supervisor that is killed: connections are cut, the socket file stays away."""
        with self.lock:
            self.running = False
            self.lock.notify_all()
            connections = list(self.connections)
        self.server.shutdown()
        self.server.server_close()
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed already
        self.thread.join()
        if self.path and os.path.exists(self.path):
            os.unlink(self.path)

    def forget(self):
        """No watch can begin before now any more."""
        with self.lock:
            self.floor = self.version
            self.events.clear()

    # --- documents ---

    def put(self, plural, document):
        """Creates or replaces; watchers hear of it."""
        with self.lock:
            meta = document.setdefault("metadata", {})
            meta.setdefault("namespace", "default")
            key = (plural, meta["namespace"], meta["name"])
            change = "MODIFIED" if key in self.documents else "ADDED"
            self._changed(change, plural, document)
            self.documents[key] = document
        return document

    def remove(self, plural, name, namespace="default"):
        with self.lock:
            self._changed("DELETED", plural, self.documents.pop((plural, namespace, name)))

    def _changed(self, change, plural, document):
        self.version += 1
        document["metadata"]["resourceVersion"] = str(self.version)
        self.events.append((self.version, plural, change, json.loads(json.dumps(document))))
        self.lock.notify_all()

    def sessions(self):
        with self.lock:
            return [json.loads(json.dumps(d)) for (plural, _, _), d in self.documents.items() if plural == "splitsessions"]

    def wait(self, check, deadline_s=15, what="the state"):
        """Waits until check(self) is true and returns what it gave."""
        with self.lock:
            if not self.lock.wait_for(lambda: check(self), deadline_s):
                raise AssertionError(f"{what} did not come in {deadline_s} s; requests: {self.requests[-8:]}")
            return check(self)

    def session(self, deadline_s=15):
        """The only session, once it is there."""
        self.wait(lambda a: any(k[0] == "splitsessions" for k in a.documents), deadline_s, "a session")
        return self.sessions()[0]

    def set_status(self, status, plural="splitsessions", name=None):
        document = self.session() if name is None else self.documents[(plural, "default", name)]
        document["status"] = status
        return self.put(plural, document)


class _Handler(BaseHTTPRequestHandler):
    api = None
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        with self.api.lock:
            self.api.connections.add(self.connection)

    def finish(self):
        with self.api.lock:
            self.api.connections.discard(self.connection)
        try:
            super().finish()
        except OSError:
            pass  # the client went

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass  # the client went, or the server was stopped

    def address_string(self):
        return "local"

    def log_message(self, *_):
        pass

    def answer(self, status, document):
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def fail(self, status, reason, message):
        self.answer(status, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": reason, "message": message})

    def parse(self):
        """(plural, namespace or None, name or None) of the path, or None when it is no resource."""
        url = urllib.parse.urlsplit(self.path)
        self.query = urllib.parse.parse_qs(url.query)
        for group in GROUPS:
            if url.path.startswith(group + "/"):
                parts = [urllib.parse.unquote(p) for p in url.path[len(group) + 1:].split("/")]
                if parts[0] == "namespaces":
                    return parts[2], parts[1], parts[3] if len(parts) > 3 else None
                return parts[0], None, parts[1] if len(parts) > 1 else None
        return None

    def read(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        with self.api.lock:
            self.api.requests.append((self.command, self.path, body))
            self.api.headers.append(self.headers)
            self.api.lock.notify_all()
        return body

    def refused(self):
        refusal = self.api.allow(self.headers)
        if refusal:
            self.fail(*refusal)
        elif self.api.parse_nothing and self.path.startswith(GROUPS):
            self.answer(404, b"404 page not found\n")
            return True
        return bool(refusal)

    def do_GET(self):
        self.read()
        place = self.parse()
        if self.refused():
            return
        if place and place[0] in self.api.hidden:
            self.fail(403, "Forbidden", f"{place[0]} is forbidden")
            return
        if self.headers["Upgrade"]:
            self.raw = self.connection.makefile("rb", buffering=0)
            port_forward.serve(self, self.api.pod_port)
        elif place is None:
            status, data = self.api.raw.get(urllib.parse.urlsplit(self.path).path, (404, b""))
            self.answer(status, data)
        elif place[2]:
            with self.api.lock:
                found = self.api.documents.get(place)
            if found:
                self.answer(200, found)
            else:
                self.fail(404, "NotFound", f"{place[0]} {place[2]} not found")
        elif self.query.get("watch"):
            self.watch(place)
        else:
            with self.api.lock:
                items = [d for (p, n, _), d in sorted(self.api.documents.items()) if p == place[0] and place[1] in (None, n)]
                self.answer(200, {"kind": "List", "metadata": {"resourceVersion": str(self.api.version)}, "items": items})

    def watch(self, place):
        since = int(self.query["resourceVersion"][0])
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if since < self.api.floor:
            line = json.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(line), line))
            return
        while True:
            with self.api.lock:
                self.api.lock.wait_for(lambda seen=since: not self.api.running or self.api.version > seen)
                if not self.api.running:
                    return
                new = [e for e in self.api.events if e[0] > since]
                since = self.api.version
            for _, plural, change, document in new:
                if plural == place[0]:
                    line = json.dumps({"type": change, "object": document}).encode() + b"\n"
                    # In two chunks, so that an event is cut somewhere.
                    for part in (line[:7], line[7:]):
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                        self.wfile.flush()

    def do_POST(self):
        body = self.read()
        if self.refused():
            return
        if self.path == "/apis/authentication.k8s.io/v1/selfsubjectreviews":
            self.answer(201, {**body, "status": {"userInfo": {"username": self.api.username}}})
            return
        if self.path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
            attributes = body["spec"]["resourceAttributes"]
            self.answer(201, {**body, "status": {"allowed": attributes["verb"] not in self.api.missing_verbs}})
            return
        if self.path in self.api.raw:
            self.answer(*self.api.raw[self.path])
            return
        plural, namespace, _ = self.parse()
        if self.api.refuse_create:
            self.fail(*self.api.refuse_create)
            return
        key = (plural, namespace, body["metadata"]["name"])
        if key in self.api.documents:
            self.fail(409, "AlreadyExists", "it is there")
            return
        body["metadata"].update(uid="u-" + body["metadata"]["name"], creationTimestamp="2026-01-02T03:04:05Z")
        self.answer(201, self.api.put(plural, body))

    def do_PATCH(self):
        patch = self.read()
        place = self.parse()
        with self.api.lock:
            found = self.api.documents.get(place)
            changed = merge(found, patch) if found else None
        if self.headers["Content-Type"] != "application/merge-patch+json":
            self.fail(415, "UnsupportedMediaType", "not a merge patch")
        elif not found:
            self.fail(404, "NotFound", f"{place[2]} not found")
        else:
            self.answer(200, self.api.put(place[0], changed))

    def do_DELETE(self):
        self.read()
        if self.refused():
            return
        plural, namespace, name = place = self.parse()
        with self.api.lock:
            there = place in self.api.documents
            if there:
                self.api.remove(plural, name, namespace)
            there = there and name != self.api.vanish
        if there:
            self.answer(200, {"kind": "Status", "status": "Success"})
        else:
            self.fail(404, "NotFound", f"{name} not found")
