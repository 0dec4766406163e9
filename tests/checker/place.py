"""I-2: may this message be where it was collected, and is every mirror copy there?

Pure. The rules are those of FORMAT.md; times are those of the events, so what is strict is what the test has seen.
"""
from .sessions import FOREVER

APP = "app"
LEFT = "left"


def is_left(dest):
    return dest == LEFT or dest.startswith(LEFT + ":")


class Places:
    """Knows labels, lanes and tolerated windows. matches: uid -> tuple of sessions that match it."""

    def __init__(self, sessions, events, matches):
        self.sessions = sessions
        self.matches = matches
        self.windows = [(e["at"], e["to"]) for e in events if e["kind"] == "window"]

    def lane(self, got, sent):
        """Name of the mirror session whose own copy this is, or "" for the lane of application and steal sessions."""
        name = got.dest[len(LEFT) + 1:] if is_left(got.dest) else got.dest
        session = self.sessions.by_name.get(name)
        return name if session and session.mode(sent.topic) == "mirror" else ""

    def stealers(self, got, sent):
        """The steal sessions that match and come before the place where it was collected; a mirror session's copy depends on nobody (C-6)."""
        if self.lane(got, sent):
            return []
        rank = self.sessions.rank.get(got.dest, FOREVER)
        return [s for s in self.matches[sent.uid]
                if s.mode(sent.topic) == "steal" and self.sessions.rank[s.name] < rank]

    def returned(self, got, sent):
        """True when it may have been on its way to a session that ended before it arrived here."""
        return any(sent.at < s.routes_until and got.at >= s.ending for s in self.stealers(got, sent))

    def wrong(self, got, sent):
        """Why it may not be here, or None."""
        if is_left(got.dest) or any(start <= got.at <= end for start, end in self.windows):
            return None
        session = self.sessions.by_name.get(got.dest)
        if session is None and got.dest != APP:
            return f"collected by {got.dest!r}, which is neither the application nor a session"
        if session is not None:
            why = self._wrong_session(session, got, sent)
            if why:
                return why
        for s in self.stealers(got, sent):
            if sent.at >= s.ready and got.at < s.ending:
                return f"collected by {got.dest} although it matches {s.name}"
        return None

    def _wrong_session(self, session, got, sent):
        if session not in self.matches[sent.uid]:
            return f"collected by {got.dest}, which it does not match"
        if got.at < session.asked:
            return f"collected by {got.dest} before that session was asked for"
        if sent.at > session.ended:
            return f"collected by {got.dest} although sent after that session ended"
        return None

    def copies_wanted(self, sent):
        """The mirror sessions that must have a copy of it, unless they ended before they came to it."""
        for session in self.matches[sent.uid]:
            if session.mode(sent.topic) == "mirror" and session.ready <= sent.at < session.ending:
                if not any(start <= sent.at <= end for start, end in self.windows):
                    yield session
