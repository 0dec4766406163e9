"""`sluice status`, `kill`, `logs`, and how the supervisor's socket is found."""
import json
import os
import re
import socket
import time
import unittest

from documents import session, split
from fake_api import FakeApi
from rig import Case, main


class Status(Case):
    def setUp(self):
        super().setUp()
        self.api.put("splitsessions", session("alice-1"))
        self.api.put("splitsessions", session("bob-2", namespace="team", phase="Pending", waitsFor="pod 1 of 2"))
        self.api.put("queuesplits", split("split-1", waitsFor="nothing"))

    def test_tables(self):
        out = self.sluice("status").stdout
        self.assertRegex(out, r"SESSION +OWNER +TARGET +QUEUES +PHASE +AGE +WAITS FOR")
        self.assertRegex(out, r"alice-1 +alice@laptop +Deployment/meme-app +views-topic \(author=\^me\$\) +Ready +\d+d")
        self.assertRegex(out, r"split-1 +Deployment/meme-app +views \(views-topic\) +Active +1 +- +\d+d +nothing")
        self.assertNotIn("bob-2", out)
        self.assertNotIn("\033", out)

    def test_failed(self):
        """A failed one shows its reason."""
        self.api.put("splitsessions", session("dave-4", phase="Failed", conditions=[{"type": "Ready", "status": "False", "reason": "QueueNotFound", "message": "x"}]))
        self.assertRegex(self.sluice("status").stdout, r"dave-4 .* Failed +\d+d +QueueNotFound")

    def test_degraded(self):
        """The overview says that something is wrong, and what; what passes by itself is for the detail."""
        passing = {"type": "SpecChanged", "status": "True", "reason": "SpecChanged", "message": "x"}
        degraded = {"type": "Degraded", "status": "True", "reason": "BrokerUnreachable", "message": "no broker"}
        filters = {"type": "FilterHealthy", "status": "False", "reason": "FilterLimit", "message": "author"}
        self.api.put("queuesplits", split("split-1", conditions=[passing]))
        self.assertRegex(self.sluice("status").stdout, r"split-1 .* Active +1 +- +\d+d +-\n")
        self.api.put("queuesplits", split("split-1", conditions=[passing, degraded]))
        self.api.put("splitsessions", session("alice-1", conditions=[filters]))
        out = self.sluice("status").stdout
        self.assertRegex(out, r"split-1 .* Active, degraded +1 +- +\d+d +BrokerUnreachable\n")
        self.assertRegex(out, r"alice-1 .* Ready +\d+d +FilterLimit\n")
        self.api.put("queuesplits", split("split-1", phase="Draining", waitsFor="12 messages", conditions=[degraded]))
        self.assertRegex(self.sluice("status").stdout, r"Draining, degraded +1 +- +\d+d +12 messages\n")

    def test_all_namespaces(self):
        out = self.sluice("status", "-A").stdout
        self.assertRegex(out, r"team +bob-2 .* Pending .* pod 1 of 2")
        self.assertIn("bob-2", self.sluice("status", "-n", "team").stdout)

    def test_rates(self):
        """As the supervisor tells them; a dash without. In detail each counter says what it counts."""
        def figures(**more):
            row = {"namespace": "default", "name": "split-1", "received": 1000, "delivered": 7, "inFlight": 3, **more}
            self.api.raw["/sluice/v1/figures"] = 200, json.dumps({"splits": [row]}).encode()
        figures()
        self.assertRegex(self.sluice("status").stdout, r"Active +1 +- ")
        figures(perSecond={"received": 40.25, "delivered": 0})
        self.assertRegex(self.sluice("status").stdout, r"Active +1 +40\.2/s ")
        out = self.sluice("status", "split-1").stdout
        self.assertIn("  received: 1000, 40.2/s, taken from the queue\n  delivered: 7, 0.0/s, of those to a session that steals", out)
        self.assertIn("  inFlight: 3, being written now\n", out)

    def test_crash(self):
        """A supervisor that came after a crash says so for an hour; one that was stopped in order does not."""
        def status(end, ago_s):
            started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago_s))
            run = {"startedAt": started, "previousEnd": end}
            self.api.raw = {"/sluice/v1/figures": (200, json.dumps({"supervisor": run, "splits": []}).encode())}
            return started, self.sluice("status").stdout
        started, out = status("Crashed", 60)
        self.assertIn(f"did not stop in order; this one runs since {started}", out)
        for end, ago_s in (("Stopped", 60), ("None", 60), ("Crashed", 2 * 3600)):
            self.assertNotIn("did not stop in order", status(end, ago_s)[1])

    def test_state_error(self):
        def status(run):
            self.api.raw = {"/sluice/v1/figures": (200, json.dumps({"supervisor": run, "splits": []}).encode())}
            return self.sluice("status").stdout
        self.assertIn("cannot write its state: No space left on device (StateUnwritable)", status({"stateError": "No space left on device"}))
        self.assertNotIn("state", status({}))

    def test_detail(self):
        ready = session("alice-1")
        ready["status"]["conditions"] = [{"type": "FilterHealthy", "status": "False", "reason": "FilterLimit", "message": "author"}]
        self.api.put("splitsessions", ready)
        out = self.sluice("status", "alice-1").stdout
        for words in ("SplitSession default/alice-1", "target: Deployment/meme-app", "phase: Ready", "owner: alice@laptop",
                      "views-topic (Kafka, steal): author=^me$", "views-topic: views -> mirrord-tmp-123-views", "KAFKA_TOPIC_NAME",
                      "FilterHealthy False FilterLimit: author", "next: Write a simpler pattern"):
            self.assertIn(words, out)
        out = self.sluice("status", "split-1").stdout
        for words in ("QueueSplit default/split-1", "queue: Kafka views, group meme-group", "mirrord-tmp-1-fallback-views (fallback)", "alice-1"):
            self.assertIn(words, out)

    def test_filters_that_fail(self):
        """Its owner sees how often his filters could not be applied, over all splits of his session (C-7)."""
        one = session("alice-1")
        one["metadata"]["uid"] = "u1"
        self.api.put("splitsessions", one)
        def told(*counts):
            splits = [{"name": f"s{i}", "sessions": [{"uid": "u1", "filterErrors": n}, {"uid": "u2", "filterErrors": 7}]} for i, n in enumerate(counts)]
            self.api.raw = {"/sluice/v1/figures": (200, json.dumps({"splits": splits}).encode())}
            return self.sluice("status", "alice-1").stdout
        self.assertIn("filterErrors: 5, filters that could not be applied", told(2, 3))
        self.assertNotIn("filterErrors", told(0, 0))

    def test_workers(self):
        """Which process it is, and which routes it has in force; nothing is made up."""
        workers = [{"incarnation": 2, "state": "Live", "pid": 4711, "generation": 9, "lastEnd": "killed by signal 9"},
                   {"incarnation": 1, "state": "Starting"}]
        self.api.put("queuesplits", split("split-1", workers=workers))
        out = self.sluice("status", "split-1").stdout
        self.assertIn("  incarnation 2, Live, pid 4711, generation 9; it ended before: killed by signal 9\n", out)
        self.assertIn("  incarnation 1, Starting\n", out)

    def test_last_words(self):
        """How a worker ended that nobody had stopped, with the end of its log; what is in there cannot move the cursor."""
        words = {"incarnation": 3, "at": "2026-01-02T03:04:05Z", "reason": "WorkerCrashed", "message": "the worker was ended by signal 6 (SIGABRT)",
                 "log": ["one", "two \u001b[2J"]}
        self.api.put("queuesplits", split("split-1", lastWords=words))
        out = self.sluice("status", "split-1").stdout
        self.assertIn("last words of incarnation 3, 2026-01-02T03:04:05Z: the worker was ended by signal 6 (SIGABRT)\n  | one\n  | two ?[2J\n", out)

    def test_what_is_left_to_drain(self):
        """C-3: how many messages a waiting split waits for."""
        self.api.put("queuesplits", split("split-1", phase="Draining", waitsFor="the application", remaining=242))
        self.assertIn("waits for: the application\nleft in the fallback: 242 messages\n", self.sluice("status", "split-1").stdout)

    def test_a_queue_that_is_not_split(self):
        queues = [{"id": "other", "type": "Kafka", "original": "o", "temporary": "t", "reason": "TopicNotFound", "message": "there is none"}]
        self.api.put("splitsessions", session("alice-1", queues=queues))
        self.assertIn("  other: not split (TopicNotFound: there is none); its variables lead", self.sluice("status", "alice-1").stdout)

    def test_ended_sessions(self):
        """How they ended; only the others count."""
        sessions = [{"name": "alice-1", "owner": "alice"}, {"name": "bob-2", "owner": "bob", "endReason": "Killed"}]
        self.api.put("queuesplits", split("split-1", sessions=sessions))
        out = self.sluice("status", "split-1").stdout
        self.assertIn("  alice-1 alice\n  bob-2 bob, ended: Killed\n", out)
        self.assertRegex(self.sluice("status").stdout, r"split-1 .* Active +1 ")

    def test_a_condition_without_a_reason_of_its_own(self):
        conditions = [{"type": "Ready", "status": "True", "reason": "Ready", "message": "messages are routed"},
                      {"type": "Draining", "status": "False", "reason": "Draining", "message": ""},
                      {"type": "OffsetsNotCommitted", "status": "True", "reason": "OffsetsNotCommitted", "message": "group g"}]
        self.api.put("queuesplits", split("split-1", conditions=conditions))
        out = self.sluice("status", "split-1").stdout
        self.assertIn("  Ready True: messages are routed\n", out)
        self.assertIn("  Draining False\n", out)
        self.assertIn("  OffsetsNotCommitted True: group g\n    next: Let the application commit", out)

    def input(self, plural, kind, name, reason, message="", namespace="default", accepted="True", **more):
        conditions = [{"type": "Accepted", "status": accepted, "reason": reason, "message": message}]
        document = {"kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": {"secret": "hunter2"},
                    "status": {"conditions": conditions + more.get("conditions", [])}}
        self.api.put(plural, document)

    def test_resources(self):
        """Those that are refused, or of which something has no effect; also in other namespaces' client configs."""
        self.assertNotIn("RESOURCE", self.sluice("status").stdout)
        self.input("localservices", "LocalService", "meme-app", "Accepted")
        self.assertNotIn("RESOURCE", self.sluice("status").stdout)
        changed = {"type": "SpecChanged", "status": "True", "reason": "SpecChanged", "message": "from the next on"}
        self.input("mirrordkafkatopicsconsumers", "MirrordKafkaTopicsConsumer", "topics", "NameSourceEmpty", "variable X is absent",
                   accepted="False", conditions=[changed])
        self.input("mirrordkafkaclientconfigs", "MirrordKafkaClientConfig", "base", "PropertyIgnored", "without effect: linger.ms", "mirrord")
        broken = {"type": "Degraded", "status": "True", "reason": "RestartFailed", "message": "exit code 1"}
        self.input("localservices", "LocalService", "other-app", "Accepted", conditions=[broken])
        out = self.sluice("status").stdout
        self.assertRegex(out, r"RESOURCE +STATE +REASON +MESSAGE")
        self.assertRegex(out, r"MirrordKafkaTopicsConsumer default/topics +refused +NameSourceEmpty +variable X is absent")
        self.assertRegex(out, r"MirrordKafkaTopicsConsumer default/topics +accepted +SpecChanged +from the next on")
        self.assertRegex(out, r"MirrordKafkaClientConfig mirrord/base +accepted +PropertyIgnored +without effect: linger.ms")
        self.assertRegex(out, r"LocalService default/other-app +degraded +RestartFailed +exit code 1")
        self.assertNotIn("LocalService default/meme-app", out)
        out = self.sluice("status", "-n", "team").stdout
        self.assertIn("mirrord/base", out)
        self.assertNotIn("default/topics", out)

    def test_one_resource(self):
        self.input("mirrordkafkatopicsconsumers", "MirrordKafkaTopicsConsumer", "topics", "NameSourceEmpty", "variable X is absent", accepted="False")
        out = self.sluice("status", "topics").stdout
        self.assertIn("MirrordKafkaTopicsConsumer default/topics\nconditions:\n  Accepted False NameSourceEmpty: variable X is absent\n", out)
        self.assertIn("next: Set the variable", out)

    def test_resources_as_json_hold_no_secrets(self):
        """S-4: a client config may hold a password."""
        self.input("mirrordkafkaclientconfigs", "MirrordKafkaClientConfig", "base", "Accepted", namespace="mirrord")
        for arguments in (["status", "-o", "json"], ["status", "base", "-o", "json"], ["status", "base"]):
            out = self.sluice(*arguments).stdout
            self.assertIn("Accepted", out)
            self.assertNotIn("hunter2", out)
        document = json.loads(self.sluice("status", "-o", "json").stdout)
        self.assertEqual([i["metadata"]["name"] for i in document["inputs"]], ["base"])

    def test_not_found(self):
        result = self.sluice("status", "nobody")
        self.assertEqual(result.returncode, 66)
        self.assertIn("nobody", result.stderr)

    def test_json(self):
        document = json.loads(self.sluice("status", "-A", "-o", "json").stdout)
        self.assertEqual([s["metadata"]["name"] for s in document["sessions"]], ["alice-1", "bob-2"])
        self.assertEqual(document["splits"][0]["spec"]["queue"]["name"], "views")
        self.assertEqual(json.loads(self.sluice("status", "split-1", "-o", "json").stdout)["metadata"]["name"], "split-1")

    def test_watch(self):
        """Live: a new session shows up."""
        process = self.start("status", "--watch")
        seen = []

        def read_until(words):
            while words not in (seen[-1:] or [""])[0]:
                line = process.stdout.readline()
                self.assertTrue(line, seen)
                seen.append(line)
        read_until("alice-1")
        self.api.put("splitsessions", session("carol-3"))
        read_until("carol-3")

    def test_watch_goes_on(self):
        """A server that fails for a while, or is away, is said so and waited for; one that forbids it is not."""
        process = self.start("status", "--watch")

        def read_until(stream, words):
            seen = []
            while words not in "".join(seen[-1:]):
                seen.append(stream.readline())
                self.assertTrue(seen[-1], seen)
        read_until(process.stdout, "alice-1")
        self.api.allow = lambda headers: (500, "InternalError", "etcdserver: leader changed")
        read_until(process.stderr, "leader changed")
        self.api.stop()
        self.api.allow = lambda headers: None
        self.api.start()
        self.api.put("splitsessions", session("carol-3"))
        read_until(process.stdout, "carol-3")
        self.api.allow = lambda headers: (403, "Forbidden", "not any more")
        read_until(process.stderr, "not any more")
        self.assertEqual(process.wait(15), 77)

    def test_hostile_text(self):
        """S-11: what others wrote cannot move the cursor."""
        hostile = session("alice-1")
        hostile["spec"]["queues"][0]["messageFilter"] = {"a\u001b[2J": "\u0007\u009b31m"}
        hostile["status"]["waitsFor"] = "\u001b]0;title\u0007"
        self.api.put("splitsessions", hostile)
        for arguments in (["status"], ["status", "alice-1"], ["check"]):
            out = self.sluice(*arguments).stdout
            self.assertIsNone(re.search("[\u0000-\u0009\u000b-\u001f\u007f-\u009f]", out), repr(out))


