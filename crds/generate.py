#!/usr/bin/env python3
"""Writes the CustomResourceDefinitions from the tables: crds/*.yaml.

    crds/generate.py           write them
    crds/generate.py --check   fail when a file is not what the tables say

Kinds and fields that Sluice reads are rows of common/model/{kind,field}.def; what it writes is crds/written.def; kinds that
it only installs are crds/{kind,field}.def; the columns of kubectl get are crds/column.def. Standard library only; the same
input gives the same bytes. Fails loudly when a row has a form or a word that it does not know.

The schemas refuse wrong types and what is greater than the limits, and keep fields that they do not know: these must reach
Sluice, which warns of them, or refuses a queue that has them. For the same reason a record never loses what a newer version
wrote into it.
"""
import argparse
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "docs"))
from tables import ROOT, DefError, known, rows  # noqa: E402

# A definition for each kind of these groups, but for those that only standalone mode has.
GROUPS = {"queues.mirrord.metalbear.co", "mirrord.metalbear.co", "sluice.dev"}
STANDALONE = {"LOCAL_SERVICE"}
FOLDERS = ("crds",)
HEAD = "# Written by crds/generate.py from the tables; do not edit.\n"
# What kubectl get sluice lists.
CATEGORIES = {"SPLIT_SESSION": ["sluice"], "QUEUE_SPLIT": ["sluice"]}
# A session is what it was asked for; whoever wants another one starts another one.
IMMUTABLE = {"SPLIT_SESSION": "The spec of a session cannot be changed; end this one and start another."}
PRESERVE = "x-kubernetes-preserve-unknown-fields"


# --- Tables ---

def kinds():
    for path in ("common/model/kind.def", "crds/kind.def"):
        for code, group, version, kind, plural, short, _, _ in rows(path, "KIND"):
            if group in GROUPS and code not in STANDALONE:
                yield code, group, version, kind, plural, short


def fields(code):
    """The rows of a kind as {path: (type, flags, max, meaning)}, parents before what is in them."""
    own = [row for path in ("common/model/field.def", "crds/field.def", "crds/written.def")
           for row in rows(path, "FIELD") if row[0] == code]
    status = [["", *row] for row in rows("crds/written.def", "STATUS")]
    found = {}
    for _, path, form, flags, top, meaning, _ in [*own, *status]:
        if path in found:
            raise DefError(f"{code}: {path} has two rows")
        found[path] = (form, set(flags.split(" | ")) - {"0"}, int(top), meaning)
    return dict(sorted(found.items(), key=lambda item: item[0].count(".") + item[0].count("[") + item[0].count("{")))


# --- Schemas ---

def text_schema(top):
    """A string, a number or a boolean: a structural schema has no word for it, so what it refuses is whatever has contents."""
    return {PRESERVE: True, "maxLength": top, "maxProperties": 0, "maxItems": 0}


def leaf(form, flags, top):
    limit = {key: top for key in ("maxLength", "maximum") if top and key == {"STRING": "maxLength", "INT": "maximum"}.get(form)}
    schema = known({"STRING": {"type": "string", **limit},
                    "INT": {"type": "integer", "format": "int64", "minimum": 0, **limit},
                    "BOOL": {"type": "boolean"},
                    "TEXT": text_schema(top),
                    "ANY": {PRESERVE: True},
                    "OBJECT": {"type": "object", PRESERVE: True},
                    "MAP": {"type": "object", **({"maxProperties": top} if top else {})},
                    "LIST": {"type": "array", **({"maxItems": top} if top else {})}}, form, "field.def")
    if form == "STRING" and "REQUIRED" in flags:
        schema["minLength"] = 1
    return schema


def place(schema, path):
    """The schema that a row's parent has, and the row's own name in it."""
    *parents, name = re.findall(r"[^.\[{]+|\[\]|\{\}", path)
    for part in parents:
        schema = schema["items"] if part == "[]" else schema["additionalProperties"] if part == "{}" else schema["properties"][part]
    return schema, name


