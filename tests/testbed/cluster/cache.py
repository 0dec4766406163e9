"""What ./dev keeps in its cache for clusters."""

import os
import subprocess
from pathlib import Path

DEV = Path(__file__).resolve().parents[3] / "dev"


def folder(variable: str, name: str) -> Path:
    """The folder that a variable of the environment names, or where ./dev puts it (made now when missing)."""
    given = os.environ.get(variable)
    if not given:
        given = subprocess.run([DEV, "path", name], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return Path(given)


def programs() -> Path:
    return folder("SLUICE_CLUSTER_PROGRAMS", "cluster-programs")
