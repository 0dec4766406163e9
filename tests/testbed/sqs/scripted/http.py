"""Just enough HTTP/1.1 to be fast: one request at a time on a connection that stays open.

Owns the connection's bytes. Limits: MAX_HEAD bytes of headers, MAX_BODY of body; chunked bodies are refused (no AWS SDK sends them to SQS).
"""

import asyncio
from typing import Any, Callable, Mapping, Protocol

MAX_HEAD = 64 << 10
MAX_BODY = 4 << 20
REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 411: "Length Required",
           413: "Content Too Large", 431: "Request Header Fields Too Large", 500: "Internal Server Error", 503: "Service Unavailable"}


class Request:
    __slots__ = ("method", "path", "headers", "body")

    def __init__(self, method: str, path: str, headers: "dict[str, str]", body: bytes) -> None:
        self.method, self.path, self.headers, self.body = method, path, headers, body


class Link(Protocol):
    """What a handler may do with the connection of its request; exactly one of them, at once or later."""

    def answer(self, status: int, headers: "Mapping[str, str]", body: bytes, cut: bool = False, pause_s: float = 0.0) -> None: ...

    def drop(self) -> None: ...


Handler = Callable[[Request, Link], None]


class Connection(asyncio.Protocol):
    """handler(request, link) is called for each request; the next one waits until it was answered."""

    def __init__(self, handler: Handler, known: "set[Connection]") -> None:
        self.handler, self.known = handler, known
        self.data = bytearray()
        self.busy = False
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.known.add(self)

    def connection_lost(self, _: "Exception | None") -> None:
        self.transport = None
        self.known.discard(self)

    def data_received(self, data: bytes) -> None:
        self.data += data
        self._next()

    def _next(self) -> None:
        while not self.busy and self.transport is not None:
            request = self._request()
            if request is None:
                return
            self.busy = True
            self.handler(request, self)

    def _request(self) -> "Request | None":
        """The next whole request, or None. One that is not allowed is answered here and ends the connection."""
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return self._refuse(431) if len(self.data) > MAX_HEAD else None
        lines = self.data[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        words = lines[0].split(" ")
        if len(words) != 3 or "transfer-encoding" in headers:
            return self._refuse(411 if len(words) == 3 else 400)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return self._refuse(413)
        whole = end + 4 + int(length)
        if len(self.data) < whole:
            if headers.get("expect", "").lower() == "100-continue" and len(self.data) == end + 4:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return None
        body = bytes(self.data[end + 4:whole])
        del self.data[:whole]
        return Request(words[0], words[1], headers, body)

    def _refuse(self, status: int) -> None:
        self.busy = True
        self.answer(status, {"Connection": "close"}, b"")
        self.drop()

    # --- for the handler --------------------------------------------------------------------------------------

    def answer(self, status: int, headers: "Mapping[str, str]", body: bytes, cut: bool = False, pause_s: float = 0.0) -> None:
        """cut: only half of the body, and the end of the connection. pause_s: so long between its halves. Nothing happens when the other side is gone."""
        if self.transport is None:
            return
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        start = f"HTTP/1.1 {status} {REASONS.get(status, 'Other')}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode("latin-1")
        half = len(body) // 2 if cut or pause_s else len(body)
        self.transport.write(start + body[:half])
        if cut:
            self.drop()
        elif pause_s:
            asyncio.get_running_loop().call_later(pause_s, self._end, body[half:])
        else:
            self._end(b"")

    def _end(self, rest: bytes) -> None:
        """Of an answer: what is left of it, and on to the next request."""
        if self.transport is None:
            return
        if rest:
            self.transport.write(rest)
        self.busy = False
        if self.data:
            self._next()

    def drop(self) -> None:
        if self.transport is not None:
            self.transport.close()
            self.transport = None
