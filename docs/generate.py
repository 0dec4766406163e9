#!/usr/bin/env python3
"""Writes the generated parts of the documentation: tables made from the .def files, between markers of the pages.

    docs/generate.py           write them
    docs/generate.py --check   fail when a page is not what the tables say

A part begins with a line "<!-- generated: NAME -->" and ends with "<!-- end of generated -->". Standard library only; the
same input gives the same bytes. Fails loudly when a row has a form or a word that it does not know (docs/tables.py).
"""
import argparse
import json
import re
import sys

from chart_values import values
from tables import ROOT, DefError, known, rows

sys.path.insert(0, str(ROOT / "helm"))
from alerts import ALERTS  # noqa: E402

BEGIN = re.compile(r"<!-- generated: (\S+) -->\n")
END = "<!-- end of generated -->\n"


# --- Writing of tables ---

def cell(text):
    """One line, in which nothing is markup but what we put there: code and <br>."""
    parts = re.split(r"(`[^`]*`|<br>)", " ".join(str(text).split()).replace("|", "\\|"))
    return "".join(part if index % 2 else part.replace("<", "&lt;") for index, part in enumerate(parts))


def code(text):
    return f"`{text}`" if text else ""


def table(head, lines):
    out = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    out += ["| " + " | ".join(cell(c) for c in line) + " |" for line in lines]
    return "\n".join(out) + "\n"


# --- common/model ---

SETTINGS = "common/model/setting.def"
LIMITS = {"31536000000": "a year", "31536000": "a year", "86400": "a day"}


ANNOTATION_VALUES = {
    "SECONDS": "seconds; 0: do not wait",
    "LEFTOVERS": "`keep`, `return` or `discard`",
    "RESET": "`latest` or `earliest`",
    "OVERLAP": "`Allow` or `Reject`",
    "PODS": "`all`, or a number",
    "TRUTH": "`true` or `false`",
    "AUTOSCALER": "`adapt` or `ignore`",
}


def settings():
    """One that an annotation says too takes the same values."""
    values = {name.replace("-", "_"): known(ANNOTATION_VALUES, kind, "annotation.def") for name, _, kind, _ in rows("common/model/annotation.def", "ANNOTATION")}
    form = {"COUNT": lambda top, unit: f"number of {unit or 'them'}, at most {LIMITS.get(top, top)}",
            "POSITIVE": lambda top, unit: f"number of {unit or 'them'}, from 1 to {LIMITS.get(top, top)}", "TRUTH": lambda *_: "`true` or `false`",
            "TEXT": lambda top, unit: f"text{', ' + unit if unit else ''}, at most {top} bytes"}
    lines = []
    for field, _, variable, kind, default, top, unit, meaning, _ in rows(SETTINGS, "SETTING"):
        text = values.get(field) or known(form, kind, SETTINGS)(top, unit)
        lines.append([code(variable), text, code(default) or "empty", meaning])
    return table(["variable", "value", "default", "meaning"], lines)


# Annotations without an operator-wide setting of the same name.
ANNOTATION_MEANINGS = {"autoscaler": "Read, and without effect on one host: nothing scales a LocalService."}


def annotations():
    meanings = {row[0]: row[7] for row in rows(SETTINGS, "SETTING")}
    lines = []
    for name, _, kind, _ in rows("common/model/annotation.def", "ANNOTATION"):
        meaning = meanings.get(name.replace("-", "_")) or known(ANNOTATION_MEANINGS, name, "annotation.def")
        lines.append([code(f"sluice.dev/{name}"), known(ANNOTATION_VALUES, kind, "annotation.def"), meaning])
    return table(["annotation", "value", "meaning"], lines)


PROPERTY_LISTS = {"USED": "used", "SYSTEM_CA": "used when it names the system's bundle, else refused",
                  "IGNORED": "ignored", "REFUSED": "refused"}


def properties():
    by_list = {}
    for name, which, _ in rows("common/model/property.def", "PROPERTY"):
        by_list.setdefault(known(PROPERTY_LISTS, which, "property.def"), []).append(code(name))
    lines = [[name, ", ".join(by_list[name])] for name in PROPERTY_LISTS.values() if name in by_list]
    return table(["what happens", "properties"], lines + [["ignored", "every other one"]])


FIELD_TYPES = {"OBJECT": "object", "MAP": "map", "LIST": "list", "STRING": "text", "TEXT": "text, number or boolean",
               "INT": "whole number", "BOOL": "boolean", "ANY": "anything"}


