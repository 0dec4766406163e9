"""clang-tidy over every source that the build knows, in parallel, and only where something changed.

What passed is remembered by a hash of the tool, its configuration, the command line and everything that the file includes,
so a warm run costs seconds. What failed is never remembered.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOOL = "clang-tidy-14"
CONFIG = ".clang-tidy"
OBJECT = re.compile(r" -o (\S+)")
PRELUDE = "tests/lint/analyzer.h"


def dependencies(build: Path) -> "dict[str, list[Path]]":
    """Object file -> the files that it was made of, as ninja recorded them."""
    text = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, stdout=subprocess.PIPE, text=True).stdout
    found: "dict[str, list[Path]]" = {}
    current: "list[Path]" = []
    for line in text.splitlines():
        if line.startswith("    "):
            current.append((build / line.strip()).resolve())
        elif ": #deps" in line:
            current = found.setdefault(line.split(": #deps")[0], [])
    return found


class Contents:
    """Hashes of files, each read once."""

    def __init__(self) -> None:
        self._known: "dict[Path, str]" = {}

    def of(self, path: Path) -> str:
        if path not in self._known:
            try:
                self._known[path] = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError:
                self._known[path] = "missing"
        return self._known[path]


def key(root: Path, entry: "dict[str, str]", made_of: "list[Path]", salt: str, contents: Contents) -> str:
    total = hashlib.sha256(salt.encode())
    # Where the checkout lies makes no difference, so that all of a user's checkouts share what passed.
    total.update(entry["command"].replace(str(root), "").encode())
    for path in sorted({Path(entry["file"]).resolve(), *made_of}):
        total.update(f"{path}:{contents.of(path)}\n".replace(str(root), "").encode())
    return total.hexdigest()


def check(root: Path, build: Path, source: str) -> "tuple[int, str]":
    argv = [TOOL, "--quiet", "--warnings-as-errors=*", f"--config-file={root / CONFIG}", "-p", str(build)]
    argv += ["--extra-arg=-include", f"--extra-arg={root / PRELUDE}", source]
    run = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return run.returncode, run.stdout


def main() -> int:
    root, build, cache = (Path(argument).resolve() for argument in sys.argv[1:4])
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TOOL, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    salt = version + (root / CONFIG).read_text() + (root / PRELUDE).read_text()
    contents, made_of = Contents(), dependencies(build)
    entries = json.loads((build / "compile_commands.json").read_text())
    todo: "dict[str, Path]" = {}
    # A file that is compiled twice, for two programs, is judged by its first command.
    for entry in {entry["file"]: entry for entry in reversed(entries)}.values():
        # A file whose dependencies ninja does not know was never compiled; it is checked each time.
        made = OBJECT.search(entry["command"])
        deps = made_of.get(made.group(1)) if made else None
        marker = cache / key(root, entry, deps, salt, contents) if deps else cache / "never"
        if not marker.exists():
            todo[entry["file"]] = marker
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for marker, (status, output) in zip(todo.values(), pool.map(lambda source: check(root, build, source), todo)):
            if status != 0:
                failed += 1
                print(output)
            elif marker.name != "never":
                marker.touch()
    print(f"{len(entries)} files, {len(todo)} checked, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
