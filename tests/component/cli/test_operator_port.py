"""`sluice logs` and the rates of `sluice status` from the operator's port, which the CLI reaches through the API server."""
import json
import unittest

from cluster import ClusterCase
from documents import split
from fake_api import FakeApi

POD = "mirrord-operator-1"
PORTS = f"/api/v1/namespaces/mirrord/pods/{POD}"
FIGURES = {"splits": [{"namespace": "team", "name": "split-1", "received": 7, "perSecond": {"received": 12.5}, "sessions": []}]}


class OperatorPort(ClusterCase):
    def setUp(self):
        super().setUp()
        self.operator = FakeApi().start()  # what listens in the pod
        self.addCleanup(self.operator.stop)
        self.api.pod_port = self.operator.server.server_address[1]
        self.api.raw[PORTS] = (200, {"spec": {"containers": [{"name": "supervisor", "ports": [{"name": "http", "containerPort": 8080}]}]}})
        document = split("split-1", namespace="team")
        document.setdefault("status", {})["workers"] = [{"incarnation": 1, "pod": f"{POD}_0123-uid", "state": "Live"}]
        self.api.put("queuesplits", document)

    def forwards(self):
        return [path for method, path, _ in self.api.requests if "/portforward" in path]

    def test_logs(self):
        """By port-forward, with the token of the context and with no other credential; a ping on the way is answered."""
        text = b"".join(b"line %d\n" % number for number in range(60000))
        self.operator.raw["/sluice/v1/logs/split-1"] = (200, text)
        result = self.sluice("logs", "split-1", "-f")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.encode(), text)
        self.assertEqual(self.forwards(), [f"{PORTS}/portforward?ports=8080"])
        self.assertEqual([headers["Authorization"] for headers in self.operator.headers], ["Bearer secret-token"])
        self.assertEqual([path for _, path, _ in self.operator.requests], ["/sluice/v1/logs/split-1?follow=1"])
        self.assertTrue(self.api.ponged)

    def test_rates(self):
        self.operator.raw["/sluice/v1/figures"] = (200, FIGURES)
        result = self.sluice("status")
        self.assertIn("12.5/s", result.stdout)
        self.assertEqual([path for _, path, _ in self.operator.requests], ["/sluice/v1/figures?namespace=team"])

    def test_rates_out_of_reach(self):
        """S-14: without the right there is no figure, and everything else all the same."""
        self.api.allow = lambda headers: (403, "Forbidden", "pods is forbidden") if headers["Upgrade"] else None
        result = self.sluice("status")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("split-1", result.stdout)
        self.assertNotIn("/s", result.stdout)

    def refusal(self, *options):
        result = self.sluice("logs", "split-1", *options)
        return result.returncode, result.stderr

    def test_no_right_to_the_port(self):
        self.api.allow = lambda headers: (403, "Forbidden", "pods is forbidden") if headers["Upgrade"] else None
        status, said = self.refusal()
        self.assertEqual(status, 77, said)
        self.assertIn("pods/portforward (RightMissing)", said)

    def test_no_right_to_the_log(self):
        self.operator.allow = lambda headers: (403, "Forbidden", "anna may not get queuesplits/log in namespace team")
        status, said = self.refusal()
        self.assertEqual(status, 77, said)
        self.assertIn("nothing is told of split 'split-1': anna may not get queuesplits/log in namespace team (RightMissing)", said)

    def test_nobody_listens(self):
        self.api.pod_port = None
        status, said = self.refusal()
        self.assertEqual(status, 69, said)
        self.assertIn(f"asked for a port of pod {POD}: the pod cannot be reached", said)

    def test_a_client_certificate(self):
        """It is said what else to do, and nothing is asked of the operator."""
        path = self.folder / "config"
        document = json.loads(path.read_text())
        document["users"] = [{"name": "u", "user": {}}]
        path.write_text(json.dumps(document))
        status, said = self.refusal()
        self.assertEqual(status, 77, said)
        self.assertIn("the context logs in without a token", said)
        self.assertIn("kubectl logs -n mirrord deployment/mirrord-operator -c workers", said)
        self.assertEqual(self.forwards(), [])

    def test_as_somebody_else(self):
        status, said = self.refusal("--as", "bob")
        self.assertEqual(status, 64, said)
        self.assertIn("--as does not change", said)

    def test_another_namespace(self):
        self.api.raw[PORTS.replace("mirrord/", "tools/")] = self.api.raw[PORTS]
        self.operator.raw["/sluice/v1/logs/split-1"] = (200, b"here\n")
        result = self.sluice("logs", "--operator-namespace", "tools")
        self.assertEqual(result.stdout, "here\n", result.stderr)

    def test_no_such_split(self):
        result = self.sluice("logs", "split-9")
        self.assertEqual(result.returncode, 66)
        self.assertIn("there is no split 'split-9' in this namespace", result.stderr)


if __name__ == "__main__":
    unittest.main()
