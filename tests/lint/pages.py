"""Every page that a source or another page names is there, and so is the heading that a link goes to."""

import re
import sys
import tempfile
from pathlib import Path
from typing import Iterator

from command import run
from sources import sources

ENDINGS = (".c", ".h", ".def", ".py", ".md", ".sh", ".txt", ".cmake")
NAMED = re.compile(r"(?<![\w./*-])((?:[\w.-]+/)*[\w-]+\.md)\b(?:#([\w-]+))?")


def files(root: Path) -> Iterator[Path]:
    yield from (root / path for path in sources(root, ENDINGS))
    yield from sorted((root / "docs").glob("*.*"))
    yield from (root / name for name in ("README.md", "dev"))


def headings(page: Path) -> "set[str]":
    """As links name them: lower case, without marks, a dash for each blank."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in found}


def problems(root: Path) -> Iterator[str]:
    for path in files(root):
        if not path.is_file() or path == root / "tests/lint/pages.py":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            for name, heading in NAMED.findall(line):
                found = [place / name for place in (path.parent, root, root / "docs") if (place / name).is_file()]
                if not found:
                    yield f"{path.relative_to(root)}:{number}: there is no page {name}"
                elif heading and heading not in headings(found[0]):
                    yield f"{path.relative_to(root)}:{number}: {name} has no heading #{heading}"


def self_test() -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "docs").mkdir()
        (root / "cli").mkdir()
        (root / "docs/a.md").write_text("## What `x` does (now)\n")
        (root / "README.md").write_text("[a](docs/a.md#what-x-does-now) [b](docs/b.md)\n[c](docs/a.md#nothing)\n")
        (root / "cli/x.c").write_text("/* See docs/a.md and gone.md. */\n")
        (root / "dev").write_text("a.md\n")
        assert list(problems(root)) == [
            "cli/x.c:1: there is no page gone.md",
            "README.md:1: there is no page docs/b.md",
            "README.md:2: docs/a.md has no heading #nothing",
        ], list(problems(root))
    return 0


if __name__ == "__main__":
    sys.exit(run(__doc__, self_test, problems))
