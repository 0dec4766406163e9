"""`sluice check`: each thing that keeps sessions from working is found once, with its next step."""
import json
import socket
import time
import unittest

from documents import TARGET, consumer, session, split, topic
from rig import Case, main


class Check(Case):
    def setUp(self):
        super().setUp()
        self.api.raw["/sluice/v1/errors"] = (200, b'{"errors": [], "leftOut": 0}')
        self.service = {"metadata": {"name": "meme-app"}, "spec": {"containers": [{"name": "main", "env": [
            {"name": "KAFKA_TOPIC_NAME", "value": "views"}, {"name": "KAFKA_GROUP_ID", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "y"}}}]}]}}
        self.api.put("localservices", self.service)
        self.api.put("mirrordkafkatopicsconsumers", consumer([topic()]))
        self.config = {"metadata": {"name": "base-config", "namespace": "mirrord"}, "spec": {"properties": []}}
        self.api.put("mirrordkafkaclientconfigs", dict(self.config, metadata=dict(self.config["metadata"])))

    def found(self, *arguments, status=1):
        result = self.sluice("check", *arguments, "-o", "json")
        self.assertIn(result.returncode, (status,) if status is not None else (0, 1), result.stdout + result.stderr)
        return [f for f in json.loads(result.stdout)["findings"] if f["level"] != "ok"]

    def problems(self, *arguments):
        return {f["reason"] for f in self.found(*arguments) if f["level"] == "problem"}

    def test_fine(self):
        result = self.sluice("check", "-t", "deployment/meme-app")
        self.assertEqual(result.returncode, 0, result.stdout)
        for words in ("answers at", "KAFKA_TOPIC_NAME of container main is 'views'", "its client config is there", "everything is fine"):
            self.assertIn(words, result.stdout)

    def test_source_errors(self):
        self.api.raw["/sluice/v1/errors"] = (200, json.dumps({"errors": [
            {"level": "error", "file": "a.yaml", "line": 7, "reason": "ManifestUnreadable", "message": "a tab", "nextStep": "Correct it."},
            {"level": "warning", "file": "b.yaml", "line": 0, "reason": "FieldUnknown", "message": "spec.x", "nextStep": "Remove it."},
            {"level": "error", "file": "", "line": 0, "reason": "ManifestUnreadable", "message": "folder d: gone", "nextStep": "Correct it."}]}).encode())
        found = self.found()
        self.assertEqual([(f["level"], f["subject"], f["reason"]) for f in found],
                         [("problem", "a.yaml:7", "ManifestUnreadable"), ("note", "b.yaml", "FieldUnknown"), ("problem", "manifests", "ManifestUnreadable")])

    def test_supervisor(self):
        """What it says of itself: settings that nobody reads, a state folder that cannot be written."""
        unknown = {"reason": "SettingUnknown", "message": "environment variable OPERATOR_X is no setting", "nextStep": "Correct the variable's name."}
        self.api.raw["/sluice/v1/figures"] = (200, json.dumps({"supervisor": {"unknownSettings": [unknown]}, "splits": []}).encode())
        self.assertEqual(self.found(status=0), [{"level": "note", "subject": "supervisor", **unknown}])
        self.api.raw["/sluice/v1/figures"] = (200, json.dumps({"supervisor": {"stateError": "No space left on device"}, "splits": []}).encode())
        found, = self.found()
        self.assertEqual((found["level"], found["subject"], found["reason"]), ("problem", "supervisor", "StateUnwritable"))
        self.assertIn("cannot write its state: No space left on device", found["message"])

    def test_missing_resources(self):
        self.assertEqual(self.problems("-t", "deployment/other"), {"TargetNotFound", "QueueNotFound"})
        self.assertEqual(self.problems("-t", "deployment/meme-app/wrong"), {"ContainerNotFound"})
        for wrong, reason in ((topic(config="none"), "ClientConfigNotFound"), (topic(variable="X"), "NameSourceEmpty"), (topic(container="x"), "ContainerNotFound")):
            self.api.put("mirrordkafkatopicsconsumers", consumer([wrong]))
            self.assertEqual(self.problems(), {reason})
        self.api.put("mirrordkafkatopicsconsumers", consumer([topic(variable="X", fallback="views")]))
        self.assertEqual(self.found(status=0), [])

    def test_client_file(self):
        text = {"target": "deployment/meme-app", "feature": {"split_queues": {
            "views-topic": {"queue_type": "Kafka"}, "nope": {"queue_type": "Kafka"}, "sqs": {"queue_type": "SQS"}, "*": {"queue_type": "Kafka"},
            "jq": {"queue_type": "Kafka", "jq_filter": "."}}}}
        file = self.client_file(json.dumps(text))
        found = {f["subject"]: f for f in self.found("-f", file)}
        self.assertEqual({s: f["reason"] for s, f in found.items()},
                         {"queue id nope": "QueueNotFound", "queue id sqs": "QueueNotFound", "queue id jq": "JqNotYetSupported"})
        self.assertIn("views-topic", found["queue id nope"]["message"])
        self.assertEqual(self.problems("-f", self.client_file("{")), {"ClientFileInvalid"})

    def test_queues_of_a_registry(self):
        """SQS ids are found in registries; a type that the supervisor does not split is told by id."""
        queue = {"queueType": "SQS", "nameSource": {"envVar": "Q"}}
        registry = {"metadata": {"name": "r"}, "spec": {"consumer": {"name": "meme-app", "workloadType": "Deployment"}, "queues": {"meme": queue, "ads": queue}}}
        text = {"target": "deployment/meme-app", "feature": {"split_queues": {
            "meme": {"queue_type": "SQS"}, "ads": {"queue_type": "Kafka"}, "none": {"queue_type": "SQS"}, "*": {"queue_type": "SQS"}, "jobs": {"queue_type": "RMQ"}}}}
        file = self.client_file(json.dumps(text))
        self.api.put("mirrordworkloadqueueregistries", registry)
        found = {f["subject"]: f for f in self.found("-f", file)}
        self.assertEqual({s: f["reason"] for s, f in found.items()},
                         {"queue id ads": "QueueTypeMismatch", "queue id none": "QueueNotFound", "queue id jobs": "QueueTypeNotEnabled"})
        self.assertIn("meme", found["queue id none"]["message"])
        self.api.put("mirrordworkloadqueueregistries", self.conditions(
            registry, ("Accepted", "True", "QueueTypeNotEnabled", "splitting is not enabled for the type of: meme (SQS)")))
        found = {f["subject"]: f["reason"] for f in self.found("-f", file)}
        self.assertEqual(found["queue id meme"], "QueueTypeNotEnabled")

    def test_a_registry_without_its_target(self):
        """The supervisor does not look for it while nobody splits it."""
        self.api.put("mirrordworkloadqueueregistries", {"metadata": {"name": "r"}, "spec": {
            "consumer": {"name": "gone-app", "workloadType": "Deployment"}, "queues": {"meme": {"queueType": "SQS", "nameSource": {"envVar": "Q"}}}}})
        found, = self.found()
        self.assertEqual((found["subject"], found["reason"]), ("MirrordWorkloadQueueRegistry default/r", "TargetNotFound"))
        self.assertIn("gone-app", found["message"])

    def conditions(self, document, *rows):
        names = ("type", "status", "reason", "message")
        document["status"] = {"conditions": [dict(zip(names, row)) for row in rows]}
        return document

    def test_verdicts(self):
        """What the supervisor finds wrong with a resource is a problem; what has no effect is a note unless it is told by line."""
        self.api.put("mirrordkafkatopicsconsumers", self.conditions(consumer([topic()]), ("Accepted", "False", "FieldInvalid", "2 resources name this target"),
                                                                    ("SpecChanged", "True", "SpecChanged", "from the next split on")))
        self.conditions(self.service, ("Accepted", "True", "Accepted", ""), ("Degraded", "True", "RestartFailed", "exit code 3"))
        self.api.put("localservices", self.service)
        self.api.put("mirrordworkloadqueueregistries", self.conditions(
            {"metadata": {"name": "r"}, "spec": {"consumer": {"name": "meme-app"}}}, ("Accepted", "True", "QueueTypeNotEnabled", "sqs-a (SQS)")))
        self.config["metadata"]["name"] = "other"
        self.api.put("mirrordkafkaclientconfigs", self.conditions(dict(self.config), ("Accepted", "True", "PropertyIgnored", "without effect: x")))
        found = [(f["level"], f["subject"].split()[0], f["reason"]) for f in self.found()]
        self.assertEqual(found, [("problem", "LocalService", "RestartFailed"), ("problem", "MirrordKafkaTopicsConsumer", "FieldInvalid"),
                                 ("note", "MirrordKafkaTopicsConsumer", "SpecChanged"), ("note", "MirrordWorkloadQueueRegistry", "QueueTypeNotEnabled")])

    def test_one_problem_once(self):
        """A rule of ours, the list of the manifests' errors and the supervisor's verdict may all find the same."""
        verdict = ("Accepted", "False", "NameSourceEmpty", "1 of 1 queues cannot be split: variable X is absent")
        self.api.put("mirrordkafkatopicsconsumers", self.conditions(consumer([topic(variable="X")]), verdict))
        self.assertEqual([f["reason"] for f in self.found()], ["NameSourceEmpty"])
        error = {"level": "error", "file": "a.yaml", "line": 7, "reason": "FieldInvalid", "message": "spec.topics is no list", "nextStep": "Correct it."}
        self.api.raw["/sluice/v1/errors"] = (200, json.dumps({"errors": [error]}).encode())
        verdict = ("Accepted", "False", "FieldInvalid", "spec.topics is no list")
        self.api.put("mirrordkafkatopicsconsumers", self.conditions(consumer([topic()]), verdict))
        self.assertEqual([f["subject"] for f in self.found()], ["a.yaml:7"])

    def test_sources_of_one_container(self):
        """Two variables of a container that is not there are one finding."""
        wrong = topic(container="x")
        wrong["groupIdSources"] = [{"directEnvVar": {"container": "x", "variable": "KAFKA_GROUP_ID"}}]
        self.api.put("mirrordkafkatopicsconsumers", consumer([wrong]))
        self.assertEqual([f["reason"] for f in self.found()], ["ContainerNotFound"])

    def test_config_of_another_namespace(self):
        """Only those of the operator's namespace are read; one of the same name elsewhere does no harm to a queue."""
        elsewhere = {"metadata": {"name": "base-config", "namespace": "default"}, "spec": {"properties": [{"name": "bootstrap.servers", "value": "127.0.0.1:1"}]}}
        refused = ("Accepted", "False", "ClientConfigNotFound", "client configs are read from namespace mirrord alone")
        self.api.put("mirrordkafkaclientconfigs", self.conditions(elsewhere, refused))
        found = self.found("-t", "deployment/meme-app", status=0)
        self.assertEqual(found, [])
        self.api.remove("mirrordkafkaclientconfigs", "base-config", "mirrord")
        for arguments in ((), ("-t", "deployment/meme-app")):
            found = self.found(*arguments)
            self.assertEqual([(f["level"], f["reason"]) for f in found], [("problem", "ClientConfigNotFound")])
            self.assertIn("namespace default is refused: client configs are read from namespace mirrord alone", found[0]["message"])

    def test_commands(self):
        """A command that is not there or cannot be executed is known before it is needed; one that was tried speaks for itself."""
        plain = self.folder / "plain"
        plain.write_text("")
        tool = self.folder / "tool"
        tool.write_text("")
        tool.chmod(0o755)
        for restart, ready, says in (([str(tool)], [str(tool), "x"], []), (["systemctl"], None, []), ([str(self.folder / "none")], [str(tool)], ["restart", "does not exist"]),
                                     ([str(plain)], None, ["restart", "not executable"]), ([str(tool)], [str(self.folder)], ["ready", "not executable"])):
            self.service["spec"].update(restart=restart, ready=ready)
            self.api.put("localservices", self.service)
            found = self.found(status=1 if says else 0)
            self.assertEqual([f["reason"] for f in found], ["RestartFailed"] if says else [], found)
            for words in says:
                self.assertIn(words, found[0]["message"])
        self.service["spec"].update(restart=[str(plain)])
        self.api.put("localservices", self.conditions(self.service, ("Degraded", "True", "RestartFailed", "exit code 3")))
        self.assertEqual([f["message"] for f in self.found("-t", "localservice/meme-app")], ["exit code 3"])
        self.api.put("localservices", {"metadata": {"name": "other"}, "spec": {"restart": ["/none"], "containers": []}})
        self.assertEqual([f["message"] for f in self.found("-t", "localservice/meme-app")], ["exit code 3"])

    def test_shared_environment_file(self):
        """Both services are refused with the same words, which are told once."""
        refused = ("Accepted", "False", "FieldInvalid", "LocalServices default/meme-app and default/other name the same envFile /run/a")
        self.api.put("localservices", self.conditions(self.service, refused))
        self.api.put("localservices", self.conditions({"metadata": {"name": "other"}, "spec": {"containers": []}}, refused))
        self.assertEqual([f["message"] for f in self.found()], [refused[3]])

    def test_brokers(self):
        """Somebody must listen where the config, or its parent, says; a config that nobody uses does not count."""
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]  # bound and not listening: refused
        used = {"metadata": {"name": "base-config", "namespace": "mirrord"}, "spec": {"parent": "cluster"}}
        parent = {"metadata": {"name": "cluster", "namespace": "mirrord"}, "spec": {"properties": [{"name": "bootstrap.servers", "value": f"127.0.0.1:{port}"}]}}
        self.api.put("mirrordkafkaclientconfigs", used)
        self.api.put("mirrordkafkaclientconfigs", parent)
        found = self.found()
        self.assertEqual([(f["subject"], f["reason"]) for f in found], [("brokers of client config base-config", "BrokerUnreachable")])
        self.assertIn(f"127.0.0.1:{port}: Connection refused", found[0]["message"])
        listener.listen()
        for servers in (f"127.0.0.1:{port}", f"PLAINTEXT://localhost:{port}", f"[::1]:1, 127.0.0.1:{port}"):
            parent["spec"]["properties"][0]["value"] = servers
            self.api.put("mirrordkafkaclientconfigs", parent)
            self.assertEqual(self.found(status=0), [], servers)
        parent["spec"]["properties"][0]["value"] = "no-such-host.invalid:9092"
        self.api.put("mirrordkafkaclientconfigs", parent)
        self.assertEqual(self.problems(), {"BrokerUnreachable"})
        used["spec"]["loadFromSecret"] = "mirrord/kafka"
        self.api.put("mirrordkafkaclientconfigs", used)
        self.assertEqual(self.found(status=0), [])

    def test_state(self):
        """A stuck drain, a failed session, a worker's condition: each with its next step."""
        self.api.put("splitsessions", session("alice-1", phase="Failed", conditions=[
            {"type": "Ready", "status": "False", "reason": "FilterInvalid", "message": "author", "nextStep": "Correct the pattern."}]))
        self.api.put("queuesplits", split("split-1", phase="Draining", waitsFor="12 messages", conditions=[
            {"type": "Degraded", "status": "True", "reason": "WorkerCrashed", "message": "signal 9"},
            {"type": "Ready", "status": "True", "reason": "Accepted", "message": ""}]))
        found = [f for f in self.found() if f["level"] == "problem"]
        self.assertEqual({f["reason"] for f in found}, {"FilterInvalid", "WorkerCrashed", "LeftoversKept"})
        self.assertTrue(all(f["nextStep"] for f in found), found)
        self.assertIn("12 messages", json.dumps(found))

    def test_causes_and_their_next_steps(self):
        """Wrong credentials, a paused rollout, a worker that crashed a moment ago and lives again: each is told with what to do."""
        self.api.put("splitsessions", session("alice-1", conditions=[
            {"type": "Routed", "status": "False", "reason": "TargetPaused", "message": "Deployment meme-app is paused"}]))
        now, old = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago_s)) for ago_s in (30, 3600))
        words = {"incarnation": 3, "at": now, "reason": "WorkerCrashed", "message": "the worker was ended by signal 6 (SIGABRT)", "log": ["one", "check failed"]}
        self.api.put("queuesplits", split("split-1", lastWords=words, conditions=[
            {"type": "Degraded", "status": "True", "reason": "BrokerAuthentication", "message": "the broker refuses the user"}]))
        found = {f["reason"]: f for f in self.found() if f["level"] == "problem"}
        self.assertEqual(set(found), {"TargetPaused", "BrokerAuthentication", "WorkerCrashed"})
        self.assertIn("Resume", found["TargetPaused"]["nextStep"])
        self.assertIn("credentials", found["BrokerAuthentication"]["nextStep"])
        self.assertIn("SIGABRT", found["WorkerCrashed"]["message"])
        self.assertIn("its last line: check failed", found["WorkerCrashed"]["message"])
        self.api.put("queuesplits", split("split-1", lastWords={**words, "at": old}))
        self.assertNotIn("WorkerCrashed", {f["reason"] for f in self.found()})

    def look(self, **over):
        """check with what a look at messages tells of a session that got nothing."""
        document = session("alice-1")
        document["metadata"]["uid"] = "uid-1"
        self.api.put("splitsessions", document)
        self.api.put("queuesplits", split("split-1", sessions=[{"name": "alice-1", "uid": "uid-1"}]))
        self.api.raw["/sluice/v1/figures"] = (200, json.dumps({"splits": []}).encode())
        filters = [{"name": "author", "pattern": "^me$", "matches": over.pop("matches", 0), "differs": over.pop("differs", 0), "absent": over.pop("absent", 0), "failed": 0}]
        line = {"type": "over", "skipped": 0, "passed": over["examined"], "headers": [], "matched": 0, "filters": filters, **over}
        self.api.raw["/sluice/v1/try/split-1"] = (200, json.dumps(line).encode() + b"\n")
        return [(f["level"], f["reason"], f["message"]) for f in self.found(status=None) if f["subject"].startswith("session")]

    def test_a_filter_that_never_matches(self):
        """Where no message has the header it is a problem, with the names that there are; where values differ a note."""
        headers = [{"name": "tenant", "messages": 2}, {"name": "Author", "messages": 3}]
        (found,) = self.look(examined=7, absent=7, headers=headers)
        self.assertEqual(found, ("problem", "FilterMatchesNothing", "7 messages passed, and none had header 'author'; there is 'Author', and names are compared exactly"))
        (found,) = self.look(examined=7, absent=7, headers=headers[:1])
        self.assertEqual(found, ("problem", "FilterMatchesNothing", "7 messages passed, and none had header 'author'; headers seen: tenant"))
        (found,) = self.look(examined=7, absent=2, differs=5)
        self.assertEqual(found[:2], ("note", "FilterMatchesNothing"))
        self.assertEqual(self.look(examined=7, matches=7, matched=7), [])
        (found,) = self.look(examined=0)
        self.assertEqual(found[0], "note")

    def test_one_failure_of_many_sessions(self):
        """Tries of the same thing are one problem; another reason or target is another one. The newest counts."""
        def fail(name, message, target="meme-app", ago_s=60):
            since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago_s))
            document = session(name, phase="Failed", conditions=[
                {"type": "Ready", "status": "False", "reason": "FilterInvalid", "message": message, "lastTransitionTime": since}])
            self.api.put("splitsessions", {**document, "spec": {**document["spec"], "target": {**TARGET, "name": target}}})
        fail("a-1", "author", ago_s=600)
        fail("a-2", "author")
        fail("a-3", "author")
        fail("b-1", "level")
        fail("c-1", "author", target="other")
        found = [(f["level"], f["subject"], f["message"]) for f in self.found()]
        self.assertEqual(found, [("problem", "session default/a-1 and 2 more", "author"), ("problem", "session default/b-1", "level"),
                                 ("problem", "session default/c-1", "author")])

    def test_troubles(self):
        """What a worker complains of counts by its own name, once; what passes by itself is a note."""
        self.api.put("queuesplits", split("split-1", conditions=[
            {"type": "Ready", "status": "True", "reason": "Ready", "message": "messages are routed"},
            {"type": "Degraded", "status": "True", "reason": "BrokerUnreachable", "message": "no broker"},
            {"type": "BrokerUnreachable", "status": "True", "reason": "BrokerUnreachable", "message": "no broker"},
            {"type": "OffsetsNotCommitted", "status": "True", "reason": "OffsetsNotCommitted", "message": "group g"},
            {"type": "PositionLost", "status": "True", "reason": "PositionLost", "message": "5 to 7"}]))
        self.assertEqual([(f["level"], f["reason"]) for f in self.found()],
                         [("problem", "BrokerUnreachable"), ("problem", "OffsetsNotCommitted"), ("note", "PositionLost")])

    def test_on_its_way(self):
        """A split that is being undone is told by its phase alone."""
        ready = {"type": "Ready", "status": "False", "reason": "NotReady", "message": "Restoring"}
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.api.put("queuesplits", split("split-1", phase="Restoring", waitsFor="the service to be ready", since=now, conditions=[ready]))
        self.assertEqual([f["message"] for f in self.found(status=0)], ["is Restoring, waiting for the service to be ready"])

    def test_failed_in_the_past(self):
        """A failure is a problem while it is new, and a note once it is old or a later session of the target is Ready."""
        def fail(ago_s, name="alice-1"):
            since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago_s))
            self.api.put("splitsessions", session(name, phase="Failed", conditions=[
                {"type": "Ready", "status": "False", "reason": "TopicNotFound", "message": "no topic", "lastTransitionTime": since}]))
        fail(600)
        self.assertEqual([f["level"] for f in self.found(status=0)], ["note"])
        fail(60)
        self.assertEqual(self.problems(), {"TopicNotFound"})
        later = session("alice-2")
        later["metadata"]["creationTimestamp"] = "2026-01-02T03:05:05Z"
        later["spec"]["target"] = {**TARGET, "name": "other"}
        self.api.put("splitsessions", later)
        self.assertEqual(self.problems(), {"TopicNotFound"})
        later["spec"]["target"] = TARGET
        self.api.put("splitsessions", later)
        self.assertEqual([f["level"] for f in self.found(status=0)], ["note"])

    def test_unreachable(self):
        self.api.stop()
        result = self.sluice("check")
        self.assertEqual(result.returncode, 69)
        self.assertIn("problem", result.stdout)


if __name__ == "__main__":
    assert unittest
    main()