def fields(kind):
    def produce():
        lines = []
        for of, path, form, flags, top, meaning, _ in rows("common/model/field.def", "FIELD"):
            if of != kind:
                continue
            text = known(FIELD_TYPES, form, "field.def")
            if top != "0":
                text += {"LIST": f", at most {top}", "MAP": f", at most {top}", "INT": f", at most {top}"}.get(form, f", at most {top} bytes")
            lines.append([code(path), text, "yes" if "REQUIRED" in flags else "", meaning])
        if not lines:
            raise DefError(f"field.def: no rows of {kind}")
        return table(["field", "form", "needed", "meaning"], lines)
    return produce


def kinds():
    roles = {"INPUT": "you, as files", "TARGET": "you, as files", "OWN": "`sluice run`, over the socket", "RECORD": "the supervisor alone"}
    lines = []
    for _, group, version, kind, plural, short, role, _ in rows("common/model/kind.def", "KIND"):
        if role == "WORKLOAD":  # a cluster has them; a folder does not
            continue
        lines.append([code(kind), code(f"{group}/{version}" if group else version), known(roles, role, "kind.def")])
    return table(["kind", "apiVersion", "written by"], lines)


def reasons():
    lines = sorted((name, step) for _, name, step, _ in rows("common/model/reason.def", "REASON"))
    return table(["reason", "next step"], [[code(name), step] for name, step in lines])


METRIC_TYPES = {"COUNTER": "counter", "GAUGE": "gauge", "HISTOGRAM": "histogram"}


def metrics():
    lines = []
    for _, name, form, _, labels, meaning, _ in rows("common/model/metric.def", "METRIC"):
        shown = name + ("_total" if form == "COUNTER" else "")
        lines.append([code(shown), known(METRIC_TYPES, form, "metric.def"), ", ".join(code(label) for label in labels.split()), meaning])
    return table(["series", "form", "labels", "meaning"], lines)


# --- helm ---

def alerts():
    when = {"0m": "at once"}
    return table(["alert", "severity", "what it means", "after", "what to do"],
                 [[code(name), severity, _words(summary), when.get(hold, hold), _words(steps)] for name, _, hold, severity, summary, steps in ALERTS])


def _words(text):
    """A template of Prometheus as a sentence: its variables become their names."""
    return re.sub(r"\{\{ *\$(?:labels\.)?(\w+)[^}]*\}\}", lambda found: found.group(1).upper(), text)


def chart_values():
    def shown(default):
        return code(default if isinstance(default, str) else json.dumps(default)) if default not in ("", [], {}) else "empty"
    return table(["value", "default", "meaning"], [[code(value.path), shown(value.default), value.meaning] for value in values()])


# --- supervisor/split ---

PHASES = "supervisor/split/state.def"
# What is true while a split is in a phase. Every STATE has to stand here.
PHASE_MEANINGS = {
    "PENDING": "The record is written: target, original, the name of the fallback topic, the environment entries to be patched.",
    "PROVISIONING": "The worker creates the fallback topic and notes where the log of the original begins and ends.",
    "PATCHING": "The target is pointed at the fallback topic and restarted. The worker forwards once it runs.",
    "ACTIVE": "The worker forwards; sessions come and go, each with a topic of its own.",
    "IDLE": "As Active without a session: everything goes to the fallback, for `splitTtl`.",
    "DRAINING": "The worker has stopped receiving; the application consumes what is left in the fallback.",
    "RESTORING": "The target gets its own environment back; then the temporary topics and the record are deleted.",
    "FAILED": "Nothing was patched; the temporary topics and the record are deleted.",
}


def phases():
    events = {name: comment for name, comment in rows(PHASES, "EVENT")}
    names = {name: text for name, text, _ in rows(PHASES, "STATE")}
    leaves = {name: [] for name in names}
    for state, event, to, _ in rows(PHASES, "T"):
        leaves[state].append(f"→ {names[to]}: {events[event]}")
    lines = [[f"**{names[s]}**", known(PHASE_MEANINGS, s, PHASES), "<br>".join(leaves[s]) or "→ gone: everything that the record lists is undone"]
             for s in names]
    return table(["phase", "what holds", "leaves when"], lines)


# --- worker/sqs ---

ACTIONS, RIGHTS = "worker/sqs/action.def", "worker/sqs/rights.def"
QUEUES = {"ORIGINAL": "ORIGINAL", "FALLBACK": "TEMPORARY"}
STATEMENTS = {"ORIGINAL": ["arn:aws:sqs:eu-west-1:111122223333:orders"], "TEMPORARY": ["arn:aws:sqs:eu-west-1:111122223333:mirrord-*"]}


def sqs_needed():
    """Whose queues -> the rights that a split cannot do without."""
    found = {where: [] for where in STATEMENTS}
    on = {"ORIGINAL": ["ORIGINAL"], "TEMPORARY": ["TEMPORARY"], "BOTH": ["ORIGINAL", "TEMPORARY"], "NOTHING": []}
    for _, _, rights, where, *_ in rows(ACTIONS, "ACTION"):
        for queues in known(on, where, ACTIONS):
            found[queues] += [right for right in rights.split(" or ") if right not in found[queues]]
    return found


