"""The command line of a lint: a checkout to judge, or --self-test."""

import argparse
from pathlib import Path
from typing import Callable, Iterable, Optional


def run(description: Optional[str], self_test: "Callable[[], int]", problems: "Callable[[Path], Iterable[str]]") -> int:
    """Prints a line per problem of the checkout. The exit code: that of self_test, or 1 if there is a problem."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("root", nargs="?", type=Path)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test()
    found = list(problems(arguments.root))
    for line in found:
        print(line)
    return 1 if found else 0
