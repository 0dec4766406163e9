"""Waiting for a state with a deadline. There are no sleeps elsewhere in the tests.

Owns the polling; an expiry always says what was waited for and what was seen last.
"""
import time

POLL_S = 0.05


class Expired(AssertionError):
    """The state did not come."""


def _show(seen):
    if callable(seen):
        try:
            seen = seen()
        except Exception as error:  # a description must never hide the expiry
            seen = f"{type(error).__name__}: {error}"
    text = str(seen)
    return text if len(text) <= 4000 else text[:2000] + " ... " + text[-2000:]


def wait_until(predicate, deadline_s, describe, seen=None, passing=(OSError,), poll_s=POLL_S):
    """Calls predicate until it gives something true, and returns that.

    describe: what is waited for. seen: value or function for the message of the expiry (default: the predicate's last value).
    passing: exceptions that mean "not yet". AssertionErrors of the predicate are not among them: a state that can no longer come should raise one.
    """
    end = time.monotonic() + deadline_s
    last = None
    while True:
        try:
            last = predicate()
            if last:
                return last
        except passing as error:
            last = f"{type(error).__name__}: {error}"
        if time.monotonic() >= end:
            raise Expired(f"waited {deadline_s} s for {describe}; seen last: {_show(last if seen is None else seen)}")
        time.sleep(poll_s)
