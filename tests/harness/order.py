"""OrderBroken reports of the worker, as the checker's events.

Owns nothing: reads what the supervisor and the workers logged.
"""
import re
from datetime import datetime, timezone

# What a worker says: how many messages of which temporary topic come later than others of which topic and partitions. It ends when that topic is deleted.
TOLD = re.compile(r"^(\S+) .*messages left in (\S+) will come after later ones of topic (\S+), partitions ([\d, ]*),")
DELETED = re.compile(r"^(\S+) .*temporary topic was deleted.*\btopic=(\S+)")


def _ms(stamp):
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp() * 1000


def order_broken(logs):
    """[{"topic", "partitions", "at", "to"}] of these log files; to is absent while the temporary topic was not deleted."""
    broken, ends = {}, {}
    for path in logs:
        for line in path.read_text(errors="replace").splitlines():
            told, deleted = TOLD.match(line), DELETED.match(line)
            if told:
                stamp, temporary, topic, partitions = told.groups()
                broken.setdefault(temporary, {"topic": topic, "at": _ms(stamp), "partitions": [int(p) for p in partitions.split(",") if p.strip()]})
            elif deleted:
                ends[deleted.group(2)] = _ms(deleted.group(1))
    return [{**found, **({"to": ends[name]} if name in ends else {})} for name, found in broken.items()]
