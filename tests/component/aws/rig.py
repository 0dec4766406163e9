"""The real aws_probe against servers whose every answer a test scripts. Every wait has a deadline."""
import json
import os
import socketserver
import subprocess
import tempfile
import threading
import time
import unittest
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace

PROBE = os.environ["AWS_PROBE"]
DEADLINE_S = 30
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "canary-secret-0123"}
NO_INSTANCE = {"AWS_EC2_METADATA_DISABLED": "true"}


class Script(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Answers the n-th request with the n-th step, the last one for ever; or each by its path, with a dict of such lists. A step is
    a function of the handler."""
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, *steps, by_path=None):
        self.paths = {path: list(rest) for path, rest in (by_path or {"": steps}).items()}
        self.counts = dict.fromkeys(self.paths, 0)
        self.lock = threading.Condition()
        self.requests = []
        self.connections = 0
        script = self

        class Handler(_Handler):
            pass
        Handler.script = script
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()

    def handle_error(self, *_):
        pass  # a client that went

    def take(self, handler):
        with self.lock:
            path = handler.path if handler.path in self.paths else ""
            steps = self.paths.get(path) or [refuses(404, {})]
            step = steps[min(self.counts.get(path, 0), len(steps) - 1)]
            self.counts[path] = self.counts.get(path, 0) + 1
            self.requests.append(SimpleNamespace(path=handler.path, method=handler.command, headers=handler.headers, body=handler.body.decode(), at=time.monotonic()))
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
        with self.script.lock:
            self.script.connections += 1
        try:
            super().handle()
        except OSError:
            pass  # the client went

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return formatdate(timestamp or time.time() + getattr(self, "ahead_s", 0), usegmt=True)

    def answer(self, code, document, **headers):
        data = document.encode() if isinstance(document, str) else document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        self.script.take(self)(self)

    do_GET = do_POST = do_PUT = do


def replies(document, code=200, **headers):
    return lambda handler: handler.answer(code, document, **headers)


def refuses(status, document, **headers):
    return replies(document, status, **headers)


def error(code, message="no", status=400, **headers):
    """As a JSON 1.0 service refuses."""
    return refuses(status, {"__type": "com.amazonaws.sqs#" + code, "message": message}, **headers)


def closes(handler):
    """Takes the request and says nothing."""
    handler.close_connection = True


def call(target="AmazonSQS.ListQueues", body="{}", **more):
    return {"target": target, "body": body, **more}


class Case(unittest.TestCase):
    """Servers and files of a test, gone with it."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def script(self, *steps, **more):
        server = Script(*steps, **more)
        self.addCleanup(server.close)
        return server

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def probe(self, endpoint, *calls, environment=None, at_once=0, service="sqs", region="eu-west-1", **more):
        """Makes the calls, so many (True: all) at once and the others then, returns the answers in the order in which they came."""
        document = {"service": service, "region": region, "endpoint": endpoint, "calls": list(calls), "atOnce": len(calls) if at_once is True else at_once, **more}
        # No home: a shared profile of the one who runs the tests counts nowhere.
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **NO_INSTANCE, **(KEYS if environment is None else environment)}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        run = subprocess.run([PROBE, self.file("probe.json", json.dumps(document))], env=environment, capture_output=True, text=True, timeout=2 * DEADLINE_S)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertNotIn("canary", run.stdout + run.stderr)  # S-4
        answers = [SimpleNamespace(**json.loads(line)) for line in run.stdout.splitlines()]
        self.assertEqual(len(answers), sum("cancelled" not in call for call in calls))
        return answers
