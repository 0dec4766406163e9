"""The commands against a cluster: where it is, as whom, and what they say when it is not as it should be."""
import json
import os

from cluster import ClusterCase
from documents import session
from fake_api import INSTALLED, FakeApi
from rig import READY, main


class Where(ClusterCase):
    def test_current_context(self):
        """Its server, its user and its namespace; -n goes before."""
        self.api.put("splitsessions", session("alice-1", namespace="team"))
        self.api.put("splitsessions", session("bob-2", namespace="other"))
        out = self.sluice("status").stdout
        self.assertIn("alice-1", out)
        self.assertNotIn("bob-2", out)
        self.assertEqual(set(self.tokens()), {"Bearer secret-token"})
        self.assertNotIn("/sluice/v1/figures", [request[1] for request in self.requests("GET")], "an API server has none")
        self.assertIn("bob-2", self.sluice("status", "-n", "other").stdout)

    def test_options(self):
        """--kubeconfig and --context; --as is asked for."""
        other = self.config(name="other", context="there", namespace="x")
        self.api.put("splitsessions", session("carl-3", namespace="x"))
        result = self.sluice("--kubeconfig", other, "--context", "there", "--as", "jane", "status", KUBECONFIG=None)
        self.assertIn("carl-3", result.stdout, result.stderr)
        self.assertEqual(self.api.headers[0]["Impersonate-User"], "jane")

    def test_home(self):
        """~/.kube/config; beside a supervisor that runs here, one must be chosen."""
        (self.folder / ".kube").mkdir()
        self.config(name=".kube/config")
        self.assertEqual(self.sluice("status", KUBECONFIG=None).returncode, 0)
        place = self.folder / f"sluice-{os.getuid()}" / "aa"
        place.mkdir(parents=True)
        local = FakeApi(place / "api.sock").start()
        self.addCleanup(local.stop)
        result = self.sluice("status", KUBECONFIG=None)
        self.assertEqual(result.returncode, 64)
        self.assertIn(f"--socket {local.path} or --context here", result.stderr)
        for chosen in (["--socket", local.path], ["--context", "here"]):
            self.assertEqual(self.sluice("status", *chosen, KUBECONFIG=None).returncode, 0)
        self.assertEqual(self.sluice("status").returncode, 0, "KUBECONFIG is meant")
        self.assertEqual(len(local.requests) > 0, True)

    def test_socket_goes_before(self):
        """SLUICE_SOCKET before KUBECONFIG, but not before --context; both options are a contradiction."""
        local = FakeApi(self.folder / "local.sock").start()
        self.addCleanup(local.stop)
        self.sluice("status", SLUICE_SOCKET=local.path)
        self.assertEqual((len(self.api.requests), len(local.requests) > 0), (0, True))
        self.sluice("status", "--context", "here", SLUICE_SOCKET=local.path)
        self.assertTrue(self.api.requests)
        result = self.sluice("status", "--socket", local.path, "--context", "here")
        self.assertEqual(result.returncode, 64)
        self.assertIn("give one of them", result.stderr)

    def test_wrong_kubeconfig(self):
        """Named with file and field; nothing is asked."""
        result = self.sluice("status", "--context", "prod")
        self.assertEqual(result.returncode, 65)
        self.assertRegex(result.stderr, r"there is no context 'prod' in .*/config .*ClusterAccessInvalid")
        self.config(user={"auth-provider": {"name": "gcp"}})
        result = self.sluice("status")
        self.assertEqual(result.returncode, 65)
        self.assertRegex(result.stderr, r"config:\d+: users\[0\]\.user\.auth-provider: 'gcp' is not supported")
        self.assertEqual(self.sluice("status", "--as", "jane", KUBECONFIG="/x").returncode, 65)
        self.assertEqual(self.api.requests, [])

    def test_insecure(self):
        """What the user's own file asks for is done, and said."""
        self.config(**{"insecure-skip-tls-verify": True})
        self.assertIn("warning: context here says insecure-skip-tls-verify", self.sluice("status").stderr)


class Troubles(ClusterCase):
    def test_unreachable(self):
        url = self.api.url
        self.api.stop()
        result = self.sluice("status")
        self.assertEqual(result.returncode, 69)
        self.assertRegex(result.stderr, f"the API server does not answer at {url}: .*refused.*ApiServerUnreachable")

    def test_not_installed(self):
        """A cluster that does not know our kinds: is Sluice there?"""
        self.api.parse_nothing = True
        for command in (["status"], ["check"], ["kill", "x"], ["run", "-t", "deployment/a", "--filter", "q:a=b", "--", "true"]):
            result = self.sluice(*command)
            said = result.stdout + result.stderr
            self.assertIn("KindNotServed", said)
            self.assertIn("Install Sluice in this cluster", said)
            self.assertEqual(result.returncode, 76)

    def test_no_right(self):
        """Which right is missing, and what brings it."""
        self.api.allow = lambda headers: (403, "Forbidden", 'splitsessions.sluice.dev is forbidden: User "x" cannot list resource')
        result = self.sluice("status")
        self.assertEqual(result.returncode, 77)
        self.assertIn('User "x" cannot list resource (RightMissing)', result.stderr)
        self.assertIn("sluice-user", result.stderr)

    def test_uninstalled(self):
        """A cluster refuses whom it knows no role of before it looks whether it has the kind: who may do nothing asks that too."""
        self.api.hidden = {"splitsessions", "queuesplits"}
        self.api.refuse_create = (403, "Forbidden", 'User "x" cannot create resource "splitsessions"')
        run = ["run", "-t", "deployment/a", "--filter", "q:a=b", "--", "true"]
        for command in (["status"], run):
            self.assertIn("RightMissing", self.sluice(*command).stderr)
        del self.api.raw[INSTALLED]
        for command in (["status"], run):
            result = self.sluice(*command)
            self.assertIn("Sluice is not installed in this cluster", result.stderr)
            self.assertIn("(KindNotServed)", result.stderr)
            self.assertEqual(result.returncode, 76)

    def test_not_believed(self):
        self.api.allow = lambda headers: (401, "Unauthorized", "Unauthorized")
        result = self.sluice("status")
        self.assertEqual(result.returncode, 77)
        self.assertIn("does not accept the credentials: Unauthorized (NotAuthenticated)", result.stderr)
        self.assertNotIn("secret-token", result.stderr)


