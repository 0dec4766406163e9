"""OrderBroken reports of the worker, as the checker's events.

Owns nothing: reads what the supervisor and the workers logged.
"""
import re
from datetime import datetime, timezone

# What a worker says: how many messages of which temporary topic come later than others of which topic and partitions; of a FIFO queue, which groups is not said.
TOLD = re.compile(r"^(\S+) .*messages left in (\S+) (?:will come after later ones of topic (\S+), partitions ([\d, ]*),|come after later ones of their groups in (\S+),)")
PERIOD_MS = 60000     # how long it lasts is not logged


def _ms(stamp):
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp() * 1000


def order_broken(logs):
    """[{"topic", "partitions" (Kafka), "at", "to"}] of these log files. The end of the period is not logged: a minute."""
    found = {}
    for path in logs:
        for line in path.read_text(errors="replace").splitlines():
            told = TOLD.match(line)
            if told:
                stamp, temporary, topic, partitions, queue = told.groups()
                period = {"topic": topic or queue, "at": _ms(stamp), "to": _ms(stamp) + PERIOD_MS}
                if partitions is not None:
                    period["partitions"] = [int(p) for p in partitions.split(",") if p.strip()]
                found.setdefault(temporary, period)
    return list(found.values())
