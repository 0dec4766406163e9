"""Test results of every layer in one table, and the closing line of ./dev test. Standard library only.

A row: layer, state (passed, failed, skipped), test, log; separated by tabs.
"""

import argparse
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Iterable, NamedTuple

# What cmocka prints per test case; ctest sees only the program around them.
CMOCKA = re.compile(r"^\[\s*(OK|FAILED|SKIPPED)\s*\] ([A-Za-z_]\w*)\s*$", re.MULTILINE)
STATES = {"OK": "passed", "FAILED": "failed", "SKIPPED": "skipped"}


class Row(NamedTuple):
    layer: str
    state: str
    test: str
    log: str


def state_of(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    # ctest says "disabled" or "notrun" in an attribute, pytest has an element.
    if case.find("skipped") is not None or case.get("status") in ("disabled", "notrun"):
        return "skipped"
    return "passed"


def ctest_rows(layer: str, report: Path, logs: Path) -> Iterable[Row]:
    """One row per cmocka case; one for the program when it has none, or when it failed outside of them (a crash, a leak)."""
    for case in ElementTree.parse(report).iter("testcase"):
        name, state = case.get("name", "?"), state_of(case)
        log = logs / f"{name}.log"
        log.write_text(case.findtext("system-out") or "")
        found = {test: STATES[word] for word, test in CMOCKA.findall(log.read_text())}
        for test, inner in found.items():
            yield Row(layer, inner, f"{name}:{test}", str(log))
        if not found or (state == "failed" and "failed" not in found.values()):
            yield Row(layer, state, name, str(log))


def pytest_rows(layer: str, report: Path, log: Path) -> Iterable[Row]:
    for case in ElementTree.parse(report).iter("testcase"):
        yield Row(layer, state_of(case), f"{case.get('classname')}:{case.get('name')}", str(log))


def read_rows(table: Path) -> "list[Row]":
    return [Row(*line.split("\t")) for line in table.read_text().splitlines()] if table.exists() else []


def counts(rows: Iterable[Row]) -> str:
    states = [row.state for row in rows]
    line = f"{states.count('passed')} passed, {states.count('failed')} failed"
    return line + (f", {states.count('skipped')} skipped" if "skipped" in states else "")


def add(table: Path, rows: "list[Row]") -> None:
    """In one write: layers that run side by side add to one table."""
    data = "".join("\t".join(row) + "\n" for row in rows).encode()
    with open(table, "ab", buffering=0) as file:
        assert file.write(data) == len(data), f"{table}: cut"


def summary(table: Path) -> int:
    """Print what was skipped and what failed with the logs, and the closing line. Returns the exit status."""
    rows = read_rows(table)
    for state in ("skipped", "failed"):
        for row in rows:
            if row.state == state:
                print(f"{state}: {row.layer}: {row.test}  log: {row.log}")
    print(counts(rows))
    return 1 if any(row.state == "failed" for row in rows) else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("what", choices=("ctest", "pytest", "one", "summary"))
    parser.add_argument("values", nargs="*")
    args = parser.parse_args()
    if args.what == "summary":
        return summary(args.table)
    if args.what == "one":
        rows = [Row(*args.values)]
    elif args.what == "ctest":
        layer, report, logs = args.values
        rows = list(ctest_rows(layer, Path(report), Path(logs)))
    else:
        layer, report, log = args.values
        rows = list(pytest_rows(layer, Path(report), Path(log)))
    add(args.table, rows)
    print(counts(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
