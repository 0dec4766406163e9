"""The command line of the checker: reads, judges, prints ledger and verdicts.

Owns arguments, output and the exit status (0 all hold, 1 not, 2 cannot be judged).
"""
import argparse
import json
import sys

from .findings import KINDS
from .judge import judge
from .log import LogError, logs_read


def _arguments(argv):
    parser = argparse.ArgumentParser(prog="checker", description="Judges the logs of producers, collectors and tests (FORMAT.md).")
    parser.add_argument("paths", nargs="+", help="log files, or folders with *.jsonl")
    parser.add_argument("-o", dest="output", choices=("table", "json"), default="table")
    parser.add_argument("--window-ms", type=float, default=0, help="slack around ready and ending of every session (default 0)")
    parser.add_argument("--duplicates-max", type=int, default=0, metavar="N", help="I-4 tolerance, as for at least once (default 0)")
    parser.add_argument("--reread-max", type=int, default=0, metavar="N", help="committed positions that may be read again (default 0)")
    parser.add_argument("--sent-min", type=int, default=1, metavar="N", help="fewer sent messages prove nothing: exit 2 (default 1)")
    parser.add_argument("--no-order-excuse", action="store_true", help="fail when an OrderBroken event was needed")
    return parser.parse_args(argv)


def verdicts(judgement, duplicates_max=0, reread_max=0, no_order_excuse=False):
    """List of (invariant, kind, count, allowed) rows; all hold when no count is above its allowance."""
    allowed = dict.fromkeys(KINDS, 0)
    allowed["duplicated"] = duplicates_max
    allowed["reread"] = reread_max
    rows = [(KINDS[kind][0], kind, judgement.findings.count[kind], allowed[kind]) for kind in KINDS]
    if no_order_excuse:
        rows.append(("I-3", "order excused", judgement.ledger["order excused"], 0))
    return rows


def holds(rows):
    return all(count <= allowed for _, _, count, allowed in rows)


def table(judgement, rows):
    """Lines of ledger and verdicts for people."""
    for name, value in judgement.ledger.items():
        if isinstance(value, dict):
            for label, count in value.items():
                yield f"  {('session ' if name == 'sessions' else 'unknown ') + label:<28}{count:>10}"
        else:
            yield f"{name:<30}{value:>10}"
    yield ""
    for invariant, kind, count, allowed in rows:
        state = "holds" if count <= allowed else "FAILS"
        yield f"{state}  {invariant}  {kind:<14}{count:>10}  allowed {allowed}"
        if count:
            yield from (f"         {text}" for text in judgement.findings.examples.get(kind, ()))


def _document(judgement, rows):
    return {
        "ok": holds(rows),
        "ledger": judgement.ledger,
        "verdicts": [{"invariant": i, "kind": k, "count": c, "allowed": a, "ok": c <= a,
                      "examples": judgement.findings.examples.get(k, [])} for i, k, c, a in rows],
    }


def main(argv=None):
    args = _arguments(argv)
    try:
        judgement = judge(logs_read(args.paths), args.window_ms)
        if judgement.ledger["sent"] < args.sent_min:
            raise LogError(f"only {judgement.ledger['sent']} messages were sent; {args.sent_min} are needed to prove anything")
    except LogError as error:
        print(f"checker: {error}", file=sys.stderr)
        return 2
    rows = verdicts(judgement, args.duplicates_max, args.reread_max, args.no_order_excuse)
    if args.output == "json":
        print(json.dumps(_document(judgement, rows), indent=2))
    else:
        print("\n".join(table(judgement, rows)))
    return 0 if holds(rows) else 1
