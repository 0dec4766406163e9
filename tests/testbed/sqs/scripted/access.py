"""Who asked for what how often, and which messages a consumer may see once more than it expects.

Owns the counts since the last reset. Requests are counted when they come in, whatever becomes of them.
"""

from typing import Any, Iterator, Mapping

from .message import Message
from .queue import Queue

REPEATS_MAX = 1_000_000


class Access:
    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.rows: "dict[tuple[str, str, str], dict[str, Any]]" = {}
        self.repeats: "list[tuple[str, str, str]]" = []

    def came(self, action: str, queue: str, key: str) -> "dict[str, Any]":
        """The row of such requests, to which the caller adds what came of this one."""
        row = self.rows.get((action, queue, key))
        if row is None:
            row = self.rows[action, queue, key] = {"requests": 0, "entries": 0, "empty": 0, "errors": {}, "lost": 0}
        row["requests"] += 1
        return row

    def refused(self, row: "dict[str, Any]", code: str) -> None:
        row["errors"][code] = row["errors"].get(code, 0) + 1

    def answered(self, row: "dict[str, Any]", action: str, answer: "Mapping[str, Any]") -> None:
        """entries: messages or entries of a batch that it was about, so that requests a message can be told."""
        if action == "ReceiveMessage":
            found = len(answer.get("Messages", ()))
            row["entries"] += found
            row["empty"] += not found
            return
        row["entries"] += len(answer["Successful"]) if "Successful" in answer else 1
        for failed in answer.get("Failed", ()):
            self.refused(row, f"entry {failed['Code']}")

    def repeat(self, queue: Queue, message: Message, why: str) -> None:
        """why: expired (its visibility time is over), returned (set to 0), doubled (by order), unanswered (sent, and the sender was not told)."""
        if len(self.repeats) < REPEATS_MAX:
            self.repeats.append((queue.name, message.attribute("uid") or message.id, why))

    def table(self) -> "Iterator[dict[str, Any]]":
        for (action, queue, key), row in sorted(self.rows.items()):
            yield {"action": action, "queue": queue, "key": key, **row}
