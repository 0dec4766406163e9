"""Kills supervisor, workers and guardian at chosen moments of a split's life, while the test's story goes on.

Owns a thread. Reads the phases from the state folder, because the API is away while the supervisor is dead. One kill at a time: the next one only after the killed
process was replaced.
"""
import json
import random
import threading
import time

from . import processes
from .wait import wait_until

POLL_S = 0.004
REPLACED_S = 30.0
DELAY_S = (0.5, 4.0)      # of a shot at a random moment
ANY = "any"
SPLIT_STATES = ("Provisioning", "Patching", "Active", "Idle", "Draining", "Restoring")
SESSION_STATES = ("starting", "ending")      # a further session of a live split
STATES = (*SPLIT_STATES, *SESSION_STATES)


class Shot:
    """kind: worker, supervisor or guardian. state: one of STATES, or ANY for a random moment."""

    def __init__(self, kind, state):
        self.kind, self.state = kind, state

    def __repr__(self):
        return f"{self.kind} in {self.state}"


class Killer(threading.Thread):
    def __init__(self, supervisor, seed=1):
        super().__init__(name="killer", daemon=True)
        self.supervisor, self.random = supervisor, random.Random(seed)
        self.shots, self.done, self.failure = [], [], None
        self.lock, self.ended = threading.Lock(), threading.Event()

    # --- for the story ---

    def load(self, shots):
        """More to do."""
        with self.lock:
            self.shots.extend(shots)

    def left(self):
        with self.lock:
            return list(self.shots)

    def check(self):
        if self.failure:
            raise AssertionError(f"the killer failed: {self.failure}") from self.failure

    def kill(self):
        """End the thread; called by the run that owns it."""
        self.ended.set()
        if self.is_alive():
            self.join(REPLACED_S * 2)

    # --- the thread ---

    def run(self):
        try:
            while not self.ended.is_set():
                if not self._try_all():
                    time.sleep(POLL_S)
        except Exception as error:
            self.failure = error

    def _try_all(self):
        states = self.states()
        with self.lock:
            shot = next((s for s in self.shots if s.state in states and self._victim(s)), None)
        if shot is None:
            with self.lock:
                shot = next((s for s in self.shots if s.state == ANY), None)
            if shot is None or not states or self._wait_random():
                return False
            if not self._victim(shot):
                return False
        self._shoot(shot, states)
        with self.lock:
            self.shots.remove(shot)
            self.done.append(shot)
        return True

    def _wait_random(self):
        """True when a state came up meanwhile that another shot waits for."""
        end = time.monotonic() + self.random.uniform(*DELAY_S)
        while time.monotonic() < end:
            states = self.states()
            with self.lock:
                if any(s.state in states and self._victim(s) for s in self.shots):
                    return True
            if self.ended.wait(POLL_S):
                return True
        return not self.states()

    def _victim(self, shot):
        if shot.kind == "guardian":
            return self.supervisor.guardian
        if shot.kind == "supervisor":
            return self.supervisor.supervisor()
        return next(iter(self.supervisor.workers()), None)

    def _shoot(self, shot, states):
        supervisor = self.supervisor
        if shot.kind == "guardian":
            supervisor.kill_guardian()
            return
        pid = self._victim(shot)
        if pid is None:
            return
        supervisor.events.fault(f"{shot.kind} killed", pid=pid, states=sorted(states))
        supervisor._kill_if_ours(pid)
        gone = (lambda: not processes.alive(pid) and (supervisor.workers() or not self.states())) if shot.kind == "worker" else \
            (lambda: supervisor.supervisor() not in (None, pid) and supervisor.api.answers())
        wait_until(gone, REPLACED_S, f"another {shot.kind} after {pid}", seen=supervisor.describe)

    # --- what is going on ---

    def states(self):
        """The states that hold now, from the records of splits and sessions."""
        splits, sessions = self._documents("QueueSplit"), self._documents("SplitSession")
        found = {_phase(split) for split in splits} & set(SPLIT_STATES)
        if "Active" in found:
            phases = [_phase(session) for session in sessions]
            if "Ready" in phases and "Pending" in phases:
                found.add("starting")
            live = {session["metadata"]["uid"] for session in sessions if _phase(session) in ("Pending", "Ready")}
            if any(t["role"] == "session" and t["sessionUid"] not in live for split in splits for t in split["spec"]["temporaries"]):
                found.add("ending")
        return found

    def _documents(self, kind):
        found = []
        for path in self.supervisor.state.glob(f"{kind}.*.json"):
            try:
                found.append(json.loads(path.read_bytes()))
            except (OSError, ValueError):
                continue    # gone, or not there yet
        return found


def _phase(document):
    return (document.get("status") or {}).get("phase") or "Pending"