class Commands(ClusterCase):
    def test_run(self):
        """S-14: the owner is whom the API server knows us as; the namespace is the context's."""
        process = self.run_session("true", KUBECONFIG=str(self.folder / "config"))
        document = self.api.session()
        self.assertEqual(document["spec"]["owner"]["username"], "system:serviceaccount:team:jane")
        self.assertEqual(document["metadata"]["namespace"], "team")
        self.assertRegex(document["metadata"]["name"], r"^system-serviceaccount-team-jane-[0-9a-f]{8}$")
        document["status"] = READY
        self.api.put("splitsessions", document)
        self.assertEqual(self.end(process)[0], 0)
        self.assertEqual(self.api.sessions(), [])

    def test_run_without_a_right(self):
        self.api.refuse_create = (403, "Forbidden", 'User "x" cannot create resource "splitsessions"')
        status, _, said = self.end(self.run_session("true"))
        self.assertEqual(status, 77)
        self.assertIn('cannot create resource "splitsessions" (RightMissing)', said)

    def test_kill(self):
        self.api.put("splitsessions", session("alice-1", namespace="team"))
        self.assertEqual(self.sluice("kill", "alice-1").returncode, 0)
        self.assertEqual(self.api.sessions(), [])

    def test_check(self):
        """Targets are the cluster's workloads; brokers and commands are not looked for on this host."""
        container = {"name": "main", "env": [{"name": "TOPIC", "value": "views"}]}
        self.api.put("deployments", {"metadata": {"name": "meme-app", "namespace": "team"}, "spec": {"template": {"spec": {"containers": [container]}}}})
        self.api.put("statefulsets", {"metadata": {"name": "other", "namespace": "team"}, "spec": {"template": {"spec": {"containers": []}}}})
        source = [{"directEnvVar": {"container": "main", "variable": "TOPIC"}}]
        topic = {"id": "views-topic", "clientConfig": "base", "nameSources": source, "groupIdSources": source}
        consumer = {"metadata": {"name": "c", "namespace": "team"}, "spec": {"consumerApiVersion": "apps/v1", "consumerKind": "Deployment", "consumerName": "meme-app", "topics": [topic]}}
        self.api.put("mirrordkafkatopicsconsumers", consumer)
        self.api.put("mirrordkafkaclientconfigs", {"metadata": {"name": "base", "namespace": "mirrord"}, "spec": {"properties": [{"name": "bootstrap.servers", "value": "127.0.0.1:1"}]}})
        result = self.sluice("check", "-t", "deployment/meme-app/main", "-o", "json")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("TOPIC of container main is 'views'", result.stdout)
        self.assertIn(f"answers at {self.api.url}", result.stdout)
        self.assertIn("you may split in namespace team", result.stdout)
        self.assertNotIn("brokers", result.stdout)
        wrong = self.sluice("check", "-t", "statefulset/meme-app")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("there is no StatefulSet of that name in the namespace", wrong.stdout)

    def test_check_of_rights(self):
        """What `run` would fail on is said before, each right by its name; kinds that may not be read are only noted."""
        self.api.missing_verbs = ("split", "patch")
        result = self.sluice("check", "-t", "deployment/meme-app")
        self.assertEqual(result.returncode, 1)
        self.assertIn("problem rights: you may not patch splitsessions.sluice.dev in namespace team (RightMissing)", result.stdout)
        self.assertIn("problem rights: you may not split deployments.apps meme-app in namespace team (RightMissing)", result.stdout)
        self.assertNotIn("may not create", result.stdout)
        self.api.missing_verbs = ()
        self.api.allow = lambda headers: (403, "Forbidden", "no")
        result = self.sluice("check")
        self.assertIn("note    QueueSplit: you may not read these, so they are not checked (RightMissing)", result.stdout)
        self.assertNotIn("QueueNotFound", result.stdout)

    def test_check_of_queues_that_may_not_be_read(self):
        """Of an id that hidden resources may name nobody says that there is none."""
        (self.folder / "mirrord.json").write_text(json.dumps({"target": "deployment/meme-app", "feature": {"split_queues": {
            "views-topic": {"queue_type": "Kafka", "message_filter": {"author": "^me$"}}}}}))
        self.api.put("deployments", {"metadata": {"name": "meme-app", "namespace": "team"}, "spec": {"template": {"spec": {"containers": []}}}})
        for hidden in ("mirrordkafkatopicsconsumers", "mirrordworkloadqueueregistries"):
            with self.subTest(hidden=hidden):
                self.api.hidden = (hidden,)
                result = self.sluice("check", "-f", str(self.folder / "mirrord.json"))
                self.assertIn("note    queue id views-topic: may be there: you may not read all resources", result.stdout)
                self.assertNotIn("QueueNotFound", result.stdout)
                self.assertEqual(result.returncode, 0, result.stdout)
        self.api.hidden = ()
        self.assertIn("has no such queue", self.sluice("check", "-f", str(self.folder / "mirrord.json")).stdout)


if __name__ == "__main__":
    main()
