"""`sluice page`: the web page of whatever supervisor or cluster the environment leads to. Owns its process."""
import json
import urllib.parse
import urllib.request

from testbed.process import Process, tail

from .supervisor import binaries
from .wait import wait_until

START_S = 30.0
ASK_S = 30.0


class Page:
    """url: with the token, as a person opens it. options: more arguments."""

    def __init__(self, folder, environment, options=(), name="page"):
        self.output = folder / f"{name}.log"
        self.process = Process([str(binaries() / "sluice"), "page", "-o", "json", *options], self.output, env=environment, cwd=folder)
        try:
            line = wait_until(self._line, START_S, "the address of the page", seen=self.describe)
        except BaseException:
            self.close()
            raise
        self.url = json.loads(line)["url"]
        self.origin, _, self.token = self.url.partition("/#token=")
        self.port = urllib.parse.urlsplit(self.origin).port

    def _line(self):
        assert self.process.poll() is None, self.describe()
        return next((line for line in self.output.read_text().splitlines() if line.startswith('{"url"')), None)

    def ask(self, path, most=1 << 24):
        """What the page reads, as text; a log as far as it came at first."""
        request = urllib.request.Request(self.origin + path, headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=ASK_S) as response:
            return response.read1(most).decode() if "/logs/" in path else response.read().decode()

    def describe(self):
        return f"status {self.process.poll()}: {tail(self.output)}"

    def close(self):
        if self.process.is_running():
            self.process.kill()
