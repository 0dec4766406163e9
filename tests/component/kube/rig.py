"""The real kube_probe against a server whose every answer a test scripts. Every wait has a deadline."""
import json
import os
import queue
import shutil
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace

PROBE = os.environ["KUBE_PROBE"]
DEADLINE_S = 20
SESSIONS = "/apis/sluice.dev/v1alpha1/splitsessions"


def thing(name, version, uid=None, namespace="default"):
    """A SplitSession as lists and events have it."""
    return {"metadata": {"name": name, "namespace": namespace, "uid": uid or "u-" + name, "resourceVersion": str(version)}}


def listing(version, *items, more=None):
    meta = {"resourceVersion": str(version)}
    if more:
        meta["continue"] = more
    return {"apiVersion": "sluice.dev/v1alpha1", "kind": "SplitSessionList", "metadata": meta, "items": list(items)}


def event(change, document):
    return json.dumps({"type": change, "object": document}).encode() + b"\n"


def bookmark(version):
    return event("BOOKMARK", {"kind": "SplitSession", "metadata": {"resourceVersion": str(version)}})


def status(code, reason, message, **details):
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message, "details": details}


class Script(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Answers the n-th request with the n-th step, the last one for ever. A step is a function of the handler."""
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 32

    def __init__(self, *steps, tls=None):
        self.steps = list(steps)
        self.lock = threading.Condition()
        self.requests = []
        script = self

        class Handler(_Handler):
            pass
        Handler.script = script
        super().__init__(("127.0.0.1", 0), Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()

    def handle_error(self, *_):
        pass  # a client that does not believe us, or went

    def take(self, handler):
        with self.lock:
            step = self.steps[min(len(self.requests), len(self.steps) - 1)]
            # A handler serves a connection, not a request.
            self.requests.append(SimpleNamespace(path=handler.path, method=handler.command, headers=handler.headers, body=handler.body))
            self.lock.notify_all()
        return step

    def wait_requests(self, count):
        with self.lock:
            if not self.lock.wait_for(lambda: len(self.requests) >= count, DEADLINE_S):
                raise AssertionError(f"{len(self.requests)} requests of {count} came: {[r.path for r in self.requests]}")
            return list(self.requests)


class _Handler(BaseHTTPRequestHandler):
    script = None
    protocol_version = "HTTP/1.1"
    timeout = DEADLINE_S

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass  # the client went

    def log_message(self, *_):
        pass

    def answer(self, code, document, **headers):
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def begin(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def hold(self):
        """Says nothing more until the client goes."""
        self.connection.settimeout(DEADLINE_S)
        self.rfile.read(1)
        self.close_connection = True

    def do(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        self.script.take(self)(self)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = do


def replies(code, document, **headers):
    return lambda handler: handler.answer(code, document, **headers)


def streams(*parts, end="hold"):
    """end: "hold" says nothing more, "close" ends the response, "cut" the connection."""
    def step(handler):
        handler.begin()
        for part in parts:
            handler.chunk(part)
        if end == "hold":
            handler.hold()
        elif end == "close":
            handler.wfile.write(b"0\r\n\r\n")
        else:
            handler.close_connection = True
    return step


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-kube-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.probe = None

    def script(self, *steps, tls=None):
        server = Script(*steps, tls=tls)
        self.addCleanup(server.close)
        return server

    def start(self, document):
        path = self.folder / "probe.json"
        path.write_text(json.dumps(document))
        self.probe = subprocess.Popen([PROBE, str(path)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, args=(self.probe.stdout,), daemon=True).start()

    def _read(self, stream):
        for line in stream:
            self.lines.put(json.loads(line))
        self.lines.put(None)

    def stop(self):
        if self.probe.poll() is None:
            self.probe.send_signal(signal.SIGKILL)
        self.probe.wait()
        self.probe.stdout.close()

    def hear(self):
        """The next thing that it says; None: it ended."""
        return self.lines.get(timeout=DEADLINE_S)

    def expect(self, *said):
        """What it says next, in short: "put a@3" (name@version), "gone a/u-a", "synced", "healthy", or a text that the reason
        has."""
        for words in said:
            heard = self.hear()
            self.assertIsNotNone(heard, f"it ended before '{words}'")
            (what, value), = heard.items()
            if what == "put":
                short = f"put {value['metadata']['name']}@{value['metadata']['resourceVersion']}"
            elif what == "gone":
                short = f"gone {value['name']}/{value['uid']}"
            elif what == "health":
                short = f"unhealthy: {value}" if value else "healthy"
            else:
                short = what
            self.assertIn(words, short)

    def follow(self, server, **watch):
        self.start({"access": {"server": server.url}, "watch": {"retryMaxMs": 400, **watch}})

    def calls(self, server, *calls, **access):
        """The answers to these calls."""
        self.start({"access": {"server": server if isinstance(server, str) else server.url, **access}, "calls": list(calls)})
        answers = [self.hear()["answer"] for _ in calls]
        self.assertIsNone(self.hear())
        self.assertEqual(self.probe.wait(), 0)
        self.probe.stdout.close()
        return answers


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    unittest.main(verbosity=2)
