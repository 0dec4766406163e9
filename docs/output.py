"""Writing of generated files: YAML as lines, and the one command line of their generators. Standard library only; the same
input gives the same bytes.
"""
import argparse
import json
import re
import sys

from tables import ROOT, DefError

PLAIN = re.compile(r"[A-Za-z.][A-Za-z0-9 ./_-]*[A-Za-z0-9]|[A-Za-z]")
WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def scalar(value):
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def _lines(value, indent):
    pad = " " * indent
    if isinstance(value, list):
        for item in value:
            if isinstance(item, (dict, list)):
                first, *more = _lines(item, indent + 2)
                yield f"{pad}- {first.strip()}"
                yield from more
            else:
                yield f"{pad}- {scalar(item)}"
        return
    for key, item in value.items():
        if isinstance(item, (dict, list)) and item:
            yield f"{pad}{scalar(key)}:"
            yield from _lines(item, indent + 2)
        else:
            yield f"{pad}{scalar(key)}: {scalar(item)}"


def yaml(document, indent=0):
    """A mapping as YAML in block style, each line with its indent."""
    return "".join(line + "\n" for line in _lines(document, indent))


def _refresh(wanted, folders, check, program):
    """Writes what differs, removes what no longer is made; yields a line for each."""
    for name, text in wanted.items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield f"{name}: {f'out of date; run {program}' if check else 'written'}"
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    for folder, pattern in folders:
        for path in sorted((ROOT / folder).glob(pattern)):
            if str(path.relative_to(ROOT)) not in wanted:
                yield f"{path.relative_to(ROOT)}: {'made of nothing' if check else 'removed'}"
                if not check:
                    path.unlink()


def main(program, description, files, folders=()):
    """files() yields (name, text) of everything that is made; in folders, pairs of a folder and a pattern, is nothing else.
    The exit code: 1 when --check finds a file out of date, 2 when a table cannot be understood."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is out of date")
    check = parser.parse_args().check
    try:
        lines = list(_refresh(dict(files()), folders, check, program))
    except DefError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    for line in lines:
        print(line)
    return 1 if check and lines else 0
