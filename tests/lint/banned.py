"""Banned calls and limits of size, for C sources. Comments and string literals do not count.

tests/lint/large.txt may name a file that is allowed to be longer, with the reason.
"""

import re
import sys
from pathlib import Path, PurePosixPath
from typing import Iterable, Iterator

from command import run
from sources import sources

BANNED = {
    "strcpy": "no bound: use struct buf or snprintf",
    "strcat": "no bound: use struct buf",
    "strncpy": "may leave the end off: use struct buf or snprintf",
    "sprintf": "no bound: use snprintf or struct buf",
    "vsprintf": "no bound: use vsnprintf",
    "gets": "no bound",
    "strtok": "global state: use strtok_r or strchr",
    "atoi": "hides errors: use strtol with checks",
    "atol": "hides errors: use strtol with checks",
    "system": "a shell reads its argument: spawn with argv",
    "popen": "a shell reads its argument: spawn with argv",
    "alloca": "no bound on the stack",
}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
# Literals first, so that a quote inside a comment and a comment mark inside a literal are both read rightly.
NOT_CODE = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', re.DOTALL)

LINES_MAX = 400
GUARDIAN = PurePosixPath("supervisor/guardian")
GUARDIAN_LINES_MAX = 540


def code_only(text: str) -> str:
    """The text with comments and literals emptied; lines stay where they are."""

    def blank(match: "re.Match[str]") -> str:
        kept = match.group()[0] * 2 if match.group()[0] in "\"'" else " "
        return kept + "\n" * match.group().count("\n")

    return NOT_CODE.sub(blank, text)


def calls(path: PurePosixPath, text: str) -> Iterator[str]:
    code = code_only(text)
    for match in CALL.finditer(code):
        line = code.count("\n", 0, match.start(1)) + 1
        yield f"{path}:{line}: {match.group(1)}() is banned, {BANNED[match.group(1)]}"


def sizes(lines: "dict[PurePosixPath, int]", large: "set[str]") -> Iterator[str]:
    for path, count in lines.items():
        if path.suffix == ".c" and count > LINES_MAX and str(path) not in large:
            yield f"{path}: {count} lines, at most {LINES_MAX}: two nouns in one file?"
    guardian = sum(count for path, count in lines.items() if path.parent == GUARDIAN and path.suffix == ".c")
    if guardian > GUARDIAN_LINES_MAX:
        yield f"{GUARDIAN}: {guardian} lines together, at most {GUARDIAN_LINES_MAX}"
    for name in sorted(large):
        if lines.get(PurePosixPath(name), 0) <= LINES_MAX:
            yield f"tests/lint/large.txt: {name} needs no exception"


def large_files(root: Path) -> "set[str]":
    table = root / "tests/lint/large.txt"
    lines = table.read_text().splitlines() if table.exists() else []
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def self_test() -> int:
    path = PurePosixPath("common/base/x.c")
    refused = [f"int f(void) {{ return {name} (x); }}" for name in BANNED]
    refused += ['puts("/*"); strcpy(a, b); puts("*/");', "/* a \" quote */ atoi(x);", "// it's\natol(x);"]
    allowed = ["snprintf(a, b, c);", "// strcpy(a, b)", "/* system(x) */", 'puts("gets(x)");', "my_atoi(x);", "a->system(x);"]
    missed = [f"not refused: {text}" for text in refused if not list(calls(path, text))]
    missed += [f"refused: {text}" for text in allowed if list(calls(path, text))]
    guardian = {GUARDIAN / "a.c": 300, GUARDIAN / "b.c": 241}
    checks: "list[tuple[bool, str]]" = [
        (not list(sizes({path: LINES_MAX}, set())), "a file at the limit"),
        (bool(list(sizes({path: LINES_MAX + 1}, set()))), "a file over the limit"),
        (not list(sizes({path: LINES_MAX + 1}, {str(path)})), "a file with an exception"),
        (bool(list(sizes({path: LINES_MAX}, {str(path)}))), "an exception that nobody needs"),
        (bool(list(sizes(guardian, set()))), "a guardian over its limit"),
    ]
    missed += [f"judged wrongly: {name}" for right, name in checks if not right]
    print("\n".join([*missed, f"self-test: {len(refused) + len(allowed) + len(checks)} cases, {len(missed)} wrong"]))
    return 1 if missed else 0


def problems(root: Path) -> Iterable[str]:
    lines: "dict[PurePosixPath, int]" = {}
    for path in map(PurePosixPath, sources(root, (".c", ".h"))):
        text = (root / path).read_text()
        lines[path] = text.count("\n")
        yield from calls(path, text)
    yield from sizes(lines, large_files(root))


if __name__ == "__main__":
    sys.exit(run(__doc__, self_test, problems))
