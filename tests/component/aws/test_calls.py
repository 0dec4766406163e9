"""What the client does about each answer."""
import unittest

from rig import Case, call, replies


class Calls(Case):
    def test_call_is_signed_and_its_answer_told(self):
        """Q-11: JSON 1.0 with a target, signed with the keys of the environment."""
        server = self.script(replies({"QueueUrls": []}))
        [answer] = self.probe(server.url, call())
        self.assertEqual((answer.error, answer.status, answer.body, answer.code), (0, 200, '{"QueueUrls": []}', ""))
        [request] = server.requests
        self.assertEqual((request.method, request.path, request.body), ("POST", "/", "{}"))
        self.assertEqual(request.headers["Content-Type"], "application/x-amz-json-1.0")
        self.assertEqual(request.headers["X-Amz-Target"], "AmazonSQS.ListQueues")
        self.assertRegex(request.headers["Authorization"], r"^AWS4-HMAC-SHA256 Credential=AKIDTEST/\d{8}/eu-west-1/sqs/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$")
        self.assertIsNone(request.headers["Expect"])


if __name__ == "__main__":
    unittest.main()
