"""What every test's run is, whatever broker it has: its folder, its parts, and the judgement at the end.

Owns every part that it makes and ends them in reverse order, also after a failure. Everything that it or its parts write lies in one folder.
"""
import secrets

from checker import cli
from checker.judge import judge
from checker.log import logs_read

from .api import condition, phase
from .ask import Ask
from .events import Events, Tail
from .manifests import Manifests
from .supervisor import Supervisor
from .wait import wait_until

SERVICE = "meme-app"
COLLECT_S = 120.0


class BaseRun:
    """folder: logs. token: makes the names of this run its own, so that runs share a broker.

    service and manifests: other than the usual ones, so that runs share a supervisor too.
    """

    queue_id, queue_type = None, None   # of the usual queue; each broker's run has its own

    def __init__(self, folder, service=SERVICE, manifests=None):
        self.folder = folder
        self.service = service
        self.manifests = manifests or Manifests(folder / "manifests")
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

    def supervisor(self, **options):
        """Started, and answering."""
        return self._own(Supervisor(self.manifests.folder, self.folder, self.events, **options)).start()

    def ask(self, supervisor, name, queues, **options):
        """A session without a local process, asked for; queues as in session(). Ended with the supervisor."""
        if all(isinstance(value, str) for value in queues.values()):
            queues = {self.queue_id: queues}
        return Ask(supervisor, name, queues, **{"target": self.service, "queue_type": self.queue_type, **options}).start()

    # --- states ---

    def splits(self):
        """QueueSplits of this run's application."""
        return [s for s in self.served_by.api.splits() if s["spec"]["target"]["name"] == self.service]

    def split(self):
        """The only one there is."""
        found = self.splits()
        assert len(found) == 1, f"{len(found)} splits: {found}"
        return found[0]

    def wait_phase(self, wanted, deadline_s=60.0):
        wait_until(lambda: [phase(s) for s in self.splits()] == [wanted], deadline_s, f"the split to be {wanted}", seen=self.describe)
        return self.split()

    def wait_split_condition(self, name, reason, status="True", deadline_s=60.0):
        def found():
            return next((c for s in self.splits() if (c := condition(s, name)).get("status") == status and c.get("reason") == reason), None)
        return wait_until(found, deadline_s, f"condition {name} {status} {reason} of the split", seen=self.describe)

    def fallback(self):
        """Name of the split's fallback topic."""
        return next(t["name"] for t in self.split()["spec"]["temporaries"] if t["role"] == "fallback")

    def flow(self, count=300, deadline_s=60.0):
        """Until so many more messages were sent and as many arrived at the application or were put aside for others."""
        before = len(self.sent.poll().uids)
        wait_until(lambda: len(self.sent.poll().uids) >= before + count, deadline_s, f"{count} more messages sent")

    def describe(self):
        return f"{self.splits()}; {self.served_by.describe()}"

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
