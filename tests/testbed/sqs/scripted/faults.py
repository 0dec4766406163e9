"""Trouble on demand: rules that say which requests get which fault, and how often.

Owns the rules and the dice. Pure, from a seed: decides, and leaves the doing to the server.
"""

import fnmatch
import random
from typing import Any, Mapping

# Before its effect: `throttle` and `error` answer at once, `reset` closes the connection, `hang` never answers. After its effect: `lose` closes the
# connection without the answer, `garble` cuts the answer short. Within: `partial` refuses entries of a batch, `double` hands a message of a standard
# queue out and leaves it there, `damage` gives one received message a wrong sum, `counts` gives other numbers of messages, `empty` receives nothing,
# `md5` gives wrong sums. `delay` is added to any other: before the effect; `trickle` too: between the halves of the answer.
BEFORE = ("throttle", "error", "reset", "hang")
AFTER = ("lose", "garble", "md5")
EACH = ("partial", "double", "damage")
KINDS = (*BEFORE, *AFTER, *EACH, "counts", "empty", "delay", "trickle")
FIELDS = {"kind", "action", "queue", "rate", "count", "attribute", "key", "until_s", "code", "message", "status", "ms", "visible", "flight", "delayed"}


class Rule:
    """One order.

    action, queue: names with * and ?, queue "" for requests without one. rate: of the requests (of the entries, of the messages) that it fits.
    count: it is used up after so many; None: never. attribute: only requests whose Attributes have it. key: only of this access key. until_s: it ends then.
    """

    def __init__(self, told: "Mapping[str, Any]") -> None:
        unknown = set(told) - FIELDS
        if told.get("kind") not in KINDS or unknown:
            raise ValueError(f"no such fault: {told}")
        self.told = dict(told)
        self.kind: str = told["kind"]
        self.actions: "list[str]" = [told["action"]] if isinstance(told.get("action"), str) else list(told.get("action") or ["*"])
        self.queue: str = told.get("queue", "*")
        self.rate = float(told.get("rate", 1.0))
        self.count: "int | None" = told.get("count")
        self.attribute: str = told.get("attribute", "")
        self.key: str = told.get("key", "")
        self.until_s: float = told.get("until_s", float("inf"))
        self.hits = 0

    def fits(self, action: str, queue: str, fields: "Mapping[str, Any]", key: str, now_s: float) -> bool:
        return (now_s < self.until_s and self.count != 0 and (not self.key or key == self.key)
                and any(fnmatch.fnmatchcase(action, a) for a in self.actions) and fnmatch.fnmatchcase(queue, self.queue)
                and (not self.attribute or self.attribute in (fields.get("Attributes") or {})))

    def use(self, dice: random.Random) -> bool:
        """Whether it strikes now; counts it."""
        if self.count == 0 or (self.rate < 1.0 and dice.random() >= self.rate):
            return False
        self.hits += 1
        if self.count is not None:
            self.count -= 1
        return True


class Trouble:
    """What was decided for one request."""

    def __init__(self, rules: "list[Rule]", dice: random.Random) -> None:
        self.dice = dice
        self.each = {kind: [r for r in rules if r.kind == kind] for kind in EACH}
        struck = [r for r in rules if r.kind not in EACH and r.use(dice)]
        self.before = next((r for r in struck if r.kind in BEFORE), None)
        # What never happened has no answer that could get lost.
        self.after = next((r for r in struck if r.kind in AFTER), None) if self.before is None else None
        self.counts = next((r for r in struck if r.kind == "counts"), None)
        self.empty = any(r.kind == "empty" for r in struck)
        self.delay_s, self.trickle_s = (sum(float(r.told.get("ms", 0)) for r in struck if r.kind == kind) / 1000 for kind in ("delay", "trickle"))

    def strikes(self, kind: str) -> bool:
        """For one entry (partial) or one message (double, damage)."""
        return any(rule.use(self.dice) for rule in self.each[kind])


class Faults:
    def __init__(self, seed: int = 1) -> None:
        self.rules: "list[Rule]" = []
        self.dice = random.Random(seed)

    def set(self, told: "list[Mapping[str, Any]]") -> None:
        """These and no others. Raises ValueError, and keeps what is there, when one of them means nothing."""
        self.rules = [Rule(each) for each in told]

    def decide(self, action: str, queue: str, fields: "Mapping[str, Any]", key: str, now_s: float) -> Trouble:
        return Trouble([r for r in self.rules if r.fits(action, queue, fields, key, now_s)], self.dice)
