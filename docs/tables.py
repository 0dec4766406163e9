"""Reading of .def files, for whatever is generated from them: docs/generate.py, crds/generate.py, helm/generate.py.

The files are read as the compiler reads them: rows of one macro with strings, words and nested parentheses. Standard library
only. Fails loudly when a row has a form that it does not know.
"""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOKEN = re.compile(r'\s+|//[^\n]*|/\*.*?\*/|"(?:[^"\\]|\\.)*"|[(),]|[^\s(),"]+', re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


class DefError(Exception):
    """A table or page that cannot be understood."""


def _unquote(token):
    return re.sub(r"\\(.)", lambda m: ESCAPES[m.group(1)], token[1:-1])


def _argument(tokens):
    """Adjacent strings are one string; everything else is kept as it stands."""
    if tokens and all(t.startswith('"') for t in tokens):
        return "".join(_unquote(t) for t in tokens)
    return " ".join(tokens)


def rows(path, macro):
    """The rows macro(...) of a file as lists of arguments; a comment on the row's line is its last element, or ""."""
    text = (ROOT / path).read_text(encoding="utf-8")
    found, position = [], 0
    pattern = re.compile(rf"^{macro}(?=\()", re.MULTILINE)
    while match := pattern.search(text, position):
        arguments, current, depth, position = [], [], 0, match.end()
        while token := TOKEN.match(text, position):
            position, word = token.end(), token.group()
            if word.isspace() or word.startswith(("/*", "//")):
                continue
            depth += {"(": 1, ")": -1}.get(word, 0)
            if depth == 0:
                break
            if word == "," and depth == 1:
                arguments.append(_argument(current))
                current = []
            elif not (word == "(" and depth == 1):
                current.append(word)
        else:
            raise DefError(f"{path}: a row of {macro} does not end")
        comment = re.match(r"[ \t]*/\*\s*(.*?)\s*\*/", text[position:], re.DOTALL)
        found.append([*arguments, _argument(current), " ".join(comment.group(1).split()) if comment else ""])
    if not found:
        raise DefError(f"{path}: no rows of {macro}")
    return found


def known(words, word, what):
    if word not in words:
        raise DefError(f"{what}: '{word}' is not known here")
    return words[word]
