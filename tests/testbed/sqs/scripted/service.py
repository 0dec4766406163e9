"""The SQS side: requests of the JSON protocol, with the faults that were ordered for them, and long polls.

Owns account, faults and access log of one run, and the polls that wait.
"""

import asyncio
import json
import re
import time
from collections import deque
from datetime import datetime, timezone
from email.utils import formatdate
from typing import Any, Mapping

from .access import Access
from .account import Account
from .actions import ACTIONS, RUN, Call, wait_seconds
from .errors import SqsError
from .faults import Faults, Trouble
from .http import Link, Request
from .queue import Queue

PREFIX = "AmazonSQS."
CREDENTIAL = re.compile(r"Credential=([^/]+)/")
SKEW_MAX_S = 300
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
SETTINGS = {"delay_ms": 0.0, "visible_s": 1.0, "name_free_s": 60.0, "in_flight_max": 120000, "clock_s": None,
            "wait_max_s": 20.0}


class Exchange:
    """One request on its way."""

    __slots__ = ("link", "action", "fields", "queue", "row", "trouble", "call", "end_s", "body_bytes")

    def __init__(self, link: Link, action: str, fields: "Mapping[str, Any]", queue: str, body_bytes: int) -> None:
        self.link, self.action, self.fields, self.queue, self.body_bytes = link, action, fields, queue, body_bytes
        self.row: "dict[str, Any]" = {}
        self.trouble: Trouble
        self.call: Call
        self.end_s = 0.0


class Poll:
    """A receive that waits: until the queue wakes it, something may become visible by itself, or its time is over."""

    def __init__(self, service: "Service", exchange: Exchange, queue: Queue, now_s: float) -> None:
        self.service, self.exchange, self.over = service, exchange, False
        self.waiters: "deque[Poll]" = service.waiters.setdefault(queue.name, deque())
        self.waiters.append(self)
        when_s = min(exchange.end_s, max(queue.next_due_s(), now_s + 0.001))
        self.timer = asyncio.get_running_loop().call_later(when_s - now_s, self.retry)

    def retry(self) -> None:
        """Once: its timer and the queue may both have called it before it comes to that."""
        if self.over:
            return
        self.over = True
        self.timer.cancel()
        if self in self.waiters:
            self.waiters.remove(self)
        self.service.act(self.exchange)


