"""An API server in memory, as far as the driver of workloads and the writer of documents need one: get, list, watch, JSON and merge patch,
create, replace and delete, status apart from the rest, finalizers; with faults on demand. Every object of a kind lies under its path.
Nothing moves by itself: a test is the controller."""
import copy
import json
import re
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

KINDS = {"deployments": ("apps/v1", "Deployment"), "statefulsets": ("apps/v1", "StatefulSet"), "rollouts": ("argoproj.io/v1alpha1", "Rollout"),
         "replicasets": ("apps/v1", "ReplicaSet"), "controllerrevisions": ("apps/v1", "ControllerRevision"),
         "pods": ("v1", "Pod"), "configmaps": ("v1", "ConfigMap"), "horizontalpodautoscalers": ("autoscaling/v2", "HorizontalPodAutoscaler"),
         "scaledobjects": ("keda.sh/v1alpha1", "ScaledObject"), "events": ("events.k8s.io/v1", "Event"),
         "mirrordkafkaclientconfigs": ("queues.mirrord.metalbear.co/v1alpha", "MirrordKafkaClientConfig"),
         "mirrordkafkatopicsconsumers": ("queues.mirrord.metalbear.co/v1alpha", "MirrordKafkaTopicsConsumer"),
         "mirrordworkloadqueueregistries": ("queues.mirrord.metalbear.co/v1alpha", "MirrordWorkloadQueueRegistry"),
         "mirrordsqssessions": ("queues.mirrord.metalbear.co/v1alpha", "MirrordSQSSession"),
         "queuesplits": ("sluice.dev/v1alpha1", "QueueSplit"), "splitsessions": ("sluice.dev/v1alpha1", "SplitSession")}
WITH_STATUS = ("mirrordkafkaclientconfigs", "mirrordkafkatopicsconsumers", "mirrordworkloadqueueregistries", "mirrordsqssessions", "queuesplits",
               "splitsessions")
PATH = re.compile(r"^(?:/api/v1|/apis/[^/]+/[^/]+)(?:/namespaces/([^/]+))?/([^/]+)(?:/([^/]+))?(?:/(status))?$")
LOST = "lost"   # a fault: done, but the answer never comes


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def _walk(document, pointer):
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for step in steps[:-1]:
        document = document[int(step)] if isinstance(document, list) else document.get(step)
        if document is None:
            raise Refused(422, f"{pointer} does not exist")
    return document, steps[-1]


def json_patch(document, operations):
    document = copy.deepcopy(document)
    for operation in operations:
        parent, name = _walk(document, operation["path"])
        is_list = isinstance(parent, list)
        if operation["op"] == "test":
            there = parent[int(name)] if is_list and int(name) < len(parent) else None if is_list else parent.get(name)
            if there != operation["value"]:
                raise Refused(422, f"the server rejected our request: testing {operation['path']} failed")
        elif operation["op"] == "add" and is_list:
            parent.insert(len(parent) if name == "-" else int(name), operation["value"])
        elif operation["op"] == "remove":
            del parent[int(name) if is_list else name]
        else:
            parent[int(name) if is_list else name] = operation["value"]
    return document


def merge_patch(document, patch):
    document = dict(document)
    for name, value in patch.items():
        if value is None:
            document.pop(name, None)
        elif isinstance(value, dict):
            document[name] = merge_patch(document.get(name) or {}, value)
        else:
            document[name] = value
    return document


def _matches(document, query):
    labels = document["metadata"].get("labels") or {}
    for part in filter(None, query.get("labelSelector", "").split(",")):
        name, _, value = part.partition("=")
        if labels.get(name) != value:
            return False
    field = query.get("fieldSelector", "")
    return not field or document["metadata"]["name"] == field.partition("=")[2]


class FakeCluster(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self):
        self.changed = threading.Condition()
        self.objects = {}      # (plural, namespace, name) -> document
        self.events = []       # (version, plural, namespace, change, document)
        self.version = 100
        self.requests = []     # (method, path without query, query, body)
        self.faults = []       # [method, pattern, times, action]
        self.closing = False
        cluster = self

        class Handler(_Handler):
            pass
        Handler.cluster = cluster
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self):
        with self.changed:
            self.closing = True
            self.changed.notify_all()
        self.shutdown()
        self.server_close()
        self.thread.join()

    def handle_error(self, *_):
        pass

    # --- as the test sees it ---

    def put(self, plural, document, namespace="web"):
        """Makes or changes an object, and gives it a version."""
        with self.changed:
            key = (plural, namespace, document["metadata"]["name"])
            present = self.objects.get(key)
            document = copy.deepcopy(document)
            document["apiVersion"], document["kind"] = KINDS[plural]
            meta = document["metadata"]
            meta["namespace"] = namespace
            meta.setdefault("uid", present["metadata"]["uid"] if present else f"u-{meta['name']}")
            if present and present["metadata"]["uid"] != meta["uid"]:
                self._delete(key)
                present = None
            self.version += 1
            meta["resourceVersion"] = str(self.version)
            self.objects[key] = document
            if meta.get("deletionTimestamp") and not meta.get("finalizers") and present and present["metadata"].get("finalizers"):
                self._delete(key)    # that was all that it waited for
                return document
            self._tell(plural, namespace, "MODIFIED" if present else "ADDED", document)
            return document

    def delete(self, plural, name, namespace="web"):
        with self.changed:
            self._delete((plural, namespace, name))

    def get(self, plural, name, namespace="web"):
        with self.changed:
            return copy.deepcopy(self.objects.get((plural, namespace, name)))

    def names(self, plural):
        with self.changed:
            return sorted(key[2] for key in self.objects if key[0] == plural)

    def fault(self, method, pattern, action, times=1):
        """The next requests of that kind get this code, or what a function of (cluster) did comes before them."""
        with self.changed:
            self.faults.append([method, re.compile(pattern), times, action])

    def asked(self, method, pattern=""):
        with self.changed:
            return [request for request in self.requests if request[0] == method and re.search(pattern, request[1])]

    # --- inside ---

    def _delete(self, key):
        document = self.objects.pop(key, None)
        if document:
            self.version += 1
            document = copy.deepcopy(document)
            document["metadata"]["resourceVersion"] = str(self.version)
            self._tell(key[0], key[1], "DELETED", document)

    def _tell(self, plural, namespace, change, document):
        self.events.append((self.version, plural, namespace, change, document))
        self.changed.notify_all()

    def take_fault(self, method, path):
        with self.changed:
            for fault in self.faults:
                if fault[0] == method and fault[1].search(path) and fault[2] > 0:
                    fault[2] -= 1
                    return fault[3]
        return None


