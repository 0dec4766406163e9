"""The values of the chart, with defaults and schemas, from the tables: the settings of the supervisor are rows of
common/model/setting.def (those with fixed words: annotation.def), the other values rows of helm/value.def. Fails loudly when a row has
a form or a word that it does not know.
"""
import json
from typing import Any, NamedTuple

from tables import DefError, known, rows


class Value(NamedTuple):
    path: str
    default: Any
    schema: dict
    meaning: str
    variable: str  # of the supervisor's environment; "" when it is a value of the chart alone


SCALARS = ["string", "number", "boolean", "null"]
WORDS = {"LEFTOVERS": ["keep", "return", "discard"], "RESET": ["latest", "earliest"], "OVERLAP": ["Allow", "Reject"]}
MINIMUM = {"COUNT": 0, "POSITIVE": 1}
PATTERNS = {"PODS": "^(all|[0-9]+)?$", "SECONDS": "^[0-9]*$"}


def topic_format():
    """Each variable, and beside them what the name of a topic may hold (common/model/setting.c); empty is the default."""
    names = ["RANDOM", "FALLBACK", "ORIGINAL_TOPIC"]
    return [r"^([A-Za-z0-9._-]|\{\{(" + "|".join(names) + r")\}\})*$", *[r"^$|\{\{" + name + r"\}\}" for name in names]]


def log_levels():
    """[COMPONENT=]LEVEL, separated by commas, spaces beside them (common/base/log_levels.c)."""
    levels = "|".join("".join(f"[{c.upper()}{c}]" for c in name) for name in ["error", "warn", "warning", "info", "debug", "trace", "off"])
    item = rf"\s*(([^,]*[^,\s][^,]*=)?\s*({levels})\s*)?"
    return [f"^{item}(,{item})*$"]


# Settings with a rule of their own, as patterns that must all fit. What is no text there was meant otherwise: YAML's off is false.
RULES = {"topic_format": topic_format(), "log_levels": log_levels()}


def is_list(row):
    return row[6] == "comma-separated"


def default_of(row, ours):
    """A setting's default as a value of the chart."""
    _, helm, _, kind, default, _, _, _, _ = row
    if helm in ours:
        return ours[helm]
    if is_list(row):
        return [part for part in default.split(",") if part]
    return known({"COUNT": lambda: int(default), "POSITIVE": lambda: int(default), "TRUTH": lambda: default == "true", "TEXT": lambda: default}, kind, "setting.def")()


def setting_schema(row, forms):
    field, _, _, kind, _, top, _, meaning, _ = row
    schema = {"description": meaning}
    form = forms.get(field)
    if is_list(row):
        return {**schema, "type": ["array", "string", "null"], "items": {"type": "string"}}
    if kind in MINIMUM:
        return {**schema, "type": ["integer", "null"], "minimum": MINIMUM[kind], "maximum": int(top)}
    if kind == "TRUTH":
        return {**schema, "type": ["boolean", "null"]}
    if form in WORDS:
        return {**schema, "enum": [*WORDS[form], "", None]}
    if form == "TRUTH":
        return {**schema, "enum": [True, False, "true", "false", "", None]}
    if form in PATTERNS:
        return {**schema, "type": ["string", "integer", "null"], "pattern": PATTERNS[form], "minimum": 0}
    if field in RULES:
        return {**schema, "type": ["string", "null"], "maxLength": int(top), "allOf": [{"pattern": rule} for rule in RULES[field]]}
    return {**schema, "type": SCALARS, "maxLength": int(top)}


def value_schema(kind, meaning):
    return {"description": meaning, **known({
        "TEXT": {"type": SCALARS}, "COUNT": {"type": ["integer", "null"], "minimum": 0}, "TRUTH": {"type": ["boolean", "null"]},
        "TEXTS": {"type": ["array", "string", "null"], "items": {"type": "string"}}, "MAP": {"type": ["object", "array", "null"]},
        "ANY": {}}, kind, "value.def")}


def chart_defaults():
    return {path: json.loads(text) for path, text, _ in rows("helm/value.def", "CHART_DEFAULT")}


def values():
    """Every value, those of one mapping together."""
    ours = chart_defaults()
    forms = {name.replace("-", "_"): form for name, _, form, _ in rows("common/model/annotation.def", "ANNOTATION")}
    found = []
    for path, kind, default, meaning, _ in rows("helm/value.def", "VALUE"):
        found.append(Value(path, json.loads(default), value_schema(kind, meaning), meaning, ""))
    for row in rows("common/model/setting.def", "SETTING"):
        unit = f" ({row[6]})" if row[6] and row[6] not in row[7] and not is_list(row) else ""
        found.append(Value(row[1], default_of(row, ours), setting_schema(row, forms), f"{row[7]}{unit}", row[2]))
    if unknown := ours.keys() - {value.path for value in found}:
        raise DefError(f"value.def: no setting has the value {', '.join(unknown)}")
    if len({value.path for value in found}) != len(found):
        raise DefError("a value has two rows")
    return found
