"""What the client does about each answer."""
import threading
import time
import unittest

from rig import DEADLINE_S, KEYS, Case, call, closes, error, refuses, replies

FINE = replies({"QueueUrls": []})
SIGNED = r"^AWS4-HMAC-SHA256 Credential=AKIDTEST/\d{8}/eu-west-1/sqs/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$"


def slowly(step, seconds):
    def late(handler):
        time.sleep(seconds)
        step(handler)
    return late


def at_another_time(step, ahead_s):
    """As a service answers whose clock is that far ahead of ours."""
    def dated(handler):
        handler.ahead_s = ahead_s
        step(handler)
    return dated


class Crowd:
    """Answers nobody before so many are there, and then waits a little for more."""

    def __init__(self, count):
        self.count, self.present, self.most = count, 0, 0
        self.changed = threading.Condition()

    def __call__(self, handler):
        with self.changed:
            self.present += 1
            self.most = max(self.most, self.present)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.most >= self.count, DEADLINE_S)
        time.sleep(0.2)
        with self.changed:
            self.present -= 1
        FINE(handler)


class Calls(Case):
    def test_call_is_signed_and_its_answer_told(self):
        """Q-11: JSON 1.0 with a target, signed with the keys of the environment."""
        server = self.script(FINE)
        [answer] = self.probe(server.url, call())
        self.assertEqual((answer.error, answer.status, answer.body, answer.code), (0, 200, '{"QueueUrls": []}', ""))
        [request] = server.requests
        self.assertEqual((request.method, request.path, request.body), ("POST", "/", "{}"))
        self.assertEqual(request.headers["Content-Type"], "application/x-amz-json-1.0")
        self.assertEqual(request.headers["X-Amz-Target"], "AmazonSQS.ListQueues")
        self.assertRegex(request.headers["Authorization"], SIGNED)
        self.assertEqual(request.headers["Host"], server.url.removeprefix("http://"))
        self.assertIsNone(request.headers["Expect"])
        self.assertIsNone(request.headers["X-Amz-Security-Token"])

    def test_token_of_a_session_is_sent_and_signed(self):
        server = self.script(FINE)
        self.probe(server.url, call(), environment={**KEYS, "AWS_SESSION_TOKEN": "canary-token"})
        [request] = server.requests
        self.assertEqual(request.headers["X-Amz-Security-Token"], "canary-token")
        self.assertIn("x-amz-security-token;x-amz-target", request.headers["Authorization"])

    def test_connection_is_kept(self):
        server = self.script(FINE)
        self.probe(server.url, *[call()] * 20)
        self.assertEqual((len(server.requests), server.connections), (20, 1))

    def test_large_body_is_not_asked_for_first(self):
        server = self.script(FINE)
        self.probe(server.url, call(body="x" * 900000))
        self.assertEqual(len(server.requests[0].body), 900000)
        self.assertIsNone(server.requests[0].headers["Expect"])

    def test_64_are_at_the_service_at_once_and_not_more(self):
        crowd = Crowd(64)
        server = self.script(crowd)
        answers = self.probe(server.url, *[call(deadlineMs=60000)] * 100, at_once=True)
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual((len(answers), crowd.most, server.connections), (100, 64, 64))

    def test_code_of_an_error_has_no_prefix(self):
        cases = [
            (error("QueueDoesNotExist", "The specified queue does not exist."), "QueueDoesNotExist", "The specified queue does not exist."),
            (refuses(400, {"__type": "InvalidAttributeName:http://internal/"}), "InvalidAttributeName", ""),
            (refuses(400, {"message": "gone"}, x_amzn_query_error="AWS.SimpleQueueService.NonExistentQueue;Sender"), "NonExistentQueue", "gone"),
            (refuses(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>a &lt;b&gt;</Message></Error></ErrorResponse>"), "AccessDenied", "a <b>"),
            (refuses(404, "<html>nothing</html>"), "", ""),
            (refuses(400, b"\xff\xfe"), "", ""),
        ]
        for step, code, message in cases:
            with self.subTest(code=code):
                server = self.script(step)
                [answer] = self.probe(server.url, call())
                self.assertEqual((answer.error, answer.code, answer.message, answer.throttled), (0, code, message, False))
                self.assertEqual(len(server.requests), 1)

    def test_answer_beyond_its_limit_is_refused(self):
        """S-10."""
        server = self.script(replies("x" * 5000))
        [answer] = self.probe(server.url, call(bodyBytesMax=4999))
        self.assertEqual((answer.error, answer.body), (-105, ""))
        self.assertIn("longer than 4999 bytes", answer.message)

    def test_cancelled_call_is_never_told(self):
        server = self.script(FINE)
        answers = self.probe(server.url, call(cancelled=1), call())
        self.assertEqual(len(answers), 1)
        self.assertEqual(len(server.requests), 1)


class Repeats(Case):
    def test_throttled_call_is_repeated_with_pauses(self):
        """Q-11."""
        server = self.script(error("ThrottlingException"), error("RequestThrottled", status=403), refuses(429, {}), FINE)
        [answer] = self.probe(server.url, call())
        self.assertEqual((answer.status, answer.throttled), (200, False))
        times = [request.at for request in server.requests]
        pauses = [after - before for before, after in zip(times, times[1:])]
        for pause, most in zip(pauses, (0.5, 1, 2)):
            self.assertGreaterEqual(pause, most / 4 - 0.01)

    def test_throttled_call_is_told_when_its_time_is_over(self):
        server = self.script(error("ThrottlingException", "Rate exceeded"))
        [answer] = self.probe(server.url, call(deadlineMs=1500))
        self.assertEqual((answer.error, answer.code, answer.message, answer.throttled), (0, "ThrottlingException", "Rate exceeded", True))

    def test_no_repeat_begins_too_late_although_there_is_time_for_an_answer(self):
        server = self.script(error("ThrottlingException", "Rate exceeded"))
        [answer] = self.probe(server.url, call(repeatMs=1500))
        self.assertEqual((answer.code, answer.throttled), ("ThrottlingException", True))
        self.assertLess(server.requests[-1].at - server.requests[0].at, 2.5)

    def test_pause_that_the_service_asks_for_is_kept(self):
        server = self.script(refuses(503, {}, Retry_After=2), FINE)
        self.probe(server.url, call())
        self.assertGreaterEqual(server.requests[1].at - server.requests[0].at, 1.9)

    def test_failure_of_the_service_is_repeated_even_if_the_call_may_not_be_lost(self):
        for step in (refuses(500, {}), refuses(502, "<html>"), refuses(503, {}), error("InternalError")):
            server = self.script(step, step, FINE)
            [answer] = self.probe(server.url, call())
            self.assertEqual((answer.status, len(server.requests)), (200, 3))

    def test_budget_ends_the_repeats_of_everybody(self):
        """Q-11: 500 tokens at 5 a repeat: one hundred repeats, then the failure is told at once."""
        server = self.script(refuses(500, {}))
        answers = self.probe(server.url, *[call(deadlineMs=60000)] * 40, at_once=True)
        self.assertEqual({answer.status for answer in answers}, {500})
        self.assertEqual(len(server.requests), 40 + 100)

    def test_good_answers_fill_the_budget_one_by_one(self):
        """Each brings one token, or what its own repeats took."""
        server = self.script(*[refuses(500, {})] * 140, *[FINE] * 5, refuses(500, {}))
        answers = self.probe(server.url, *[call(deadlineMs=60000)] * 47, at_once=40)
        self.assertEqual([answer.status for answer in answers], [500] * 40 + [200] * 5 + [500] * 2)
        self.assertEqual(len(server.requests), 140 + 5 + 2 + 1)

    def test_lost_answer_is_asked_for_again_where_that_is_allowed(self):
        server = self.script(closes, closes, FINE)
        [answer] = self.probe(server.url, call(repeatable=1))
        self.assertEqual((answer.error, answer.status, len(server.requests)), (0, 200, 3))

    def test_lost_answer_is_told_where_it_is_not(self):
        server = self.script(closes, FINE)
        [answer] = self.probe(server.url, call())
        self.assertEqual((answer.error, answer.status, len(server.requests)), (-104, 0, 1))
        self.assertIn("does not answer", answer.message)

    def test_what_was_never_sent_is_repeated_until_there_is_somebody(self):
        server = self.script(FINE)
        url = server.url
        server.shutdown()
        server.server_close()
        [answer] = self.probe(url, call(deadlineMs=5000))
        self.assertEqual((answer.error, answer.status), (-111, 0))
        self.assertIn(url + " does not answer", answer.message)

    def test_answer_that_comes_too_late_is_none(self):
        server = self.script(slowly(FINE, 3))
        [answer] = self.probe(server.url, call(deadlineMs=500, repeatable=1))
        self.assertEqual(answer.error, -110)


class Skew(Case):
    def test_clock_is_corrected_once(self):
        """Q-11: by the Date of the refusal; the next call is right at once."""
        server = self.script(at_another_time(error("RequestTimeTooSkewed", status=403), 3600), at_another_time(FINE, 3600))
        answers = self.probe(server.url, call(), call())
        self.assertEqual([answer.status for answer in answers], [200, 200])
        dates = [request.headers["X-Amz-Date"] for request in server.requests]
        self.assertEqual(len(dates), 3)
        stamps = [time.mktime(time.strptime(date, "%Y%m%dT%H%M%SZ")) for date in dates]
        self.assertAlmostEqual(stamps[1] - stamps[0], 3600, delta=20)
        self.assertAlmostEqual(stamps[2] - stamps[1], 0, delta=20)

    def test_calls_that_were_refused_together_are_all_signed_again(self):
        def refuse_old(handler):
            late = handler.headers["X-Amz-Date"] < time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + 3000))
            at_another_time(error("SignatureDoesNotMatch", status=403) if late else FINE, 3600)(handler)
        server = self.script(refuse_old)
        answers = self.probe(server.url, *[call()] * 10, at_once=True)
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual(len(server.requests), 20)

    def test_refusal_at_the_right_time_is_told(self):
        """A wrong secret is not our clock's fault."""
        server = self.script(error("InvalidSignatureException", "The signature does not match", status=403))
        [answer] = self.probe(server.url, call())
        self.assertEqual((answer.status, answer.code, len(server.requests)), (403, "InvalidSignatureException", 1))

    def test_service_that_refuses_again_is_not_asked_a_third_time(self):
        server = self.script(at_another_time(error("RequestExpired"), -7200), at_another_time(error("RequestExpired"), 7200))
        [answer] = self.probe(server.url, call())
        self.assertEqual((answer.code, len(server.requests)), ("RequestExpired", 2))

    def test_date_that_is_none_changes_nothing(self):
        def undated(handler):
            handler.date_time_string = lambda: "soon"
            error("RequestExpired")(handler)
        server = self.script(undated)
        [answer] = self.probe(server.url, call())
        self.assertEqual((answer.code, len(server.requests)), ("RequestExpired", 1))


if __name__ == "__main__":
    unittest.main()