class _Handler(BaseHTTPRequestHandler):
    cluster = None
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass  # the client went

    def answer(self, code, document):
        data = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, code, message):
        self.answer(code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message})

    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        namespace, plural, name, sub = PATH.match(parts.path).groups()
        cluster = self.cluster
        action = None if query.get("watch") else cluster.take_fault(self.command, parts.path)
        if callable(action):
            action(cluster)
        with cluster.changed:
            cluster.requests.append((self.command, parts.path, query, json.loads(body) if body else None))
            cluster.changed.notify_all()
        if isinstance(action, int):
            self.refuse(action, f"refused with {action} by the test")
            return
        try:
            if query.get("watch"):
                self.watch(plural, namespace, query)
            else:
                answer = self.serve(plural, namespace, name, query, json.loads(body) if body else None, sub)
                if action == LOST:
                    self.close_connection = True
                    return
                self.answer(200, answer)
        except Refused as refused:
            self.refuse(refused.code, str(refused))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do

    def replaced(self, present, body, plural, sub):
        """The document after a PUT: of the status, or of all else."""
        for field in ("uid", "resourceVersion"):
            if body["metadata"].get(field) not in (None, "", present["metadata"][field]):
                raise Refused(409, f"the {field} is another")
        if plural not in WITH_STATUS:
            return body
        kept, given = (present, body) if sub else (body, present)
        document = {name: value for name, value in kept.items() if name != "status"}
        if "status" in given:
            document["status"] = given["status"]
        document["metadata"] = {**document["metadata"], "uid": present["metadata"]["uid"]}
        if present["metadata"].get("deletionTimestamp"):
            document["metadata"]["deletionTimestamp"] = present["metadata"]["deletionTimestamp"]
        return document

    def created(self, body, plural):
        meta = {**body["metadata"], "creationTimestamp": "2026-01-01T00:00:00Z"}
        meta.setdefault("uid", f"00000000-0000-4000-8000-{self.cluster.version:012d}")
        return {**{name: value for name, value in body.items() if name != "status" or plural not in WITH_STATUS}, "metadata": meta}

    def serve(self, plural, namespace, name, query, body, sub=None):
        cluster = self.cluster
        with cluster.changed:
            present = cluster.objects.get((plural, namespace, name))
            if self.command == "GET" and not name:
                api, kind = KINDS[plural]
                items = [d for k, d in sorted(cluster.objects.items()) if k[0] == plural and namespace in (None, k[1]) and _matches(d, query)]
                answer = {"apiVersion": api, "kind": kind + "List", "metadata": {"resourceVersion": str(cluster.version)}, "items": items}
            elif self.command == "POST":
                if cluster.objects.get((plural, namespace, body["metadata"]["name"])):
                    raise Refused(409, "it exists already")
                answer = cluster.put(plural, self.created(body, plural), namespace)
            elif not present:
                raise Refused(404, f"{plural} \"{name}\" not found")
            elif self.command == "PUT":
                answer = cluster.put(plural, self.replaced(present, body, plural, sub), namespace)
            elif self.command == "PATCH":
                is_json = "json-patch" in self.headers["Content-Type"]
                told = None if is_json else body.get("metadata", {}).get("resourceVersion")
                if told not in (None, present["metadata"]["resourceVersion"]):
                    raise Refused(409, "the object has been modified")
                answer = cluster.put(plural, json_patch(present, body) if is_json else merge_patch(present, body), namespace)
            elif self.command == "DELETE":
                for field, value in (body or {}).get("preconditions", {}).items():
                    if present["metadata"][field] != value:
                        raise Refused(409, f"the {field} is another")
                if present["metadata"].get("finalizers"):
                    marked = {**present["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}
                    answer = cluster.put(plural, {**present, "metadata": marked}, namespace)
                else:
                    cluster._delete((plural, namespace, name))
                    answer = {"kind": "Status", "apiVersion": "v1", "status": "Success"}
            else:
                answer = present
            return copy.deepcopy(answer)

    def watch(self, plural, namespace, query):
        cluster, since = self.cluster, int(query["resourceVersion"])
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            with cluster.changed:
                cluster.changed.wait_for(lambda: cluster.closing or (cluster.events and cluster.events[-1][0] > since))
                if cluster.closing:
                    self.close_connection = True
                    return
                fresh = [e for e in cluster.events if e[0] > since and e[1] == plural and namespace in (None, e[2]) and _matches(e[4], query)]
                since = cluster.version
            for _, _, _, change, document in fresh:
                data = json.dumps({"type": change, "object": document}).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()
