#!/usr/bin/env python3
"""Writes the parts of the chart that come from the tables: values.yaml, values.schema.json, templates/_settings.tpl.

    helm/generate.py           write them
    helm/generate.py --check   fail when a file is not what the tables say

The settings of the supervisor are rows of common/model/setting.def (those with fixed words: annotation.def), the other values
rows of helm/value.def. Standard library only; fails loudly when a row has a form or a word that it does not know.
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "docs"))
import output  # noqa: E402
from tables import DefError, known, rows  # noqa: E402

VALUES_HEAD = """\
# Values of the chart, with their defaults. Written by helm/generate.py from the tables; do not edit.
# What is set to null counts as its default.
"""
SETTINGS_HEAD = """\
{{- /* Written by helm/generate.py from the tables; do not edit. */ -}}
"""
SCALARS = ["string", "number", "boolean", "null"]
WORDS = {"LEFTOVERS": ["keep", "return", "discard"], "RESET": ["latest", "earliest"], "OVERLAP": ["Allow", "Reject"]}
PATTERNS = {"PODS": "^(all|[0-9]+)?$", "SECONDS": "^[0-9]*$"}


def is_list(row):
    return row[6] == "comma-separated"


def default_of(row, ours):
    """A setting's default as a value of the chart."""
    _, helm, _, kind, default, _, _, _, _ = row
    if helm in ours:
        return ours[helm]
    if is_list(row):
        return [part for part in default.split(",") if part]
    return known({"COUNT": lambda: int(default), "TRUTH": lambda: default == "true", "TEXT": lambda: default}, kind, "setting.def")()


def setting_schema(row, forms):
    field, _, _, kind, _, top, _, meaning, _ = row
    schema = {"description": meaning}
    form = forms.get(field)
    if is_list(row):
        return {**schema, "type": ["array", "string", "null"], "items": {"type": "string"}}
    if kind == "COUNT":
        return {**schema, "type": ["integer", "null"], "minimum": 0, "maximum": int(top)}
    if kind == "TRUTH":
        return {**schema, "type": ["boolean", "null"]}
    if form in WORDS:
        return {**schema, "enum": [*WORDS[form], "", None]}
    if form == "TRUTH":
        return {**schema, "enum": [True, False, "true", "false", "", None]}
    if form in PATTERNS:
        return {**schema, "type": ["string", "integer", "null"], "pattern": PATTERNS[form], "minimum": 0}
    return {**schema, "type": SCALARS, "maxLength": int(top)}


def value_schema(kind, meaning):
    return {"description": meaning, **known({
        "TEXT": {"type": SCALARS}, "COUNT": {"type": ["integer", "null"], "minimum": 0}, "TRUTH": {"type": ["boolean", "null"]},
        "TEXTS": {"type": ["array", "string", "null"], "items": {"type": "string"}}, "MAP": {"type": ["object", "array", "null"]},
        "ANY": {}}, kind, "value.def")}


def chart_defaults():
    return {path: json.loads(text) for path, text, _ in rows("helm/value.def", "CHART_DEFAULT")}


def values():
    """Every value: (path, default, schema, comment), those of one mapping together."""
    ours = chart_defaults()
    forms = {name.replace("-", "_"): form for name, _, form, _ in rows("common/model/annotation.def", "ANNOTATION")}
    found = []
    for path, kind, default, meaning, _ in rows("helm/value.def", "VALUE"):
        found.append((path, json.loads(default), value_schema(kind, meaning), meaning))
    for row in rows("common/model/setting.def", "SETTING"):
        unit = f" ({row[6]})" if row[6] and row[6] not in row[7] and not is_list(row) else ""
        found.append((row[1], default_of(row, ours), setting_schema(row, forms), f"{row[7]}{unit} {row[2]}"))
    if unknown := ours.keys() - {value[0] for value in found}:
        raise DefError(f"value.def: no setting has the value {', '.join(unknown)}")
    if len({value[0] for value in found}) != len(found):
        raise DefError("a value has two rows")
    return found


def values_yaml(found):
    """Leaves with their comments, parents as they come."""
    out, before = [VALUES_HEAD], []
    for path, default, _, comment in found:
        *parents, name = path.split(".")
        common = 0
        while common < min(len(parents), len(before)) and parents[common] == before[common]:
            common += 1
        if not parents or common < len(parents):
            out.append("\n")
        for depth in range(common, len(parents)):
            out.append("  " * depth + f"{parents[depth]}:\n")
        pad = "  " * len(parents)
        out.append(f"{pad}# {comment}\n")
        out.append(output.yaml({name: default}, len(pad)))
        before = parents
    return "".join(out)


def values_schema(found):
    root = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Values of the chart of Sluice", "type": "object",
            "properties": {}}
    for path, _, schema, _ in found:
        *parents, name = path.split(".")
        at = root
        for parent in parents:
            at = at["properties"].setdefault(parent, {"type": "object", "properties": {}})
        at["properties"][name] = schema
    return json.dumps(root, indent=2) + "\n"


def settings_template(found):
    out, ours = [SETTINGS_HEAD, '{{- define "sluice.settings" -}}\n'], chart_defaults()
    for row in rows("common/model/setting.def", "SETTING"):
        helper = "sluice.list" if is_list(row) else "sluice.text"
        # Empty is the program's own default.
        default = f" | default {json.dumps(json.dumps(ours[row[1]]))}" if row[1] in ours else ""
        out.append(f"- name: {row[2]}\n  value: {{{{ include \"{helper}\" .Values.{row[1]}{default} | quote }}}}\n")
    out.append('{{- end -}}\n')
    known_paths = sorted({".".join(path.split(".")[:2]) for path, *_ in found})
    out.append('{{- define "sluice.known" -}}\n' + json.dumps(known_paths) + '\n{{- end -}}\n')
    return "".join(out)


def files():
    found = values()
    yield "helm/values.yaml", values_yaml(found)
    yield "helm/values.schema.json", values_schema(found)
    yield "helm/templates/_settings.tpl", settings_template(found)


if __name__ == "__main__":
    sys.exit(output.main("helm/generate.py", __doc__, files))
