"""What every test's run is, whatever broker it has: its folder, its parts, and the judgement at the end.

Owns every part that it makes and ends them in reverse order, also after a failure. Everything that it or its parts write lies in one folder.
"""
import secrets

from checker import cli
from checker.judge import judge
from checker.log import logs_read

from .events import Events, Tail
from .wait import wait_until

COLLECT_S = 120.0


class BaseRun:
    """folder: logs. token: makes the names of this run its own, so that runs share a broker."""

    def __init__(self, folder):
        self.folder = folder
        self.token = secrets.token_hex(4)
        self.events = Events(folder / "events.jsonl")
        self.sent = Tail(folder, "sent-*.jsonl")
        self.parts = []

    def close(self):
        """Ends every part; the first failure is raised after all were ended."""
        failures = []
        while self.parts:
            part = self.parts.pop()
            try:
                part.close() if hasattr(part, "close") else part.kill()
            except Exception as error:
                failures.append(error)
        self.events.close()
        if failures:
            raise failures[0]

    def _own(self, part):
        self.parts.append(part)
        return part

    # --- states ---

    def wait_all_collected(self, *collectors, deadline_s=COLLECT_S):
        """Until everything that was acknowledged is at one of the collectors (App, Session)."""
        def missing():
            found = set().union(*(c.uids() for c in collectors))
            return self.sent.poll().uids - found

        wait_until(lambda: not missing(), deadline_s, "everything collected",
                   seen=lambda: f"{len(missing())} of {len(self.sent.uids)} missing, such as {sorted(missing())[:5]}; "
                   + "; ".join(c.describe() for c in collectors))

    # --- judgement ---

    def judge(self, **options):
        """Runs the checker over everything that was logged; fails with its table when something does not hold. Returns the ledger.

        options: window_ms, and those of checker.cli.verdicts.
        """
        window_ms = options.pop("window_ms", 0)
        judgement = judge(logs_read([self.folder]), window_ms)
        rows = cli.verdicts(judgement, **options)
        table = "\n".join(cli.table(judgement, rows))
        (self.folder / "ledger.txt").write_text(table + "\n")
        assert judgement.ledger["sent"], "nothing was sent, so nothing is proven"
        assert cli.holds(rows), f"the checker found failures; logs in {self.folder}\n{table}"
        return judgement.ledger
