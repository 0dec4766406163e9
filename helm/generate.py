#!/usr/bin/env python3
"""Writes the parts of the chart that come from the tables: values.yaml, values.schema.json, templates/_settings.tpl; and what Prometheus and
Grafana get, files/alerts.yaml and files/board.json.

    helm/generate.py           write them
    helm/generate.py --check   fail when a file is not what the tables say

The settings of the supervisor are rows of common/model/setting.def (those with fixed words: annotation.def), the other values
rows of helm/value.def; docs/chart_values.py reads them. Alerts and board are rows of alerts.py and board.py, and may name only series of
common/model/metric.def. Standard library only.
"""
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "docs"))
import output  # noqa: E402
from alerts import alerts_yaml  # noqa: E402
from board import board_json  # noqa: E402
from chart_values import chart_defaults, is_list, values  # noqa: E402
from tables import DefError, rows  # noqa: E402

VALUES_HEAD = """\
# Values of the chart, with their defaults. Written by helm/generate.py from the tables; do not edit.
# What is set to null counts as its default.
"""
SETTINGS_HEAD = """\
{{- /* Written by helm/generate.py from the tables; do not edit. */ -}}
"""


def values_yaml(found):
    """Leaves with their comments, parents as they come."""
    out, before = [VALUES_HEAD], []
    for path, default, _, meaning, variable in found:
        *parents, name = path.split(".")
        common = 0
        while common < min(len(parents), len(before)) and parents[common] == before[common]:
            common += 1
        if not parents or common < len(parents):
            out.append("\n")
        for depth in range(common, len(parents)):
            out.append("  " * depth + f"{parents[depth]}:\n")
        pad = "  " * len(parents)
        out.append(f"{pad}# {meaning} {variable}".rstrip() + "\n")
        out.append(output.yaml({name: default}, len(pad)))
        before = parents
    return "".join(out)


def values_schema(found):
    root = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Values of the chart of Sluice", "type": "object",
            "properties": {}}
    for path, _, schema, *_ in found:
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


SUFFIXES = {"COUNTER": ["_total"], "GAUGE": [""], "HISTOGRAM": ["_bucket", "_sum", "_count"]}


def checked(name, text):
    """text, in which every series is one that the page has."""
    series = {found + suffix for _, found, form, *_ in rows("common/model/metric.def", "METRIC") for suffix in SUFFIXES[form]}
    unknown = sorted(set(re.findall(r"\b(?:sluice|process)_[a-z_]+", text)) - series)
    if unknown:
        raise DefError(f"{name}: metric.def has no {', '.join(unknown)}")
    return text


def files():
    yield "helm/files/alerts.yaml", checked("helm/alerts.py", alerts_yaml())
    yield "helm/files/board.json", checked("helm/board.py", board_json())
    found = values()
    yield "helm/values.yaml", values_yaml(found)
    yield "helm/values.schema.json", values_schema(found)
    yield "helm/templates/_settings.tpl", settings_template(found)


if __name__ == "__main__":
    sys.exit(output.main("helm/generate.py", __doc__, files))
