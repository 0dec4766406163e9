"""One call: headers, answers in words, what is sent again and what is not."""
import json
import threading

from rig import DEADLINE_S, Case, main, replies, status

GET = {"method": "GET", "path": "/api/v1/x"}
OK = replies(200, {"kind": "X"})


class Calls(Case):
    def test_contents(self):
        server = self.script(OK)
        bodies = [{"method": "POST", "path": "/p?a=b", "body": {"a": 1}}, {"method": "PATCH", "path": "/p", "content": "merge", "body": {"a": None}},
                  {"method": "PATCH", "path": "/p", "content": "patch", "body": [{"op": "test", "path": "/a", "value": 1}]}, {"method": "DELETE", "path": "/p"}]
        for answer in self.calls(server, *bodies):
            self.assertEqual((answer["error"], answer["status"], answer["body"], answer["text"]), (0, 200, {"kind": "X"}, ""))
        self.assertEqual([r.headers["Content-Type"] for r in server.requests],
                         ["application/json", "application/merge-patch+json", "application/json-patch+json", None])
        self.assertEqual([json.loads(r.body) if r.body else None for r in server.requests], [b.get("body") for b in bodies])
        self.assertEqual(server.requests[0].path, "/p?a=b")

    def test_headers(self):
        server = self.script(OK)
        self.calls(server, GET, token="abc.def\n")
        self.calls(server, GET, **{"as": "jane"})
        self.assertEqual([(r.headers["Authorization"], r.headers["Impersonate-User"]) for r in server.requests], [("Bearer abc.def", None), (None, "jane")])

    def test_token_of_two_lines(self):
        """It would be two headers."""
        server = self.script(OK)
        answer, = self.calls(server, GET, token="abc\r\nX: y")
        self.assertEqual((answer["status"], answer["reason"]), (0, "ClusterAccessInvalid"))
        self.assertEqual(server.requests, [])

    def test_token_file(self):
        path = self.folder / "token"
        path.write_text("first")
        server = self.script(OK)
        self.calls(server, GET, tokenFile=str(path))
        self.assertEqual(server.requests[0].headers["Authorization"], "Bearer first")
        path.unlink()
        answer, = self.calls(server, GET, tokenFile=str(path))
        self.assertEqual((answer["error"] < 0, answer["reason"]), (True, "ClusterAccessInvalid"))
        self.assertIn(str(path), answer["text"])

    def test_refused_token_is_read_again(self):
        """401: the file is read again, once."""
        path = self.folder / "token"
        path.write_text("old")

        def refuse(handler):
            path.write_text("new")
            handler.answer(401, status(401, "Unauthorized", "Unauthorized"))
        server = self.script(refuse, OK)
        answer, = self.calls(server, GET, tokenFile=str(path))
        self.assertEqual(answer["status"], 200)
        self.assertEqual([r.headers["Authorization"] for r in server.requests], ["Bearer old", "Bearer new"])
        always = self.script(refuse)
        answer, = self.calls(always, GET, tokenFile=str(path))
        self.assertEqual((answer["status"], answer["reason"], len(always.requests)), (401, "NotAuthenticated", 2))

    def test_refused_static_token(self):
        server = self.script(replies(401, status(401, "Unauthorized", "Unauthorized")))
        answer, = self.calls(server, GET, token="t")
        self.assertEqual((answer["status"], answer["reason"], len(server.requests)), (401, "NotAuthenticated", 1))
        self.assertIn("does not accept the credentials: Unauthorized", answer["text"])

    def test_status_in_words(self):
        cases = [(403, status(403, "Forbidden", 'User "x" cannot get'), "RightMissing", 'User "x" cannot get'),
                 (422, status(422, "Invalid", "bad filter", causes=[{"reason": "FilterInvalid", "message": "m"}]), "FilterInvalid", "bad filter"),
                 (409, status(409, "OriginalInUse", "taken"), "OriginalInUse", "taken"),
                 (404, status(404, "NotFound", 'splitsessions "a" not found'), "", 'splitsessions "a" not found'),
                 (404, b"404 page not found\n", "KindNotServed", "knows no /api/v1/x"),
                 (418, b"<html>", "", "HTTP status 418")]
        for code, body, reason, text in cases:
            answer, = self.calls(self.script(replies(code, body)), GET)
            self.assertEqual((answer["error"], answer["status"], answer["reason"]), (0, code, reason))
            self.assertIn(text, answer["text"])

    def test_not_understood(self):
        answer, = self.calls(self.script(replies(200, b"{]")), GET)
        self.assertLess(answer["error"], 0)
        self.assertIn("is not understood", answer["text"])

    def test_busy(self):
        """429 after Retry-After, 5xx with pauses; POST after 5xx is not sent again, for it may have been done."""
        busy = replies(429, b"", Retry_After=1)
        for method, step, sent, last in (("GET", busy, 2, 200), ("POST", busy, 2, 200), ("GET", replies(503, b""), 2, 200), ("POST", replies(503, b""), 1, 503)):
            server = self.script(step, OK)
            answer, = self.calls(server, {"method": method, "path": "/x"})
            self.assertEqual((answer["status"], len(server.requests)), (last, sent))

    def test_busy_for_too_long(self):
        """The budget is kept: no try begins after it, and its last answer counts."""
        server = self.script(replies(503, b""))
        answer, = self.calls(server, {**GET, "retryMs": 1000})
        self.assertEqual(answer["status"], 503)
        self.assertTrue(2 <= len(server.requests) <= 4)
        patient = self.script(replies(429, b"", Retry_After=30))
        answer, = self.calls(patient, {**GET, "retryMs": 1000})
        self.assertEqual((answer["status"], answer["retryAfterMs"], len(patient.requests)), (429, 30000, 1))
        never = self.script(replies(503, b""))
        self.calls(never, {**GET, "retryMs": -1})
        self.assertEqual(len(never.requests), 1)

    def test_nobody_there(self):
        server = self.script(OK)
        url = server.url
        server.server_close()
        answer, = self.calls(server, GET)
        self.assertEqual((answer["status"], answer["reason"]), (0, "ApiServerUnreachable"))
        self.assertIn(f"the API server does not answer at {url}", answer["text"])
        self.start({"access": {"socket": "/nonexistent/api.sock", "server": "http://sluice"}, "calls": [GET]})
        answer = self.hear()["answer"]
        self.assertEqual(answer["reason"], "SupervisorUnreachable")
        self.assertIn("/nonexistent/api.sock", answer["text"])

    def test_limits(self):
        """S-10"""
        answer, = self.calls(self.script(replies(200, {"a": "x" * 1000})), {**GET, "answerBytesMax": 500})
        self.assertIn("is too long", answer["text"])
        answer, = self.calls(self.script(lambda handler: handler.hold()), {**GET, "deadlineMs": 300})
        self.assertEqual(answer["reason"], "ApiServerUnreachable")

    def test_many_at_once(self):
        """No more than 32 are at the server at the same time; the others wait, and all are answered."""
        lock, now, most = threading.Lock(), [0], [0]

        def slow(handler):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            together.wait(timeout=0.2)
            with lock:
                now[0] -= 1
            handler.answer(200, {})
        together = threading.Event()
        server = self.script(slow)
        self.start({"access": {"server": server.url}, "atOnce": True, "calls": [GET] * 100})
        for _ in range(100):
            self.assertEqual(self.hear()["answer"]["status"], 200)
        self.assertEqual(most[0], 32)

    def test_urgent(self):
        """A lease is renewed though the server keeps all others waiting."""
        go = threading.Event()
        self.addCleanup(go.set)

        def slow(handler):
            if handler.path == "/api/v1/x":
                go.wait(DEADLINE_S)
            handler.answer(200, {"path": handler.path})
        server = self.script(slow)
        self.start({"access": {"server": server.url}, "atOnce": True, "calls": [GET] * 40 + [{"method": "PUT", "path": "/lease", "body": {}, "urgent": 1}]})
        self.assertEqual(self.hear()["answer"]["body"], {"path": "/lease"})

    def test_proxy(self):
        """proxy-url is asked, and it asks for the name."""
        server = self.script(OK)
        answer, = self.calls("http://kube.invalid:99", {"method": "GET", "path": "/x"}, proxyUrl=server.url)
        self.assertEqual((answer["status"], server.requests[0].path), (200, "http://kube.invalid:99/x"))


if __name__ == "__main__":
    main()
