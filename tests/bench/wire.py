"""How far forwarding is, asked of the broker in its own words.

One connection and two requests, made once and sent again and again: a client library in here would take processor time
from what is measured.
"""

import socket
import struct
import time

LIST_OFFSETS, OFFSET_FETCH = 2, 9
VERSION = 1
LATEST = -1
NOT_LEADER = 6  # of a partition that was made a moment ago: asked again
PATIENCE_S = 10.0


def _text(text):
    return struct.pack(">h", len(text)) + text.encode()


def _topics(topics, partition):
    body = struct.pack(">i", len(topics))
    for name, partitions in topics:
        body += _text(name) + struct.pack(">i", partitions) + b"".join(partition(p) for p in range(partitions))
    return body


class Wire:
    """port: of the broker on the loopback."""

    def __init__(self, port):
        self.link = socket.create_connection(("127.0.0.1", port), 10)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        self.link.close()

    def _ask(self, key, body):
        request = struct.pack(">hhi", key, VERSION, 1) + _text("bench") + body
        self.link.sendall(struct.pack(">i", len(request)) + request)
        size = struct.unpack(">i", self._read(4))[0]
        return self._read(size)

    def _read(self, size):
        data = self.link.recv(size, socket.MSG_WAITALL)
        if len(data) != size:
            raise OSError("the broker closed the connection")
        return data

    def _sum(self, key, body, parse):
        end = time.monotonic() + PATIENCE_S
        while (total := self._each(self._ask(key, body), parse)) is None:
            if time.monotonic() > end:
                raise OSError("some partitions have no leader")
        return total

    @staticmethod
    def _each(answer, parse):
        """parse(answer, at) -> (value, error, at); the sum of the values, None when one is not there yet."""
        at, total = 8, 0
        for _ in range(struct.unpack_from(">i", answer, 4)[0]):
            at += 2 + struct.unpack_from(">h", answer, at)[0]
            count = struct.unpack_from(">i", answer, at)[0]
            at += 4
            for _ in range(count):
                value, error, at = parse(answer, at)
                if error == NOT_LEADER:
                    return None
                if error:
                    raise OSError(f"the broker answered with error {error}")
                total += max(value, 0)
        return total

    def ends(self, topics):
        """A question: the number of records in topics, [(name, partitions)], markers of transactions included."""
        body = struct.pack(">i", -1) + _topics(topics, lambda p: struct.pack(">iq", p, LATEST))

        def parse(answer, at):
            _, error, _, offset = struct.unpack_from(">ihqq", answer, at)
            return offset, error, at + 22

        return lambda: self._sum(LIST_OFFSETS, body, parse)

    def committed(self, group, topics):
        """A question: how many records of topics a group has committed."""
        body = _text(group) + _topics(topics, lambda p: struct.pack(">i", p))

        def parse(answer, at):
            _, offset, length = struct.unpack_from(">iqh", answer, at)
            at += 14 + max(length, 0)
            return offset, struct.unpack_from(">h", answer, at)[0], at + 2

        return lambda: self._sum(OFFSET_FETCH, body, parse)
