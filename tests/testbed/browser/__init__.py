"""A real browser without a window, for tests of the web page.

Owns its processes and the folder of its socket; close() ends them. One for many tests: each test opens tabs of its own, which share nothing.
"""
import json
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

from ..process import Process, tail

START_S = 60.0
ACT_S = 60.0


class Tab:
    """One window of a person who has nothing else open. options: playwright's, as viewport, colorScheme, reducedMotion."""

    def __init__(self, browser: "Browser", number: int, options: "dict[str, Any]") -> None:
        self.browser, self.number = browser, number
        self.version = self.do("open", options=options)

    def do(self, what: str, **arguments: Any) -> Any:
        return self.browser.ask({"do": what, "tab": self.number, **arguments})

    def goto(self, url: str) -> Any:
        return self.do("goto", url=url)

    def eval(self, expression: str) -> Any:
        return self.do("eval", expression=expression)

    def wait(self, expression: str, deadline_s: float = 30.0) -> None:
        """Until a JavaScript expression is true in the page; fails with what the page shows."""
        try:
            self.do("wait", expression=expression, ms=int(deadline_s * 1000))
        except AssertionError as error:
            raise AssertionError(f"{expression} did not come: {error}; said {self.do('said')}; the page:\n{self.do('tree')}") from None

    def close(self) -> None:
        self.do("close")


class Browser:
    def __init__(self, folder: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-browser-"))
        self.log = Path(folder) / "browser.log"
        path = self.folder / "drive.sock"
        modules = os.environ["SLUICE_BROWSER"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": str(self.folder), "LANG": "C.UTF-8", "TZ": "UTC"}
        self.process = Process(["node", str(Path(__file__).with_name("drive.mjs")), modules, str(path)], self.log, env=environment)
        self.tabs = 0
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(ACT_S)
        self._connect(path)
        self.lines = self.socket.makefile("r", encoding="utf-8")

    def _connect(self, path: Path) -> None:
        end = time.monotonic() + START_S
        while True:
            try:
                self.socket.connect(str(path))
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.process.kill()
                    raise AssertionError(f"no browser: {tail(self.log)}") from None
                time.sleep(0.05)

    def ask(self, order: "dict[str, Any]") -> Any:
        self.socket.sendall(json.dumps(order).encode() + b"\n")
        line = self.lines.readline()
        assert line, f"the browser is gone: {tail(self.log)}"
        answer = json.loads(line)
        assert "error" not in answer, f"{order['do']}: {answer['error']}"
        return answer["value"]

    def tab(self, **options: Any) -> Tab:
        self.tabs += 1
        return Tab(self, self.tabs, options)

    def close(self) -> None:
        self.socket.close()
        try:
            self.process.wait(20)
        except Exception:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