def schema_of(code):
    root = {"description": "", "type": "object", PRESERVE: True}
    for path, (form, flags, top, meaning) in fields(code).items():
        try:
            parent, name = place(root, path)
        except KeyError:
            raise DefError(f"{code}: {path} stands in nothing") from None
        schema = {"description": meaning, **leaf(form, flags, top)}
        if name == "[]":
            parent["items"] = schema
        elif name == "{}":
            parent["additionalProperties"] = schema
        else:
            parent.setdefault("properties", {})[name] = schema
        if "REQUIRED" in flags and name not in ("[]", "{}"):
            parent.setdefault("required", []).append(name)
        # In a resource null is the same as absent; in a list or map it is a value.
        if "NULLABLE" in flags or not ("REQUIRED" in flags or name in ("[]", "{}")):
            schema["nullable"] = True
    root["description"] = root["properties"]["spec"]["description"]
    conditions = root["properties"]["status"]["properties"]["conditions"]
    conditions.update({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]})
    if code in IMMUTABLE:
        root["properties"]["spec"]["x-kubernetes-validations"] = [{"rule": "self == oldSelf", "message": IMMUTABLE[code]}]
    return root


def columns(code):
    found = []
    for of, name, form, priority, path, meaning, _ in rows("crds/column.def", "COLUMN"):
        if of != code:
            continue
        form = known({"STRING": "string", "INTEGER": "integer"}, form, "column.def")
        found.append({"name": name, "type": form, "description": meaning, "jsonPath": path,
                      **({"priority": int(priority)} if priority != "0" else {})})
    return [*found, {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}]


def definition(code, group, version, kind, plural, short):
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    if short:
        names["shortNames"] = [short]
    if code in CATEGORIES:
        names["categories"] = CATEGORIES[code]
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            # Deleting a definition deletes every resource of its kind, so uninstalling the chart leaves it.
            "metadata": {"name": f"{plural}.{group}", "annotations": {"helm.sh/resource-policy": "keep"}},
            "spec": {"group": group, "names": names, "scope": "Namespaced",
                     "versions": [{"name": version, "served": True, "storage": True, "subresources": {"status": {}},
                                   "additionalPrinterColumns": columns(code), "schema": {"openAPIV3Schema": schema_of(code)}}]}}


# --- Files ---

PLAIN = re.compile(r"[A-Za-z.][A-Za-z0-9 ./_-]*[A-Za-z0-9]|[A-Za-z]")
WORDS = {"true", "false", "yes", "no", "on", "off", "null"}


def scalar(value):
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def lines(value, indent):
    """A mapping or sequence as lines of YAML."""
    pad = " " * indent
    if isinstance(value, list):
        for item in value:
            if isinstance(item, (dict, list)):
                first, *more = lines(item, indent + 2)
                yield f"{pad}- {first.strip()}"
                yield from more
            else:
                yield f"{pad}- {scalar(item)}"
        return
    for key, item in value.items():
        if isinstance(item, (dict, list)) and item:
            yield f"{pad}{scalar(key)}:"
            yield from lines(item, indent + 2)
        else:
            yield f"{pad}{scalar(key)}: {scalar(item)}"


def files():
    for row in kinds():
        document = definition(*row)
        text = HEAD + "\n".join(lines(document, 0)) + "\n"
        for folder in FOLDERS:
            yield ROOT / folder / f"{row[4]}.yaml", text


def main():
    parser = argparse.ArgumentParser(description="Writes the CustomResourceDefinitions.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is out of date")
    check = parser.parse_args().check
    wanted, stale = dict(files()), []
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append((path, "out of date; run crds/generate.py" if check else "written"))
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    for path in (path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.yaml")) if path not in wanted):
        stale.append((path, "of no kind" if check else "removed"))
        if not check:
            path.unlink()
    for path, what in stale:
        print(f"{path.relative_to(ROOT)}: {what}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except DefError as error:
        print(f"crds/generate.py: {error}", file=sys.stderr)
        sys.exit(2)