class Kill(Case):
    def setUp(self):
        super().setUp()
        self.api.put("splitsessions", session("alice-1"))
        self.api.put("splitsessions", session("bob-2"))
        self.api.put("splitsessions", session("over-3", phase="Ended"))
        self.api.put("splitsessions", session("team-4", namespace="team"))

    def names(self):
        return sorted(s["metadata"]["name"] for s in self.api.sessions())

    def test_one(self):
        self.assertEqual(self.sluice("kill", "alice-1").returncode, 0)
        self.assertEqual(self.names(), ["bob-2", "over-3", "team-4"])
        self.assertEqual(self.requests("PATCH"), [], "not marked as finished: it was killed")

    def test_all(self):
        self.assertEqual(self.sluice("kill", "--all").returncode, 0)
        self.assertEqual(self.names(), ["over-3", "team-4"])
        self.assertEqual(self.sluice("kill", "--all", "-A").returncode, 0)
        self.assertEqual(self.names(), ["over-3"])

    def test_all_while_one_ends_by_itself(self):
        """What is gone when its turn comes has ended, which is what was asked for."""
        self.api.vanish = "alice-1"
        result = self.sluice("kill", "--all", "-o", "json")
        self.assertEqual((result.returncode, json.loads(result.stdout)), (0, {"ended": ["alice-1", "bob-2"], "failed": []}))

    def test_not_found(self):
        result = self.sluice("kill", "nobody", "bob-2", "-o", "json")
        self.assertEqual(result.returncode, 66)
        report = json.loads(result.stdout)
        self.assertEqual((report["ended"], report["failed"][0]["name"]), (["bob-2"], "nobody"))

    def test_usage(self):
        for arguments in (["kill"], ["kill", "--all", "x"], ["kill", "-A", "x"]):
            self.assertEqual(self.sluice(*arguments).returncode, 64)
        self.assertEqual(len(self.names()), 4)

    def test_names_that_are_too_long(self):
        for arguments in (["kill", 9000 * "x"], ["kill", "bob-2", "-n", 254 * "x"], ["status", 254 * "x"]):
            result = self.sluice(*arguments)
            self.assertEqual((result.returncode, "a name has at most 253 bytes" in result.stderr), (64, True), result.stderr)
        self.assertEqual(self.sluice("kill", 253 * "x").returncode, 66)


