"""Credential commands of a kubeconfig: when they run, what they are told, and what is said when they fail. S-4."""
import json
import sys

from cluster import ClusterCase
from rig import READY, main

V1 = "client.authentication.k8s.io/v1"
# Prints token-N on its N-th run; keeps what it was told; expires after `seconds`, unless that is 0.
LOGIN = """
import datetime, json, os, pathlib, sys
count = pathlib.Path({folder!r}) / "count"
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
(pathlib.Path({folder!r}) / "told").write_text(json.dumps([os.environ["KUBERNETES_EXEC_INFO"], os.environ.get("EXTRA"), sys.argv[1:], sys.stdin.read()]))
status = {{"token": f"token-{{number}}"}}
if {seconds}:
    status["expirationTimestamp"] = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds={seconds})).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
print(json.dumps({{"kind": "ExecCredential", "apiVersion": {version!r}, "status": status}}))
"""


class Exec(ClusterCase):
    def login(self, text=LOGIN, seconds=0, version=V1, **more):
        """A kubeconfig whose user logs in by that script."""
        script = self.folder / "login.py"
        script.write_text(text.format(folder=str(self.folder), seconds=seconds, version=version) if text is LOGIN else text)
        self.config(user={"exec": {"apiVersion": version, "command": sys.executable, "args": [str(script), "a b"], "interactiveMode": "IfAvailable",
                                   "env": [{"name": "EXTRA", "value": "x"}], **more}})

    def runs(self):
        return int((self.folder / "count").read_text())

    def told(self):
        return json.loads((self.folder / "told").read_text())

    def test_token(self):
        """One run for all requests of a command; without a terminal it has none either."""
        self.login(provideClusterInfo=True)
        result = self.sluice("status")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((set(self.tokens()), self.runs()), ({"Bearer token-1"}, 1))
        info, extra, arguments, stdin = self.told()
        self.assertEqual(json.loads(info), {"kind": "ExecCredential", "apiVersion": V1, "spec": {"interactive": False, "cluster": {"server": self.api.url}}})
        self.assertEqual((extra, arguments, stdin), ("x", ["a b"], ""))

    def test_older_version(self):
        self.login(version="client.authentication.k8s.io/v1beta1")
        self.assertEqual(self.sluice("status").returncode, 0)

    def test_expiry(self):
        """What has expired is fetched again, while the session goes on."""
        self.login(seconds=1)
        process = self.run_session("sh", "-c", "touch up; exec sleep 60")
        document = self.api.session()
        self.api.put("splitsessions", {**document, "status": READY})
        self.wait_file("up", process)
        self.until(lambda: "Bearer token-3" in self.tokens(), "a third token", process)
        process.terminate()
        self.end(process)

    def test_refused_once(self):
        """401: one more run, and the request again; refused again, that is the answer."""
        self.login()
        self.api.allow = lambda headers: (401, "Unauthorized", "Unauthorized") if headers["Authorization"] == "Bearer token-1" else None
        self.assertEqual(self.sluice("status").returncode, 0)
        self.assertEqual(self.runs(), 2)
        self.api.allow = lambda headers: (401, "Unauthorized", "Unauthorized")
        result = self.sluice("status")
        self.assertEqual((result.returncode, self.runs()), (77, 4))
        self.assertIn("NotAuthenticated", result.stderr)

    def test_failures(self):
        """Said with the command; its own words on stderr come through, what it printed does not (S-4)."""
        cases = [("import sys; print('hunter2'); sys.exit('log in first')", "ended with status 1; get it there", 65),
                 ("print('hunter2')", "printed is no JSON", 65), ("print('{\"hunter2\": 1}')", "is no ExecCredential", 65),
                 ("import os; os.write(1, b'hunter2' * 1000000)", "prints more than 1048576 bytes", 65)]
        for text, words, status in cases:
            with self.subTest(words):
                self.login(text, installHint="get it there")
                result = self.sluice("status")
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertIn(words, result.stderr)
                self.assertNotIn("hunter2", result.stdout + result.stderr)
        self.assertEqual(self.api.requests, [])
        self.login("import sys; sys.exit('log in first')")
        self.assertIn("log in first\n", self.sluice("status").stderr)

    def test_not_there(self):
        self.config(user={"exec": {"apiVersion": V1, "command": "no-such-login", "interactiveMode": "Never", "installHint": "get it there"}})
        result = self.sluice("status")
        self.assertEqual(result.returncode, 65)
        self.assertIn("the kubeconfig's command no-such-login was not found; get it there", result.stderr)

    def test_wants_a_terminal(self):
        self.login(interactiveMode="Always")
        result = self.sluice("status")
        self.assertEqual(result.returncode, 65)
        self.assertIn("wants a terminal", result.stderr)

    def test_ended_with_us(self):
        """A login that nobody waits for any more does not stay."""
        self.login("import pathlib, os, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(600)")
        process = self.start("status")
        pid = int(self.wait_text("pid", process))
        process.terminate()
        process.wait()
        self.until(lambda: not is_alive(pid), "the end of the command")

    def wait_text(self, name, process):
        path = self.folder / name
        self.until(lambda: path.exists() and path.read_text(), f"file {name}", process)
        return path.read_text()


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    main()
