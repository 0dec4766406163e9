"""`sluice run`: the session's life, as its API server sees it, and what CMD gets."""
import json
import os
import re
import signal
import stat
import sys
import unittest

from rig import CLIENT_FILE, READY, Case, main

UP = "import os, pathlib, signal, sys, time; signal.signal(signal.SIGUSR1, lambda *_: None); pathlib.Path('up').touch(); "


class Asked(Case):
    def test_document(self):
        """The SplitSession is made of file and options; -t goes before the file, --filter adds."""
        file = self.client_file()
        process = self.start("run", "-f", file, "-t", "localservice/other", "-n", "team", "--filter", "views-topic:level=^a=b:c$", "--filter",
                             "orders:x=y", "--mode", "mirror", "--key", "k1", "--", "true")
        document = self.api.session()
        self.assertEqual(document["metadata"]["namespace"], "team")
        self.assertRegex(document["metadata"]["name"], r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?-[0-9a-f]{8}$")
        spec = document["spec"]
        self.assertEqual(spec["target"], {"apiVersion": "sluice.dev/v1alpha1", "kind": "LocalService", "name": "other"})
        self.assertEqual(spec["key"], "k1")
        self.assertTrue(spec["owner"]["username"])
        self.assertEqual(spec["queues"], [
            {"id": "views-topic", "type": "Kafka", "messageFilter": {"author": "^me$", "source": "^my-session-", "level": "^a=b:c$"}, "mode": "mirror"},
            {"id": "orders", "type": "Kafka", "messageFilter": {"x": "y"}, "mode": "mirror"}])
        self.assertEqual(self.end(process, signal.SIGTERM)[0], 128 + signal.SIGTERM)

    def test_default_file(self):
        (self.folder / ".mirrord").mkdir()
        (self.folder / ".mirrord" / "mirrord.json").write_text(CLIENT_FILE)
        process = self.start("run", "--", "true")
        self.assertEqual(self.api.session()["spec"]["target"]["container"], "main")
        self.end(process, signal.SIGTERM)

    def test_wrong_options(self):
        for arguments, words in ((["run", "-t", "deployment/x", "--", "true"], "nothing to split"),
                                 (["run", "--filter", "q:a=b", "--", "true"], "no target"),
                                 (["run", "-t", "deployment/x", "--filter", "q", "--", "true"], "QUEUE:NAME=REGEX"),
                                 (["run", "-t", "deployment/x", "--filter", "q:a=^x$", "--filter", "q:a=^y$", "--", "true"], "header 'a' of queue 'q' is given twice"),
                                 (["run", "-t", "deployment/x", "--filter", "q:a=b", "--mode", "x", "--", "true"], "steal, mirror"),
                                 (["run", "-t", "deployment/x", "--filter", "q:a=b"], "no command"),
                                 (["run", "--nonsense"], "unrecognized option"), (["frobnicate"], "no command")):
            result = self.sluice(*arguments)
            self.assertEqual(result.returncode, 64, arguments)
            self.assertIn(words, result.stderr.replace("is no command", "no command"))
        self.assertEqual(self.requests("POST"), [])

    def test_not_utf8(self):
        """What a session would hold as something else than what was written is refused (S-11)."""
        for option, value in (("--filter", b"q:id=\xff\xfe"), ("--key", b"\xff"), ("-n", b"\xc0\x80"), ("-t", b"deployment/\xed\xa0\x80")):
            given = {"-t": b"deployment/x", "--filter": b"q:a=b", option: value}
            result = self.sluice("run", *[word for pair in given.items() for word in pair], "--", "true")
            self.assertEqual(result.returncode, 64, result.stderr)
            self.assertIn("is not UTF-8", result.stderr)
        self.assertEqual(self.requests("POST"), [])

    def test_client_file_error(self):
        result = self.sluice("run", "-f", self.client_file('{"target": "deployment/x",\n "feature": {"split_queues":\n {"q": {"queue_typ": "Kafka"}}}}'), "--",
                             "true")
        self.assertEqual(result.returncode, 65)
        self.assertIn("mirrord.json:3: feature.split_queues.q.queue_typ:", result.stderr)

    def test_made_perhaps(self):
        """A server in trouble may have made the session or not: it is asked for again by its name, not left behind."""
        self.api.refuse_create = (504, "Timeout", "etcd did not answer")
        process = self.run_session("true")
        self.hear(process, "etcd did not answer; trying on")
        self.api.refuse_create = None
        self.api.session()
        self.api.set_status(READY)
        self.assertEqual(self.end(process)[0], 0)
        self.assertEqual(len({body["metadata"]["name"] for _, _, body in self.requests("POST")}), 1)

    def test_refused(self):
        self.api.refuse_create = (422, "FilterInvalid", "author: missing closing parenthesis")
        process = self.run_session("true")
        status, _, said = self.end(process)
        self.assertEqual(status, 73)
        self.assertIn("missing closing parenthesis (FilterInvalid)", said)
        self.assertIn("next: Correct the pattern.", said)

    def test_not_permitted(self):
        self.api.refuse_create = (403, "Forbidden", "not yours")
        status, _, said = self.end(self.run_session("true"))
        self.assertEqual(status, 77)
        self.assertIn("not yours (NotPermitted)", said)


class SetUp(Case):
    def test_progress(self):
        """Each step with what it waits for, once; then the queues; conditions that warn."""
        process = self.run_session("true")
        self.api.session()
        for waits in ("worker to check topic views", "pod 1 of 2 of meme-app"):
            not_yet = {"type": "Routed", "status": "False", "reason": "Routed", "message": "an instance runs that is not patched"}
            self.api.set_status({"phase": "Pending", "waitsFor": waits, "conditions": [not_yet]})
            self.api.wait(lambda a: len(self.requests("PATCH")) >= 1, what="a renewal")
        ready = json.loads(json.dumps(READY))
        ready["conditions"].append({"type": "Routed", "status": "False", "reason": "RestartTimeout", "message": "pod b is not patched"})
        self.api.set_status(ready)
        status, _, said = self.end(process)
        self.assertEqual(status, 0)
        order = [said.index(text) for text in ("for Deployment default/meme-app", "waiting for worker to check topic views",
                                               "waiting for pod 1 of 2 of meme-app", "Routed: pod b is not patched (RestartTimeout)", "ready after",
                                               "views-topic (views, steal): author=^me$ -> mirrord-tmp-123-views", "running true", "ended")]
        self.assertEqual(order, sorted(order))
        self.assertEqual(said.count("waiting for pod 1 of 2"), 1)
        self.assertNotIn("\033", said)
        self.assertEqual(said.count("Routed"), 1, "while it waits nothing is routed to anybody")

    def test_every_queue(self):
        """"*" stands for each queue of its type that the run does not name by id."""
        process = self.start("run", "-t", "deployment/meme-app", "--filter", "*:author=^me$", "--filter", "b:level=^x$", "--mode", "mirror", "--", "true")
        self.api.session()
        queues = [{"id": i, "type": kind, "original": i, "temporary": "t"} for i, kind in (("a", "Kafka"), ("b", "Kafka"), ("c", "SQS"))]
        self.api.set_status({**READY, "queues": queues})
        said = self.end(process)[2]
        self.assertIn("a (a, mirror): author=^me$ -> t", said)
        self.assertIn("b (b, mirror): level=^x$ -> t", said)
        self.assertIn("c (c, steal): no messages: this run does not name it", said)

    def test_json_progress(self):
        process = self.run_session("true", options=["-o", "json"])
        self.api.session()
        self.api.set_status(READY)
        status, _, said = self.end(process)
        events = [json.loads(line)["event"] for line in said.splitlines()]
        self.assertEqual((status, events[0], events[-1]), (0, "asking", "ended"))
        self.assertIn("ready", events)

    def test_failed(self):
        process = self.run_session("touch", "started")
        self.api.session()
        self.api.set_status({"phase": "Failed", "conditions": [{"type": "Ready", "status": "False", "reason": "QueueNotFound", "message": "no queue x; there is y"}]})
        status, _, said = self.end(process)
        self.assertEqual(status, 73)
        self.assertIn("no queue x; there is y (QueueNotFound)", said)
        self.assertIn("next: Use one of the queue ids", said)
        self.assertFalse((self.folder / "started").exists())

    def trouble(self, phase, reason):
        """What keeps it from being Ready, as Ready tells it and under its own name."""
        self.api.set_status({"phase": phase, "waitsFor": "you may not send" if phase == "Pending" else "", "conditions": [
            {"type": "Ready", "status": "False", "reason": reason, "message": "you may not send"},
            {"type": "RightMissing", "status": "True", "reason": "RightMissing", "message": "you may not send"}]})

    def told(self, said):
        return [line for line in said.splitlines() if "you may not send" in line]

    def test_what_a_condition_says_is_no_step_too(self):
        process = self.run_session("true")
        self.api.session()
        self.trouble("Pending", "NotReady")
        said = self.hear(process, "RightMissing: you may not send (RightMissing)")
        self.trouble("Failed", "RightMissing")
        said += self.hear(process, "sluice: you may not send (RightMissing)")
        self.end(process)
        self.assertEqual(self.told(said), ["sluice: RightMissing: you may not send (RightMissing)", "sluice: you may not send (RightMissing)"])

    def test_a_refusal_is_told_once(self):
        process = self.run_session("true")
        self.api.session()
        self.trouble("Failed", "RightMissing")
        self.assertEqual(self.told(self.end(process)[2]), ["sluice: you may not send (RightMissing)"])

    def test_signal_in_set_up(self):
        """Ctrl-C before Ready ends the session, and CMD never starts."""
        process = self.run_session("touch", "started")
        self.api.session()
        status, _, said = self.end(process, signal.SIGINT)
        self.assertEqual(status, 128 + signal.SIGINT)
        self.assertEqual(self.annotations("sluice.dev/end"), ["Finished"])
        self.assertEqual(len(self.requests("DELETE")), 1)
        self.assertEqual(self.api.sessions(), [])
        self.assertFalse((self.folder / "started").exists())
        self.assertIn("ended", said)

    def test_renewed_while_pending(self):
        process = self.run_session("true")
        self.api.wait(lambda a: len(set(self.annotations("sluice.dev/renewed"))) >= 3, what="three renewals")
        self.end(process, signal.SIGTERM)
        renewed = self.annotations("sluice.dev/renewed")
        self.assertEqual(len(renewed), len(set(renewed)), "each value is another one")


class Command(Case):
    def test_status_and_environment(self):
        """CMD's exit status is its own, its output too; variables of status.env go over ours."""
        process = self.run_running(UP + "print(os.environ['KAFKA_TOPIC_NAME'], os.environ['HOME'], os.getcwd()); sys.exit(7)", KAFKA_TOPIC_NAME="views")
        status, out, said = self.end(process)
        self.assertEqual(status, 7)
        self.assertEqual(out, f"mirrord-tmp-123-views {self.folder} {self.folder}\n")
        self.assertEqual(self.annotations("sluice.dev/end"), ["Finished"])
        methods = [r[0] for r in self.api.requests if r[0] == "DELETE" or (r[0] == "PATCH" and "sluice.dev/end" in json.dumps(r[2]))]
        self.assertEqual(methods, ["PATCH", "DELETE"], "the end is marked before the deletion")
        self.assertNotIn("SECRET", said)

    def test_killed_by_signal(self):
        process = self.run_running(UP + "os.kill(os.getpid(), signal.SIGKILL)")
        self.assertEqual(self.end(process)[0], 128 + signal.SIGKILL)

    def test_not_found(self):
        """Told before a session is asked for, for which the application would be restarted."""
        plain = self.folder / "plain"
        plain.write_text("")
        for command, path, wanted in (("./no-such-command", None, 127), ("no-such-command", None, 127), ("", None, 127), (str(plain / "x"), None, 127),
                                      (str(self.folder), None, 126), (str(plain), None, 126), ("plain", f"/nowhere:{self.folder}", 126)):
            result = self.sluice("run", "-t", "deployment/meme-app", "--filter", "q:a=b", "--", command, **({"PATH": path} if path else {}))
            self.assertEqual(result.returncode, wanted, (command, result.stderr))
            self.assertIn("not found" if wanted == 127 else "Permission denied" if command != str(self.folder) else command, result.stderr)
        self.assertEqual(self.requests("POST"), [])

    def test_found_as_exec_does(self):
        """In PATH, where what may not be executed is passed over, or from the folder we are in."""
        for name, mode in (("first", 0o644), ("second", 0o755)):
            (self.folder / name).mkdir()
            (self.folder / name / "tool").write_text("#!/bin/sh\nexit 7\n")
            (self.folder / name / "tool").chmod(mode)
        path = f"{self.folder}/first::{self.folder}/second:{os.environ['PATH']}"
        for command in ("tool", "second/tool"):
            process = self.run_session(command, PATH=path)
            self.api.session()
            self.api.set_status(READY)
            self.assertEqual(self.end(process)[0], 7)

    def test_gone_meanwhile(self):
        """A program that goes away between the look and the start."""
        tool = self.folder / "tool"
        tool.write_text("#!/bin/sh\n")
        tool.chmod(0o755)
        process = self.run_session("./tool")
        self.api.session()
        tool.unlink()
        self.api.set_status(READY)
        status, _, said = self.end(process)
        self.assertEqual(status, 127, said)
        self.assertEqual(self.api.sessions(), [], "the session is ended")

    def test_forwarded_signals(self):
        """SIGTERM, SIGHUP and SIGINT sent to sluice alone reach CMD once; its status counts, and the session ends."""
        script = UP.replace("pathlib.Path('up').touch(); ", "") + """
got = []
def note(number, frame):
    got.append(number)
    signal.alarm(1)
def done(*_):
    print(got, flush=True)
    sys.exit(5)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, note)
signal.signal(signal.SIGALRM, done)
pathlib.Path('up').touch()
while True:
    signal.pause()
"""
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            process = self.run_running(script)
            status, out, _ = self.end(process, number)
            self.assertEqual((status, out), (5, f"[{int(number)}]\n"))
            self.assertEqual(self.api.sessions(), [])
            (self.folder / "up").unlink()

    def test_dies_with_us(self):
        """CMD does not outlive a killed sluice: without renewals its queue goes away under it."""
        process = self.run_running(UP + "pathlib.Path('pid').write_text(str(os.getpid())); pathlib.Path('pid-there').touch(); signal.pause(); signal.pause()")
        self.wait_file("pid-there", process)
        pid = int((self.folder / "pid").read_text())
        self.end(process, signal.SIGKILL)
        self.until(lambda: not alive(pid), "the end of CMD")

    def test_no_descriptor_of_ours(self):
        process = self.run_running(UP + "print(sorted(os.listdir('/proc/self/fd')))")
        self.assertEqual(self.end(process)[1], "['0', '1', '2', '3']\n", "3 is the folder that is listed")


class Supervisor(Case):
    def test_restart(self):
        """A supervisor that goes and comes does not end CMD; renewals go on, and the environment stays."""
        process = self.run_running(UP + "signal.pause()")
        self.api.stop()
        said = self.hear(process, "trying on")
        before = len(self.annotations("sluice.dev/renewed"))
        self.api.start()
        self.api.wait(lambda a: len(self.annotations("sluice.dev/renewed")) >= before + 3, what="renewals after the restart")
        said += self.hear(process, "answers again")
        os.kill(int(children(process.pid)[0]), signal.SIGUSR1)
        self.assertEqual(self.end(process)[0], 0, said)
        self.assertEqual(self.api.sessions(), [])

    def test_restart_in_set_up(self):
        process = self.run_session("true")
        self.api.session()
        self.api.stop()
        self.api.start()
        self.api.set_status(READY)
        self.assertEqual(self.end(process)[0], 0)

    def test_late(self):
        """One that is being started again when the session is asked for is waited for."""
        self.api.stop()
        process = self.run_session("true")
        self.api.start()
        self.api.session()
        self.api.set_status(READY)
        self.assertEqual(self.end(process)[0], 0)

    def test_never(self):
        self.api.stop()
        status, _, said = self.end(self.run_session("true"))
        self.assertEqual(status, 69)
        self.assertIn("does not answer", said)

    def test_end_while_away(self):
        """CMD's status is given also when the session cannot be ended; the supervisor ends it as unused."""
        process = self.run_running(UP + "signal.pause(); sys.exit(3)")
        self.api.stop()
        os.kill(int(children(process.pid)[0]), signal.SIGUSR1)
        status, _, said = self.end(process)
        self.assertEqual(status, 3)
        self.assertIn("the supervisor ends it as unused", said)


class Ended(Case):
    def ended(self, change):
        process = self.run_running(UP + "signal.pause(); signal.pause()")
        change()
        status, _, said = self.end(process)
        self.assertEqual(status, 75, said)
        self.assertIn("told to stop", said)
        return said

    def test_ended(self):
        said = self.ended(lambda: self.api.set_status({"phase": "Ended", "endReason": "TimeLimitExceeded"}))
        self.assertIn("TimeLimitExceeded", said)
        self.assertIn("next: Start the session again.", said)

    def test_deleted(self):
        self.assertIn("(Killed)", self.ended(lambda: self.api.remove("splitsessions", self.api.session()["metadata"]["name"])))

    def test_being_deleted(self):
        """With a finalizer the document stays for a while."""
        def mark():
            document = self.api.session()
            document["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
            self.api.put("splitsessions", document)
        self.assertIn("was deleted (Killed)", self.ended(mark))

    def test_deleted_while_away(self):
        """A session that is gone when the supervisor comes back is noticed."""
        def away():
            name = self.api.session()["metadata"]["name"]
            self.api.stop()
            self.api.remove("splitsessions", name)
            self.api.start()
        self.assertIn("does not exist any more", self.ended(away))

    def test_deleted_while_all_was_forgotten(self):
        """The same when the supervisor that came back knows no changes from before."""
        def away():
            name = self.api.session()["metadata"]["name"]
            self.api.stop()
            self.api.remove("splitsessions", name)
            self.api.forget()
            self.api.start()
        self.assertIn("does not exist any more", self.ended(away))


class Mirrord(Case):
    def test_derived_configuration(self):
        """`mirrord exec` gets operator false, no split_queues, our variables, in a private file that goes away."""
        tool = self.folder / "mirrord"
        tool.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\nwhile [ $# -gt 0 ]; do [ \"$1\" = -f ] && { stat -c %a \"$2\"; cat \"$2\"; exit; }; shift; done\n")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
        file = self.client_file()
        process = self.start("run", "-f", file, "--", str(tool), "exec", "--config-file", file, "-t", "x", "--", "node", "-f", "app.js")
        self.api.session()
        self.api.set_status(READY)
        status, out, said = self.end(process)
        self.assertEqual(status, 0, said)
        lines = out.splitlines()
        self.assertEqual(lines[:2] + lines[3:9], ["exec", "-f", "-t", "x", "--", "node", "-f", "app.js"])
        self.assertEqual(lines[9], "600")
        self.assertFalse(os.path.exists(lines[2]))
        derived = json.loads("\n".join(lines[10:]))
        self.assertEqual(derived, {"operator": False, "target": "deployment/meme-app/main", "feature": {
            "env": {"exclude": "SECRET_*", "override": {"KAFKA_TOPIC_NAME": "mirrord-tmp-123-views"}}}})


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return not re.search(r"\) Z", file.read())
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    assert sys.version_info >= (3, 9) and unittest
    main()
