"""What the files of the web page may not do (S-14): make markup or code of text, carry code or style in markup, or name another host.

What others wrote lies as ORIGIN beside it says, and obeys the same rules, but for addresses in its comments.
"""

import hashlib
import re
import sys
from pathlib import Path, PurePosixPath
from typing import Iterable, Iterator

from command import run

FOLDER = PurePosixPath("cli/page/files")
SCRIPT = {
    r"\b(?:inner|outer)HTML\b": "text becomes markup: use text() or el() of dom.js",
    r"\binsertAdjacentHTML\b": "text becomes markup: use el() of dom.js",
    r"\b(?:createContextualFragment|DOMParser|setHTML\w*|srcdoc)\b": "text becomes markup: use el() of dom.js",
    r"\bdocument\s*\.\s*write": "text becomes markup: use el() of dom.js",
    r"(?<![\w.])eval\s*\(": "text becomes code",
    r"(?<![\w.])Function\s*\(": "text becomes code",
    r"\bset(?:Timeout|Interval)\s*\(\s*[\"'`]": "text becomes code",
    r"javascript:": "text becomes code",
    r"\b(?:localStorage|document\s*\.\s*cookie)\b": "is seen by other pages of this host: the token stays in its tab",
}
HOST = {r"(?:https?|wss?):(?://|\\/\\/)(?!www\.w3\.org/)": "names another host"}
MARKUP = {
    r"<script\b(?![^>]*\bsrc=)": "code in markup",
    r"<style\b": "style in markup",
    r"\son\w+\s*=": "code in markup",
    r"\sstyle\s*=": "style in markup",
    r"(?:src|href)=\"(?://|\w+:)": "names another host",
}
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL)


def judge(path: PurePosixPath, text: str) -> Iterator[str]:
    if "vendor" in path.parts:
        text = COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text)
    rules = {**HOST, **({".js": SCRIPT, ".html": MARKUP, ".svg": MARKUP}.get(path.suffix, {}))}
    for pattern, why in rules.items():
        for match in re.finditer(pattern, text):
            yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group().strip()}: {why}"


def origins(root: Path) -> Iterator[str]:
    """What is not as its ORIGIN says, or has none."""
    for folder in sorted((root / FOLDER / "vendor").iterdir()):
        rows = dict(reversed(line.split(maxsplit=1)) for line in (folder / "ORIGIN").read_text().splitlines()[1:])
        for file in sorted(folder.iterdir()):
            if file.name != "ORIGIN" and rows.pop(file.name, "") != hashlib.sha256(file.read_bytes()).hexdigest():
                yield f"{file.relative_to(root)}: is not what its ORIGIN says"
        yield from (f"{folder.relative_to(root)}/{name}: is in ORIGIN only" for name in rows)
        if not (folder / "LICENSE").exists():
            yield f"{folder.relative_to(root)}: has no LICENSE"


REFUSED = [
    ("a.js", "node.innerHTML = x"), ("a.js", "node.insertAdjacentHTML('beforeend', x)"), ("a.js", "document.write(x)"), ("a.js", "eval (x)"),
    ("a.js", "new Function(x)"), ("a.js", "setTimeout('x()', 1)"), ("a.js", "fetch('https://evil.example')"), ("a.js", "localStorage.x = 1"),
    ("vendor/a.js", "node.outerHTML = x"), ("vendor/a.js", "fetch('http://evil.example')"), ("a.css", "@import url(https://evil.example)"),
    ("a.html", "<script>x</script>"), ("a.html", "<p onclick=x>"), ("a.html", "<p style=x>"), ("a.html", '<img src="//evil.example">'), ("a.svg", "<svg onload=x>"),
]
ALLOWED = [
    ("a.js", "node.textContent = x"), ("a.js", "retrieval(x)"), ("a.js", 'const SVG = "http://www.w3.org/2000/svg"'), ("a.js", "setTimeout(again, 1)"),
    ("vendor/a.js", "/* https://example.org */ x() // https://example.org"), ("a.html", '<script type="module" src="main.js"></script>'), ("a.html", "<p>on a = b</p>"),
]


def self_test() -> int:
    wrong = [f"not refused: {path}: {text}" for path, text in REFUSED if not list(judge(FOLDER / path, text))]
    wrong += [f"refused: {path}: {text}" for path, text in ALLOWED if list(judge(FOLDER / path, text))]
    print("\n".join([*wrong, f"self-test: {len(REFUSED) + len(ALLOWED)} cases, {len(wrong)} wrong"]))
    return 1 if wrong else 0


def problems(root: Path) -> Iterable[str]:
    for file in sorted((root / FOLDER).rglob("*")):
        if file.suffix in (".js", ".html", ".css", ".svg"):
            yield from judge(PurePosixPath(file.relative_to(root)), file.read_text())
    yield from origins(root)


if __name__ == "__main__":
    sys.exit(run(__doc__, self_test, problems))