class Logs(Case):
    def setUp(self):
        super().setUp()
        self.api.put("queuesplits", split("split-1"))
        self.api.raw["/sluice/v1/logs/split-1"] = (200, b"one\ntwo\nhalf")

    def test_only_split(self):
        self.assertEqual(self.sluice("logs").stdout, "one\ntwo\nhalf\n")
        self.assertEqual(self.sluice("logs", "split-1", "-f").stdout, "one\ntwo\nhalf\n")
        self.assertIn("/sluice/v1/logs/split-1?follow=1", [r[1] for r in self.requests("GET")])

    def test_json(self):
        lines = [json.loads(line) for line in self.sluice("logs", "-o", "json").stdout.splitlines()]
        self.assertEqual(lines, [{"split": "split-1", "line": text} for text in ("one", "two", "half")])

    def test_choice(self):
        self.api.put("queuesplits", split("split-2"))
        result = self.sluice("logs")
        self.assertEqual(result.returncode, 64)
        self.assertIn("split-1 (views)", result.stderr)
        self.assertIn("split-2 (views)", result.stderr)

    def test_not_found(self):
        self.assertEqual(self.sluice("logs", "split-9").returncode, 66)


class Find(Case):
    def folder_of(self, *parts):
        path = self.folder.joinpath(*parts)
        path.mkdir(parents=True)
        return path

    def test_only_one(self):
        """--socket, SLUICE_SOCKET, else the only one there is; several are listed; none says how to start one."""
        result = self.sluice("status", SLUICE_SOCKET=None)
        self.assertEqual(result.returncode, 69)
        self.assertIn("sluice-supervisor --standalone DIR", result.stderr)
        first = FakeApi(self.folder_of(f"sluice-{os.getuid()}", "aa") / "api.sock").start()
        self.addCleanup(first.stop)
        self.assertEqual(self.sluice("status", SLUICE_SOCKET=None).returncode, 0)
        # One that nobody listens at does not count beside one that answers.
        dead = socket.socket(socket.AF_UNIX)
        dead.bind(str(self.folder_of(f"sluice-{os.getuid()}", "bb") / "api.sock"))
        dead.close()
        self.assertEqual(self.sluice("status", SLUICE_SOCKET=None).returncode, 0)
        second = FakeApi(self.folder_of(f"sluice-{os.getuid()}", "cc") / "api.sock").start()
        self.addCleanup(second.stop)
        result = self.sluice("status", SLUICE_SOCKET=None)
        self.assertEqual(result.returncode, 64)
        self.assertIn("aa/api.sock", result.stderr)
        self.assertIn("cc/api.sock", result.stderr)
        self.assertNotIn("bb/api.sock", result.stderr)
        self.assertEqual(self.sluice("status", "--socket", str(second.path), SLUICE_SOCKET=None).returncode, 0)

    def test_runtime_directory(self):
        api = FakeApi(self.folder_of("rt") / "api.sock").start()
        self.addCleanup(api.stop)
        self.assertEqual(self.sluice("status", SLUICE_SOCKET=None, RUNTIME_DIRECTORY=self.folder / "rt").returncode, 0)

    def test_nobody_there(self):
        """Which socket it was, and what to do, for one that is not there and for one that nobody listens at."""
        dead = socket.socket(socket.AF_UNIX)
        dead.bind(str(self.folder / "dead.sock"))
        dead.close()
        for path, words in ((self.folder / "none.sock", "No such file"), (self.folder / "dead.sock", "refused")):
            for command in ("status", "check", "kill x"):
                result = self.sluice("--socket", str(path), *command.split())
                said = result.stdout + result.stderr
                self.assertEqual(result.returncode, 69, said)
                self.assertRegex(said, f"{path}: .*{words}.* \\(SupervisorUnreachable\\)\n +next: See that the supervisor runs")

    def test_foreign_folder(self):
        """S-14: below /tmp and the like a folder that is not ours counts for nothing; nor does a link to one."""
        api = FakeApi(self.folder_of("elsewhere", "aa") / "api.sock").start()
        self.addCleanup(api.stop)
        (self.folder / f"sluice-{os.getuid()}").symlink_to(self.folder / "elsewhere")
        self.assertEqual(self.sluice("status", SLUICE_SOCKET=None).returncode, 69)

    def test_help(self):
        """--help of each command has examples; the main one the exit statuses."""
        for command in ("run", "status", "kill", "logs", "check"):
            result = self.sluice(command, "--help")
            self.assertEqual(result.returncode, 0)
            self.assertIn(f"  sluice {command}", result.stdout[result.stdout.index("Examples:"):])
        out = self.sluice("--help").stdout
        for status in (64, 65, 66, 69, 73, 75, 126, 127):
            self.assertRegex(out, rf"\n  {status}\t")
        self.assertIn("sluice ", self.sluice("--version").stdout)


if __name__ == "__main__":
    assert unittest
    main()
