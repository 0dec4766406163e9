"""What was found wrong, counted, with a few examples each.

Owns the list of findings and which invariant each belongs to; decides nothing.
"""

EXAMPLES_MAX = 20

# name -> (invariant, word for people)
KINDS = {
    "lost": ("I-1", "acknowledged, never collected"),
    "misrouted": ("I-2", "collected where the filters did not allow it, or a mirror copy missing"),
    "reordered": ("I-3", "first seen after a later one of its partition"),
    "duplicated": ("I-4", "collected at two positions, the earlier committed"),
    "corrupted": ("I-5", "differs from what was sent"),
    "ghosts": ("I-5", "collected, but never sent or aborted"),
    "reread": ("I-4", "a committed position was collected again"),
}


class Findings:
    def __init__(self):
        self.count = dict.fromkeys(KINDS, 0)
        self.examples = {kind: [] for kind in KINDS}

    def add(self, kind, uid, text):
        self.count[kind] += 1
        if len(self.examples[kind]) < EXAMPLES_MAX:
            self.examples[kind].append(f"{uid}: {text}")
