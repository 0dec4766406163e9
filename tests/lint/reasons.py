"""Every row of reason.def is told by the product somewhere: a reason that nothing gives is a promise in the documentation that
nobody keeps. Comments and the table itself do not count. Fails the build."""

import re
import sys
from pathlib import Path
from typing import Iterable, Iterator

from command import run
from sources import sources

TABLE = Path("common/model/reason.def")
ROW = re.compile(r"^REASON\((\w+),", re.MULTILINE)
USE = re.compile(r"\bREASON_(\w+)\b")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
# A comparison with a reason gives none.
QUESTION = re.compile(r"[!=]=\s*REASON_\w+|case REASON_\w+")


def used(text: str) -> "set[str]":
    return set(USE.findall(QUESTION.sub("", COMMENT.sub("", text))))


def unused(table: str, texts: "Iterable[str]") -> "list[str]":
    found: "set[str]" = set()
    for text in texts:
        found |= used(text)
    return [code for code in ROW.findall(table) if code not in found]


def self_test() -> int:
    table = 'REASON(GIVEN, "Given", "a")\nREASON(TOLD, "Told", "b")\nREASON(ASKED, "Asked", "c")\nREASON(NEVER, "Never", "d")\n'
    texts = ["reason_set(why, REASON_GIVEN, 1, text);", "/* REASON_NEVER */ x = REASON_TOLD; // REASON_NEVER", "if (code == REASON_ASKED)"]
    right = unused(table, texts) == ["ASKED", "NEVER"]
    print("self-test: " + ("right" if right else f"wrong: {unused(table, texts)}"))
    return 0 if right else 1


def problems(root: Path) -> Iterator[str]:
    paths = [path for path in sources(root, (".c", ".h", ".def")) if path.parts[0] != "tests" and path != TABLE]
    for code in unused((root / TABLE).read_text(), ((root / path).read_text() for path in paths)):
        yield f"{TABLE}: nothing gives {code}: use it where it belongs, or delete the row"


if __name__ == "__main__":
    sys.exit(run(__doc__, self_test, problems))
