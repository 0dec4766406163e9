"""The control side, on a port of its own: settings, faults, what was asked for, what lies in the queues.

Owns nothing; speaks JSON. An order that means nothing is answered with 400 and changes nothing.
"""

import json
import time
from typing import Any, Callable
from urllib.parse import unquote

from .http import Link, Request
from .message import Message
from .service import Service


class Control:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.routes: "dict[tuple[str, str], Callable[[Any], Any]]" = {
            ("GET", "/settings"): lambda _: service.settings,
            ("PUT", "/settings"): service.set,
            ("GET", "/faults"): lambda _: [{**r.told, "hits": r.hits} for r in service.faults.rules],
            ("PUT", "/faults"): service.faults.set,
            ("GET", "/access"): lambda _: list(service.access.table()),
            ("DELETE", "/access"): lambda _: service.access.reset(),
            ("GET", "/repeats"): lambda _: service.access.repeats,
            ("GET", "/queues"): lambda _: self._queues(),
            ("POST", "/fill"): self._fill,
        }

    def handle(self, request: Request, link: Link) -> None:
        status, body = 200, b""
        try:
            told = json.loads(request.body) if request.body else None
            body = json.dumps(self._answer(request, told)).encode()
        except KeyError as error:
            status, body = 404, json.dumps(f"there is no {error}").encode()
        except (ValueError, TypeError) as error:
            status, body = 400, json.dumps(str(error)).encode()
        link.answer(status, {"Content-Type": "application/json"}, body)

    def _answer(self, request: Request, told: Any) -> Any:
        if request.method == "GET" and request.path.startswith("/messages/"):
            return [_shown(m) for m in self.service.account.queues[unquote(request.path[10:])].left()]
        return self.routes[request.method, request.path](told)

    def _queues(self) -> "dict[str, Any]":
        now_s = time.time()
        return {name: {"attributes": queue.attributes, "tags": queue.tags, "counts": queue.counts(now_s)}
                for name, queue in self.service.account.queues.items()}

    def _fill(self, told: Any) -> int:
        """Put `count` messages into a queue, of `entries` in turns; with `groups`, each has one of so many, and a deduplication id of its own."""
        queue, now_s = self.service.account.queues[told["queue"]], time.time()
        for number in range(told["count"]):
            entry = dict(told["entries"][number % len(told["entries"])])
            if told.get("groups"):
                entry["MessageGroupId"] = f"g{number % told['groups']}"
            if queue.fifo:
                entry["MessageDeduplicationId"] = f"fill-{now_s}-{number}"
            queue.put(Message(f"fill-{now_s:.6f}-{number}", entry, now_s), 0, now_s)
        return int(told["count"])


def _shown(message: Message) -> "dict[str, Any]":
    return {"MessageId": message.id, "Body": message.body, "MessageAttributes": message.attributes, "MessageGroupId": message.group,
            "MessageSystemAttributes": message.system, "ReceiveCount": message.receives}
