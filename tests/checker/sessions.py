"""What the filters in force allow: sessions from events, and which of them a message matches.

Pure. Patterns are searched in bytes with Python's re; tests keep to patterns that mean the same there and in PCRE2.
"""
import re

from .canon import header_bytes
from .log import LogError

FOREVER = float("inf")
ROUTE_REMOVAL_MS = 10000  # how long after `ending` a session without an `ended` event may still have got messages


class Session:
    """One session. Times in ms; ready and later ones are FOREVER until the event comes."""

    def __init__(self, event):
        self.name = event["name"]
        self.asked = event["at"]
        self.order = tuple(event.get("order") or [event["at"]])
        self.ready = self.ending = self.ended = FOREVER
        self.queues = {}
        for topic, queue in event["queues"].items():
            filters = [(name, re.compile(pattern.encode())) for name, pattern in (queue.get("filters") or {}).items()]
            self.queues[topic] = (queue.get("mode", "steal"), filters)

    def mode(self, topic):
        return self.queues[topic][0] if topic in self.queues else None

    def matches(self, topic, headers):
        """headers: list of (str, bytes or None)."""
        filters = self.queues.get(topic, ("steal", []))[1]
        return bool(filters) and all(_finds(name, pattern, headers) for name, pattern in filters)

    @property
    def routes_until(self):
        """From then on no message can be on its way to this session."""
        return self.ended if self.ended != FOREVER else self.ending + ROUTE_REMOVAL_MS


def _finds(name, pattern, headers):
    return any(n == name and v is not None and pattern.search(v) for n, v in headers)


def _in_order(sessions):
    """By the order that was given, by when they were asked for where none was."""
    sessions = list(sessions)
    if any(isinstance(s.order[0], str) for s in sessions):
        # One that never got ready has no order of the supervisor's; its place among those that have one is its own time.
        given = sorted((s for s in sessions if isinstance(s.order[0], str)), key=lambda s: s.order)
        for session in (s for s in sessions if not isinstance(s.order[0], str)):
            place = next((i for i, s in enumerate(given) if s.asked > session.asked), len(given))
            given.insert(place, session)
        return given
    return sorted(sessions, key=lambda s: s.order)


class Sessions:
    """All sessions of a run in route order, and the matches of each message, remembered by the headers that matter."""

    def __init__(self, events, window_ms=0):
        self.by_name = {}
        for event in sorted(events, key=lambda e: e["at"]):
            self._apply(event)
        self.ordered = _in_order(self.by_name.values())
        self.rank = {s.name: i for i, s in enumerate(self.ordered)}
        self.names = {n for s in self.ordered for _, filters in s.queues.values() for n, _ in filters}
        for session in self.ordered:
            session.ready += window_ms
            session.ending -= window_ms
        self.cache = {}

    def _apply(self, event):
        kind = event["kind"]
        if kind == "session":
            if event["name"] in self.by_name:
                raise LogError(f"two sessions are named {event['name']!r}")
            self.by_name[event["name"]] = Session(event)
        elif kind in ("ready", "ending", "ended", "order"):
            if event["name"] not in self.by_name:
                raise LogError(f"event {kind} of an unknown session {event['name']!r}")
            setattr(self.by_name[event["name"]], kind, tuple(event["order"]) if kind == "order" else event["at"])

    def matching(self, sent):
        """Tuple of the sessions that match, in route order, whenever they lived."""
        relevant = tuple((n, v if not isinstance(v, dict) else v["hex"], isinstance(v, dict))
                         for n, v in sent.headers if n in self.names)
        place = (sent.topic, relevant)
        if place not in self.cache:
            headers = [(n, header_bytes(v)) for n, v in sent.headers if n in self.names]
            self.cache[place] = tuple(s for s in self.ordered if s.matches(sent.topic, headers))
        return self.cache[place]
