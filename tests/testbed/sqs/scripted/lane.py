"""Which message of a queue is next: any of a standard queue, the head of an unlocked group of a FIFO queue.

Own the order of what is visible. Handles, times and counts are the queue's.
"""

from collections import deque
from typing import Protocol

from .message import Message


class Lane(Protocol):
    def add(self, message: Message) -> None:
        """It can be received from now on, as the last."""

    def pick(self) -> "Message | None":
        """The next one, which is in flight then."""

    def close(self) -> None:
        """The receive that picked is over."""

    def back(self, message: Message) -> None:
        """One in flight is visible again."""

    def gone(self, message: Message) -> None:
        """One in flight was deleted or moved away."""


class Standard:
    def __init__(self) -> None:
        self.visible: "deque[Message]" = deque()

    def add(self, message: Message) -> None:
        self.visible.append(message)

    def pick(self) -> "Message | None":
        while self.visible:
            message = self.visible.popleft()
            if not message.deleted:
                return message
        return None

    def close(self) -> None:
        pass

    def back(self, message: Message) -> None:
        self.visible.append(message)

    def gone(self, message: Message) -> None:
        pass


class _Group:
    __slots__ = ("name", "pending", "flight", "listed")

    def __init__(self, name: str) -> None:
        self.name = name
        self.pending: "deque[Message]" = deque()
        self.flight = 0
        self.listed = False


class Groups:
    """One receive may take several messages of a group; until all of them are settled the group gives no more."""

    def __init__(self) -> None:
        self.groups: "dict[str, _Group]" = {}
        self.ready: "deque[_Group]" = deque()

    def _group(self, message: Message) -> _Group:
        name = message.group or ""
        group = self.groups.get(name)
        if group is None:
            group = self.groups[name] = _Group(name)
        return group

    def _settle(self, group: _Group) -> None:
        if group.flight or group.listed:
            return
        if group.pending:
            group.listed = True
            self.ready.append(group)
        else:
            del self.groups[group.name]

    def add(self, message: Message) -> None:
        group = self._group(message)
        group.pending.append(message)
        self._settle(group)

    def pick(self) -> "Message | None":
        while self.ready:
            group = self.ready[0]
            if group.pending:
                group.flight += 1
                return group.pending.popleft()
            self._unlist()
        return None

    def _unlist(self) -> None:
        group = self.ready.popleft()
        group.listed = False
        self._settle(group)

    def close(self) -> None:
        while self.ready and (self.ready[0].flight or not self.ready[0].pending):
            self._unlist()

    def back(self, message: Message) -> None:
        group = self._group(message)
        group.flight -= 1
        place = 0
        while place < len(group.pending) and group.pending[place].sequence < message.sequence:
            place += 1
        group.pending.insert(place, message)
        self._settle(group)

    def gone(self, message: Message) -> None:
        group = self._group(message)
        group.flight -= 1
        self._settle(group)
