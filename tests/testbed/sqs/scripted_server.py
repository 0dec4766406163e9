"""The scripted SQS as a process, and what a test orders of it.

Owns the process and both ports.
"""

import http.client
import json
import sys
from pathlib import Path
from typing import Any, Mapping, Sequence
from urllib.parse import quote

from ..ports import Port
from ..server import Network
from .server import SqsServer

TESTS = Path(__file__).resolve().parent.parent.parent


class ScriptedSqs(SqsServer):
    """settings: as settings() takes them. Its queues are kept nowhere: kill() and start() give an empty account."""

    name = "scripted-sqs"

    def __init__(self, folder: Path, port: "int | None" = None, network: "Network | None" = None, seed: int = 1, **settings: Any) -> None:
        super().__init__(folder, port, network)
        self.seed, self.first = seed, settings
        self._control_port = Port()
        self._control_way = network.lead(self._control_port, self._control_port.number) if network else None

    def argv(self) -> "list[str]":
        return [sys.executable, "-m", "testbed.sqs.scripted", "--address", self.address, "--port", str(self.port), "--control-port",
                str(self._control_port.number), "--base-url", self.inner_endpoint, "--region", self.region, "--account", self.account,
                "--seed", str(self.seed)]

    def environment(self) -> "Mapping[str, str] | None":
        return {"PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}

    def wait_ready(self, deadline_s: float = 60.0) -> None:
        super().wait_ready(deadline_s)
        if self.first:
            self.settings(**self.first)

    def close(self) -> None:
        super().close()
        if self._control_way is not None:
            self._control_way.kill()
        self._control_port.close()

    # --- orders -----------------------------------------------------------------------------------------------

    def order(self, method: str, path: str, told: Any = None) -> Any:
        link = http.client.HTTPConnection("127.0.0.1", self._control_port.number, timeout=60)
        try:
            link.request(method, path, None if told is None else json.dumps(told))
            answer = link.getresponse()
            found = json.loads(answer.read() or b"null")
        finally:
            link.close()
        if answer.status != 200:
            raise ValueError(f"{method} {path}: {found}")
        return found

    def settings(self, **told: Any) -> None:
        """delay_ms: of every request. visible_s: until a new queue is seen. name_free_s: until the name of a deleted one is free. in_flight_max.
        clock_s: our clock goes so far ahead, and requests of another time are refused (None: never). wait_max_s: an empty long poll is answered by then, however
        long it asked for: whoever may not abort one (Q-3) is soon at its end."""
        self.order("PUT", "/settings", told)

    def faults(self, *rules: "Mapping[str, Any]") -> None:
        """These and no others; without rules, none. See scripted/faults.py, such as {"kind": "throttle", "rate": 0.1}."""
        self.order("PUT", "/faults", list(rules))

    def hits(self) -> "list[int]":
        """How often each rule struck."""
        return [rule["hits"] for rule in self.order("GET", "/faults")]

    def access(self) -> "list[dict[str, Any]]":
        """Rows of action, queue, key: requests, entries (messages), empty (receives), errors, lost."""
        return list(self.order("GET", "/access"))

    def requests(self, action: str = "", queue: str = "") -> int:
        """How many came, of that action and for that queue."""
        return sum(r["requests"] for r in self.access() if action in ("", r["action"]) and queue in ("", r["queue"]))

    def actions(self, key: str = "") -> "dict[str, set[str]]":
        """action -> queues, of all or of that access key: what a policy has to allow."""
        found: "dict[str, set[str]]" = {}
        for row in self.access():
            if key in ("", row["key"]):
                found.setdefault(row["action"], set()).add(row["queue"])
        return found

    def forget(self) -> None:
        """Counts begin anew."""
        self.order("DELETE", "/access")

    def repeats(self) -> "list[tuple[str, str, str]]":
        """(queue, uid or message id, why) of what a consumer may see once more (scripted/access.py)."""
        return [tuple(row) for row in self.order("GET", "/repeats")]

    def queues(self) -> "dict[str, dict[str, Any]]":
        """name -> attributes, tags, counts (visible, in flight, delayed), seen or not."""
        return dict(self.order("GET", "/queues"))

    def messages(self, name: str) -> "list[dict[str, Any]]":
        """Everything in a queue, without receiving it."""
        return list(self.order("GET", f"/messages/{quote(name)}"))

    def fill(self, name: str, count: int, body: str, groups: int = 0, attributes: "Sequence[Mapping[str, Any]]" = ({},)) -> None:
        """Put messages there that nobody sent, with these attributes in turns."""
        entries = [{"MessageBody": body, "MessageAttributes": each} for each in attributes]
        self.order("POST", "/fill", {"queue": name, "count": count, "groups": groups, "entries": entries})
