"""Commands that answer soon: run to their end, and heard when they fail."""

import subprocess
from typing import Mapping, Sequence

DEADLINE_S = 120.0


def run(argv: Sequence[str], environment: "Mapping[str, str] | None" = None, stdin: "str | None" = None, timeout_s: float = DEADLINE_S) -> str:
    """Standard output. Raises RuntimeError with what it said."""
    done = subprocess.run(argv, input=stdin or "", capture_output=True, text=True, env=environment, timeout=timeout_s)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: status {done.returncode}: {done.stderr.strip()} {done.stdout.strip()}")
    return done.stdout
