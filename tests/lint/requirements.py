"""Every requirement of requirements.txt is named by a test: as "C-15" anywhere in a file of tests, or as c15 or c_15 in a test's name.
Helpers of tests do not count. Fails the build."""

import re
import sys
from pathlib import Path
from typing import Iterable, Iterator

from command import run
from sources import sources

TABLE = Path("tests/lint/requirements.txt")
# The simulator's files are its test.
TESTS = re.compile(r"^tests/(?:.*/)?(?:test_\w+\.(?:c|py)|check_\w+\.sh)$|^tests/sim/\w+\.c$")
IN_TEXT = re.compile(r"(?<![A-Za-z0-9-])([A-Z]+-\d+)(?![0-9])")
TEST_NAME = re.compile(r"\bdef (test_\w+)|\bvoid (\w+)\(void \*\*state\)")
IN_NAME = re.compile(r"(?:^|_)([a-z]+)_?(\d+)(?=_)")


def wanted(table: str) -> "list[str]":
    found = []
    for line in table.splitlines():
        letters, *spans = line.split("#")[0].split() or [""]
        for span in spans:
            first, _, last = span.partition("-")
            found += [f"{letters}-{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def named(text: str) -> "set[str]":
    found = set(IN_TEXT.findall(text))
    for names in TEST_NAME.findall(text):
        found |= {f"{letters.upper()}-{number}" for name in names for letters, number in IN_NAME.findall(name)}
    return found


def unnamed(table: str, texts: "Iterable[str]") -> "list[str]":
    found: "set[str]" = set()
    for text in texts:
        found |= named(text)
    return [identifier for identifier in wanted(table) if identifier not in found]


def self_test() -> int:
    table = "# none: X 9\nC 1-3 15\nCASE 7 8\n\nS 1\n"
    texts = ["/* C-1, AC-2 and C-33 */", "static void test_c_3_and_more(void **state)\nint c15_x;", "def test_k2_case7_a_thing(run):\n    s1_x = 2"]
    right = unnamed(table, texts) == ["C-2", "C-15", "CASE-8", "S-1"]
    print("self-test: " + ("right" if right else f"wrong: {unnamed(table, texts)}"))
    return 0 if right else 1


def problems(root: Path) -> Iterator[str]:
    paths = [path for path in sources(root, (".c", ".py", ".sh")) if TESTS.match(path.as_posix())]
    for identifier in unnamed((root / TABLE).read_text(), ((root / path).read_text() for path in paths)):
        yield f"{TABLE}: no test names {identifier}"


if __name__ == "__main__":
    sys.exit(run(__doc__, self_test, problems))