class Service:
    def __init__(self, region: str, account: str, base_url: str, seed: int) -> None:
        self.account = Account(region, account)
        self.base_url = base_url
        self.faults, self.access = Faults(seed), Access()
        self.account.on_repeat = lambda *told: self.access.repeat(*told)
        self.waiters: "dict[str, deque[Poll]]" = {}
        self.settings: "dict[str, Any]" = dict(SETTINGS)
        self.date_s, self.date, self.answers = 0, "", 0

    def set(self, told: "Mapping[str, Any]") -> None:
        if set(told) - set(SETTINGS):
            raise ValueError(f"no such setting: {sorted(set(told) - set(SETTINGS))}")
        self.settings.update(told)
        self.account.visible_s, self.account.name_free_s = self.settings["visible_s"], self.settings["name_free_s"]
        for queue in self.account.queues.values():
            queue.in_flight_max = self.settings["in_flight_max"]

    def clock_s(self) -> float:
        """What our Date header says."""
        return time.time() + (self.settings["clock_s"] or 0)

    # --- a request --------------------------------------------------------------------------------------------

    def handle(self, request: Request, link: Link) -> None:
        if request.method == "GET":
            link.answer(200, {}, b"")
            return
        target = request.headers.get("x-amz-target", "")
        found = CREDENTIAL.search(request.headers.get("authorization", ""))
        key = found.group(1) if found else ""
        try:
            fields = json.loads(request.body)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            fields, target = {}, target or "?"
        url = fields.get("QueueUrl")
        queue = url.rstrip("/").rpartition("/")[2] if isinstance(url, str) else str(fields.get("QueueName") or "")
        exchange = Exchange(link, target.removeprefix(PREFIX), fields, queue, len(request.body))
        exchange.row = self.access.came(exchange.action, queue, key)
        exchange.trouble = self.faults.decide(exchange.action, queue, fields, key, time.time())
        delay_s = self.settings["delay_ms"] / 1000 + exchange.trouble.delay_s
        refusal = self._door(request, exchange, key)
        if delay_s > 0:
            asyncio.get_running_loop().call_later(delay_s, self._begin, exchange, key, refusal)
        else:
            self._begin(exchange, key, refusal)

    def _door(self, request: Request, exchange: Exchange, key: str) -> "SqsError | None":
        if not request.headers.get("x-amz-target", "").startswith(PREFIX) or exchange.action not in ACTIONS:
            return SqsError("UnknownOperationException", "")
        if not key:
            return SqsError("MissingAuthenticationTokenException", "Request is missing Authentication Token")
        if self.settings["clock_s"] is not None:
            return self._skew(request.headers.get("x-amz-date", ""))
        return None

    def _skew(self, date: str) -> "SqsError | None":
        try:
            said_s = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
        except ValueError:
            said_s = 0.0
        now_s = self.clock_s()
        if abs(said_s - now_s) <= SKEW_MAX_S:
            return None
        return SqsError("InvalidSignatureException", f"Signature expired: {date} is now {'earlier' if said_s < now_s else 'later'} than "
                        f"{datetime.fromtimestamp(now_s, timezone.utc):%Y%m%dT%H%M%SZ} ({SKEW_MAX_S // 60} min.)")

    def _begin(self, exchange: Exchange, key: str, refusal: "SqsError | None") -> None:
        rule = exchange.trouble.before
        if rule is not None and rule.kind in ("reset", "hang"):
            exchange.row["lost"] += 1
            if rule.kind == "reset":
                exchange.link.drop()
            return
        if rule is not None:
            usual = ("RequestThrottled", "The request was denied due to request throttling.") if rule.kind == "throttle" else ("InternalFailure", "")
            refusal = SqsError(rule.told.get("code", usual[0]), rule.told.get("message", usual[1]), rule.told.get("status"))
        if refusal is not None:
            self._refuse(exchange, refusal)
            return
        call = exchange.call = Call(self.account, self.base_url, time.time(), key, exchange.body_bytes)
        trouble = exchange.trouble
        if trouble.each["partial"]:
            call.fails = lambda: trouble.strikes("partial")
        if trouble.each["double"]:
            call.double = lambda: trouble.strikes("double")
        if trouble.counts is not None:
            told = trouble.counts.told
            call.counts = lambda real: (told.get("visible", real[0]), told.get("flight", real[1]), told.get("delayed", real[2]))
        self.act(exchange)

    def act(self, exchange: Exchange) -> None:
        """Does it; a receive that finds nothing waits and comes here again."""
        call = exchange.call
        call.now_s = time.time()
        try:
            if exchange.trouble.empty and exchange.action == "ReceiveMessage":
                answer: "dict[str, Any]" = {}
            else:
                answer = ACTIONS[exchange.action](call, exchange.fields)
            if exchange.action == "ReceiveMessage" and not answer and not exchange.trouble.empty and self._waits(exchange):
                return
            if exchange.action == "CreateQueue":
                self._adopt(exchange.queue)
        except SqsError as error:
            self._refuse(exchange, error)
            return
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            self._refuse(exchange, SqsError("InvalidParameterValueException", f"{type(error).__name__}: {error}"))
            return
        self._answer(exchange, answer)

    def _adopt(self, name: str) -> None:
        queue = self.account.queues[name]
        queue.in_flight_max = self.settings["in_flight_max"]
        queue.wake = lambda: self._wake(name)

    def _wake(self, name: str) -> None:
        waiters = self.waiters.get(name)
        if waiters:
            asyncio.get_running_loop().call_soon(waiters.popleft().retry)

    def _waits(self, exchange: Exchange) -> bool:
        """Also for somebody who is gone by now: what comes is handed to him all the same, as AWS does."""
        call = exchange.call
        exchange.end_s = exchange.end_s or call.now_s + min(wait_seconds(call, exchange.fields), self.settings["wait_max_s"])
        if call.now_s >= exchange.end_s:
            return False
        Poll(self, exchange, call.queue(exchange.fields), call.now_s)
        return True

    # --- its answer -------------------------------------------------------------------------------------------

    def _headers(self) -> "dict[str, str]":
        now_s = int(self.clock_s())
        if now_s != self.date_s:
            self.date_s, self.date = now_s, formatdate(now_s, usegmt=True)
        self.answers += 1
        return {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": f"{RUN}-{self.answers:012x}", "Date": self.date}

    def _refuse(self, exchange: Exchange, error: SqsError) -> None:
        self.access.refused(exchange.row, error.shape)
        headers = {**self._headers(), "x-amzn-query-error": f"{error.older};{'Sender' if error.sender_fault else 'Receiver'}"}
        exchange.link.answer(error.status, headers, json.dumps({"__type": error.type_name, "message": error.message}).encode())

    def _answer(self, exchange: Exchange, answer: "dict[str, Any]") -> None:
        self.access.answered(exchange.row, exchange.action, answer)
        rule = exchange.trouble.after
        if rule is not None:
            exchange.row["lost"] += 1
            for message in exchange.call.taken:
                self.access.repeat(exchange.call.queue(exchange.fields), message, "unanswered")
            if rule.kind == "lose":
                exchange.link.drop()
                return
            if rule.kind == "md5":
                _spoil(answer, *answer.get("Successful", ()), *answer.get("Messages", ()))
        _spoil(*(shown for shown in answer.get("Messages", ()) if exchange.trouble.strikes("damage")))
        body = ENCODER.encode(answer).encode("utf-8", "surrogatepass")
        exchange.link.answer(200, self._headers(), body, cut=rule is not None and rule.kind == "garble", pause_s=exchange.trouble.trickle_s)


def _spoil(*told: "dict[str, Any]") -> None:
    """Wrong sums wherever there are sums."""
    for shown in told:
        for name in ("MD5OfMessageBody", "MD5OfBody", "MD5OfMessageAttributes"):
            if name in shown:
                shown[name] = shown[name][::-1] if shown[name] != shown[name][::-1] else "0" * 32
