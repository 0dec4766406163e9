#!/usr/bin/env python3
"""Writes the CustomResourceDefinitions from the tables: crds/*.yaml, and the same files in the chart, helm/crd/*.yaml.

    crds/generate.py           write them
    crds/generate.py --check   fail when a file is not what the tables say

Kinds and fields that Sluice reads are rows of common/model/{kind,field}.def; what it writes is crds/written.def; kinds that
it only installs are crds/{kind,field}.def; the columns of kubectl get are crds/column.def. Standard library only; the same
input gives the same bytes. Fails loudly when a row has a form or a word that it does not know.

The schemas refuse wrong types and what is greater than the limits, and keep fields that they do not know: these must reach
Sluice, which warns of them, or refuses a queue that has them. For the same reason a record never loses what a newer version
wrote into it.
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "docs"))
import output  # noqa: E402
from tables import DefError, known, rows  # noqa: E402

# A definition for each kind of these groups, but for those that only standalone mode has.
GROUPS = {"queues.mirrord.metalbear.co", "mirrord.metalbear.co", "sluice.dev"}
STANDALONE = {"LOCAL_SERVICE"}
FOLDERS = ("crds", "helm/crd")
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

def files():
    for row in kinds():
        document = definition(*row)
        text = HEAD + output.yaml(document)
        for folder in FOLDERS:
            yield f"{folder}/{row[4]}.yaml", text


if __name__ == "__main__":
    sys.exit(output.main("crds/generate.py", __doc__, files, [(folder, "*.yaml") for folder in FOLDERS]))
