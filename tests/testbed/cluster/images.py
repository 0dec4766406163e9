"""Container images: no registry is ever asked, they come as archives (OCI or docker)."""

import shutil
import uuid
from pathlib import Path

from . import cache, node
from .space import run_in_node

IMPORT_DEADLINE_S = 180.0


def cached() -> Path:
    """The folder of the testbed's own: pause.tar (sluice.test/pause:1), app.tar (sluice.test/app:1)."""
    return cache.folder("SLUICE_CLUSTER_IMAGES", "cluster-images")


def load(pid: int, var: Path, archive: Path, deadline_s: float = IMPORT_DEADLINE_S) -> str:
    """Import it under the names it carries. pid and var: of a node whose containerd runs."""
    inner = var / "tmp" / f"{uuid.uuid4().hex}.tar"
    shutil.copyfile(archive, inner)
    try:
        return run_in_node(pid, node.ctr("images", "import", f"/var/tmp/{inner.name}"), deadline_s)
    finally:
        inner.unlink()
