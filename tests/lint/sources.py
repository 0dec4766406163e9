"""Which files are sources of the checkout: for the lint tools. As a program: print those with given endings, NUL after each."""

import os
import sys
from pathlib import Path
from typing import Iterator

FOLDERS = ("common", "ipc", "supervisor", "worker", "cli", "packaging", "tests")
NOT_OURS = {"build", "node_modules", "__pycache__"}


def sources(root: Path, endings: "tuple[str, ...]") -> Iterator[Path]:
    """Paths relative to `root`, in a stable order."""
    for top in FOLDERS:
        for folder, inner, files in os.walk(root / top):
            # Maven builds into target/; elsewhere that is a room of ours.
            built = NOT_OURS | {"target"} if "pom.xml" in files else NOT_OURS
            inner[:] = sorted(name for name in inner if name not in built)
            for name in sorted(files):
                if name.endswith(endings):
                    yield (Path(folder) / name).relative_to(root)


if __name__ == "__main__":
    top = Path(sys.argv[1])
    for path in sources(top, tuple(sys.argv[2:])):
        sys.stdout.write(f"{top / path}\0")
