"""`sluice page` without a browser: who is let in (S-14), what nobody gets by asking, and what is passed on."""
import http.client
import json
import socket
import threading
import urllib.parse
from pathlib import Path

from cluster import ClusterCase
from documents import session, split
from fake_api import FakeApi
from rig import DEADLINE_S, Case

FIGURES = {"atMs": 5, "splits": [{"namespace": "default", "name": "split-1", "received": 7, "delivered": 2, "mirrored": 0, "sessions": []}]}
TELLS = ("/api/status", "/api/figures", "/api/logs/default/split-1")


class PageCase:
    """For cases of both homes."""

    def page(self, *options):
        """(process, port, token) of a started page."""
        process = self.start("page", "-o", "json", *options)
        line = process.stdout.readline()
        self.assertTrue(line, process.stderr.read() if not line else "")
        url = urllib.parse.urlsplit(json.loads(line)["url"])
        self.assertEqual((url.scheme, url.hostname, url.path), ("http", "127.0.0.1", "/"))
        return process, url.port, url.fragment.removeprefix("token=")

    def ask(self, port, path, token=None, method="GET", body=None, host=None, **headers):
        """(status, headers, body). headers: with _ for -. host: "" leaves the header out."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        self.addCleanup(connection.close)
        connection.putrequest(method, path, skip_host=True)
        if host != "":
            connection.putheader("Host", host or f"127.0.0.1:{port}")
        if token:
            connection.putheader("Authorization", f"Bearer {token}")
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return response.status, response.headers, response.read()

    def document(self, port, path, token):
        status, _, body = self.ask(port, path, token)
        self.assertEqual(status, 200, body)
        return json.loads(body)


class Page(PageCase, Case):
    def setUp(self):
        super().setUp()
        self.api.raw["/sluice/v1/figures"] = (200, json.dumps(FIGURES).encode())
        self.api.raw["/sluice/v1/logs/split-1"] = (200, b"line one\nline two\n")
        self.api.put("queuesplits", split("split-1"))
        self.api.put("splitsessions", session("alice-1"))

    def assert_refused(self, wanted, *arguments, **options):
        before = len(self.api.requests)
        status, _, body = self.ask(*arguments, **options)
        self.assertEqual(status, wanted, body)
        self.assertNotIn(b"split-1", body)
        self.assertEqual(len(self.api.requests), before, "nobody else was asked")

    def test_s_14_files_are_the_same_for_everybody(self):
        _, port, _ = self.page()
        status, headers, body = self.ask(port, "/")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertIn(b"main.js", body)
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        self.assertEqual(policy, {"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'", "img-src": "'self'",
                                  "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'", "require-trusted-types-for": "'script'"})
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertNotIn("Set-Cookie", headers)
        self.assertNotIn("Access-Control-Allow-Origin", headers)
        status, again, body = self.ask(port, "/", If_None_Match=headers["ETag"])
        self.assertEqual((status, body, again["ETag"]), (304, b"", headers["ETag"]))
        for path in ("/../main.js", "/main.js/", "/files/main.js", "/vendor", "/etc/passwd"):
            self.assert_refused(401, port, path)  # no file: what is left needs the token

    def test_s_14_what_tells_something_needs_the_token_of_this_start(self):
        _, port, token = self.page()
        _, _, other = self.page()
        self.assertNotEqual(token, other)
        self.assertEqual(len(token), 64)
        for path in TELLS:
            self.assert_refused(401, port, path)
            self.assert_refused(401, port, path, other)
            self.assert_refused(401, port, path, token[:-1])
            self.assert_refused(401, port, path, token + "0")
            self.assert_refused(401, port, f"{path}?token={token}")
            self.assert_refused(401, port, path, Cookie=f"token={token}")
            self.assert_refused(401, port, path, Authorization=f"Basic {token}")
        self.assertEqual(self.document(port, "/api/status", token)["splits"][0]["metadata"]["name"], "split-1")

    def test_s_14_a_name_that_was_made_to_point_here_is_refused(self):
        _, port, token = self.page()
        for host in ("evil.example", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}", f"127.0.0.1:{port + 1}", "127.0.0.1", f"[::1]:{port}"):
            for path in ("/", *TELLS):
                self.assert_refused(403, port, path, token, host=host)
        self.assert_refused(403, port, "/", token, host="")
        self.assertEqual(self.ask(port, "/api/status", token, host=f"localhost:{port}")[0], 200)

    def test_s_14_another_page_is_refused(self):
        _, port, token = self.page()
        for origin in ("http://evil.example", "null", f"https://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}", f"http://localhost:{port}", ""):
            for path in TELLS:
                self.assert_refused(403, port, path, token, Origin=origin)
        for site in ("cross-site", "same-site", "rubbish"):
            self.assert_refused(403, port, "/api/status", token, Sec_Fetch_Site=site)
        self.assertEqual(self.ask(port, "/api/status", token, Origin=f"http://127.0.0.1:{port}", Sec_Fetch_Site="same-origin")[0], 200)
        self.assert_refused(403, port, "/api/status", token, method="OPTIONS", Origin="http://evil.example")

    def test_s_14_get_changes_nothing(self):
        _, port, token = self.page()
        own = {"Origin": f"http://127.0.0.1:{port}"}
        for path in ("/api/sessions/default/alice-1", "/api/sessions/default/alice-1?method=DELETE"):
            self.assert_refused(404, port, path, token, **own)
        for method in ("POST", "PUT", "PATCH"):
            self.assert_refused(404, port, "/api/sessions/default/alice-1", token, method=method, **own)
        place = "/api/sessions/default/alice-1"
        self.assert_refused(403, port, place, token, method="DELETE")                                   # no origin
        self.assert_refused(403, port, place, token, method="DELETE", Origin="http://evil.example")
        self.assert_refused(401, port, place, method="DELETE", **own)                                   # no token
        self.assertEqual([s["metadata"]["name"] for s in self.api.sessions()], ["alice-1"])
        self.assertEqual(self.ask(port, place, token, method="DELETE", **own)[0], 204)
        self.assertEqual(self.api.sessions(), [])
        status, _, body = self.ask(port, place, token, method="DELETE", **own)
        self.assertEqual((status, "not found" in json.loads(body)["message"]), (404, True))

    def test_s_14_only_the_loopback(self):
        process, port, token = self.page()
        with socket.socket() as other, self.assertRaises(ConnectionRefusedError):
            other.connect(("127.0.0.2", port))
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes() + Path(f"/proc/{process.pid}/environ").read_bytes()
        self.assertNotIn(token.encode(), shown)
        self.assertIn("of the supervisor at", process.stderr.readline())

    def test_s_10_limits(self):
        _, port, token = self.page()
        own = {"Origin": f"http://127.0.0.1:{port}"}
        self.assert_refused(413, port, "/api/sessions/default/alice-1", token, method="DELETE", body=b"x" * 10, **own)
        self.assertIn(self.ask(port, "/" + "x" * 40000, token)[0], (414, 431))
        self.assertIn(self.ask(port, "/", token, X_Long="x" * 40000)[0], (431,))
        self.assert_refused(404, port, "/api/logs/default/" + "n" * 300, token)
        for path in ("/api/logs/default", "/api/logs//split-1", "/api/logs/default/", "/api/logs/default/a/b", "/api/", "/api/status/x"):
            self.assert_refused(404, port, path, token)

    def test_what_the_page_reads(self):
        """Conditions are told with what they mean, so that the page repeats no rule."""
        bad = {"type": "Degraded", "status": "True", "reason": "QueueNotFound", "message": "no queue"}
        self.api.put("queuesplits", split("split-2", conditions=[bad, {"type": "Ready", "status": "True", "reason": "Ready"}]))
        self.api.raw["/sluice/v1/events"] = (200, json.dumps({"events": [{"id": 1, "reason": "Active"}]}).encode())
        _, port, token = self.page()
        status = self.document(port, "/api/status", token)
        conditions = next(s for s in status["splits"] if s["metadata"]["name"] == "split-2")["status"]["conditions"]
        self.assertEqual([c["bad"] for c in conditions], [True, False])
        self.assertIn("queue ids", conditions[0]["nextStep"])
        self.assertEqual((status["namespace"], status["cluster"], status["events"]), ("default", False, [{"id": 1, "reason": "Active"}]))
        self.assertEqual(self.document(port, "/api/figures", token), FIGURES)
        self.assertEqual(self.ask(port, "/api/logs/default/split-1", token)[2], b"line one\nline two\n")
        self.assertEqual(self.ask(port, "/api/logs/default/unknown", token)[0], 404)

    def test_a_supervisor_that_is_away(self):
        """Its absence is told and everything else goes on; once it is back the page is as before."""
        process, port, token = self.page()
        self.api.stop()
        status, _, body = self.ask(port, "/api/status", token)
        self.assertEqual(status, 502, body)
        self.assertTrue(json.loads(body)["message"])
        self.assertEqual(self.ask(port, "/api/logs/default/split-1", token)[0], 502)
        self.assertEqual(self.document(port, "/api/figures", token), None)
        self.assertEqual(self.ask(port, "/")[0], 200)
        self.api.start()
        self.until(lambda: self.ask(port, "/api/status", token)[0] == 200, "the supervisor's answer", process)

    def test_many_at_once_get_one_answer(self):
        """What several tabs ask for at the same time is asked for once, or a few times."""
        _, port, token = self.page()
        before = len(self.api.requests)
        answered = threading.Event()
        self.api.allow = lambda headers: answered.wait(DEADLINE_S) and None
        request = f"GET /api/figures HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n".encode()
        connections = [socket.create_connection(("127.0.0.1", port), DEADLINE_S) for _ in range(30)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.sendall(request)
        answered.set()
        for connection in connections:
            answer = b"".join(iter(lambda c=connection: c.recv(65536), b""))
            self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer[:80])
        self.assertLess(len(self.api.requests) - before, 30)

    def test_a_port_of_ones_own(self):
        _, port, _ = self.page()
        refused = self.sluice("page", "--port", str(port))
        self.assertEqual(refused.returncode, 64)
        self.assertIn("--port", refused.stderr)
        for wrong in ("0", "65536", "x"):
            self.assertEqual(self.sluice("page", "--port", wrong).returncode, 64)


class PageOfACluster(PageCase, ClusterCase):
    """The browser gets what the user may see, and no credential of his."""

    def setUp(self):
        super().setUp()
        self.operator = FakeApi().start()  # what listens in the pod
        self.addCleanup(self.operator.stop)
        pod = "mirrord-operator-1"
        self.api.pod_port = self.operator.server.server_address[1]
        self.api.raw[f"/api/v1/namespaces/mirrord/pods/{pod}"] = (200, json.dumps(
            {"spec": {"containers": [{"name": "supervisor", "ports": [{"name": "http", "containerPort": 8080}]}]}}).encode())
        self.api.put("queuesplits", split("split-1", namespace="team", workers=[{"incarnation": 1, "pod": f"{pod}_0123-uid", "state": "Live"}]))
        self.operator.raw["/sluice/v1/figures"] = (200, json.dumps(FIGURES).encode())
        self.operator.raw["/sluice/v1/logs/split-1"] = (200, b"a line\n")

    def test_with_the_rights_of_the_user(self):
        process, port, token = self.page()
        answers = [self.ask(port, path, token) for path in ("/api/status", "/api/figures", "/api/logs/team/split-1", "/")]
        self.assertEqual([status for status, _, _ in answers], [200] * 4)
        self.assertEqual(json.loads(answers[1][2]), FIGURES)
        self.assertEqual(answers[2][2], b"a line\n")
        for _, headers, body in answers:
            self.assertNotIn("secret-token", body.decode() + str(headers))
        self.assertEqual({headers["Authorization"] for headers in self.operator.headers}, {"Bearer secret-token"})
        self.assertEqual(set(self.tokens()), {"Bearer secret-token"})
        self.assertNotIn(token, " ".join(str(h) for h in self.api.headers + self.operator.headers))

    def test_what_he_may_not_is_told(self):
        self.api.put("splitsessions", session("bob-1", namespace="team"))
        process, port, token = self.page()
        self.api.allow = lambda headers: (403, "Forbidden", "splitsessions is forbidden")
        status, _, body = self.ask(port, "/api/sessions/team/bob-1", token, method="DELETE", Origin=f"http://127.0.0.1:{port}")
        self.assertEqual(status, 403, body)
        self.assertIn("forbidden", json.loads(body)["message"])
        self.assertEqual(self.ask(port, "/api/status", token)[0], 403)


if __name__ == "__main__":
    from rig import main
    main()