def sqs_policy():
    statements = [{"Effect": "Allow", "Action": rights, "Resource": STATEMENTS[where]} for where, rights in sqs_needed().items()]
    return "```json\n" + json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n```\n"


def sqs_optional():
    """Rights beyond the policy, and what is missing without them; rows with the same words are one line."""
    rights = {code_: right for code_, _, right, *_ in rows(ACTIONS, "ACTION")}
    words = {"ORIGINAL": "your queues", "TEMPORARY": "`mirrord-*`"}
    lines = {}
    for action, queue, without, _ in rows(RIGHTS, "RIGHT"):
        lines.setdefault((known(QUEUES, queue, RIGHTS), without), []).append(code(known(rights, action, RIGHTS)))
    return table(["right", "on", "without it"], [[", ".join(found), words[where], without] for (where, without), found in lines.items()])


# --- cli ---

def commands():
    out = []
    options = rows("cli/option.def", "OPTION")
    for name, command, arguments, meaning, examples, _ in rows("cli/command.def", "COMMAND"):
        own = [o for o in options if re.search(rf"\b{name}\b", o[0])]
        examples = "\n".join(line.strip() for line in examples.splitlines())
        out.append(f"## sluice {command}\n\n`sluice {command} {' '.join(['[OPTION...]', arguments]).strip()}`\n\n{meaning}\n")
        if own:
            out.append(_options(own))
        out.append(f"Examples:\n\n```\n{examples}\n```\n")
    return "\n".join(out)


def _options(chosen):
    lines = []
    for _, _, key, name, argument, form, meaning, _ in chosen:
        known({"TEXT": 0, "FLAG": 0, "TEXTS": 0, "OUTPUT": 0}, form, "option.def")
        value = "" if argument == "NULL" else f"={argument}"
        short = f"`-{key[1]}`, " if key.startswith("'") else ""
        lines.append([f"{short}`--{name}{value}`", meaning])
    return table(["option", "meaning"], lines)


def common_options():
    return _options([o for o in rows("cli/option.def", "OPTION") if o[0] == "IN_ALL"])


def exit_codes():
    return table(["code", "meaning"], [[number, meaning] for _, number, meaning, _ in rows("cli/exit_code.def", "EXIT")])


def targets():
    good = [[code(f"{word}/NAME"), f"a {kind} ({version})"] for word, kind, version, _ in rows("cli/target.def", "TARGET")]
    bad = [[code(word), f"refused: {why}"] for word, why, _ in rows("cli/target.def", "TARGET_REFUSED")]
    return table(["begins with", "means"], good + bad)


PARTS = {
    "alerts": alerts,
    "annotations": annotations,
    "chart-values": chart_values,
    "cli-commands": commands,
    "cli-exit-codes": exit_codes,
    "cli-options": common_options,
    "cli-targets": targets,
    "fields-client-config": fields("KAFKA_CLIENT_CONFIG"),
    "fields-local-service": fields("LOCAL_SERVICE"),
    "fields-topics-consumer": fields("KAFKA_TOPICS_CONSUMER"),
    "kinds": kinds,
    "metrics": metrics,
    "phases": phases,
    "properties": properties,
    "reasons": reasons,
    "settings": settings,
    "sqs-optional-rights": sqs_optional,
    "sqs-policy": sqs_policy,
}


def generate(text, page, used):
    """text with every generated part as it should be."""
    out, position = [], 0
    while match := BEGIN.search(text, position):
        name = match.group(1)
        end = text.find(END, match.end())
        if name not in PARTS or end < 0:
            raise DefError(f"{page}: generated part '{name}' {'does not end' if name in PARTS else 'is not known'}")
        used.add(name)
        out += [text[position:match.end()], "\n", PARTS[name](), "\n", END]
        position = end + len(END)
    return "".join(out) + text[position:]


def main():
    parser = argparse.ArgumentParser(description="Writes the generated parts of the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is out of date")
    check = parser.parse_args().check
    used, stale = set(), []
    for page in sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")]):
        before = page.read_text(encoding="utf-8")
        after = generate(before, page.relative_to(ROOT), used)
        if after != before:
            stale.append(str(page.relative_to(ROOT)))
            if not check:
                page.write_text(after, encoding="utf-8")
    if missing := sorted(PARTS.keys() - used):
        raise DefError(f"no page holds: {', '.join(missing)}")
    for page in stale:
        print(f"{page}: {'out of date; run docs/generate.py' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except DefError as error:
        print(f"docs/generate.py: {error}", file=sys.stderr)
        sys.exit(2)
