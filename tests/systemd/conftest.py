"""A host with systemd on which our packages are installed, and a run on it."""

import os
import sys
from pathlib import Path

import pytest

from harness.run import Run
from testbed.systemd.machine import Machine

from host import Service

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture
def machine(tmp_path):
    """Booted, with what its applications are made of: Python as the tests have it, and the clients."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    binds = {TESTS, shared, Path(sys.prefix), *(path for path in [Path(sys.base_prefix)] if path != Path("/usr"))}
    found = Machine(tmp_path / "machine", sorted(binds))
    try:
        yield found.boot()
    finally:
        found.close()


@pytest.fixture
def run(tmp_path, machine, broker):
    """A run whose supervisor is the installed service; its manifests lie where the package wants them."""
    service = Service(machine, tmp_path / "shared", Path(os.environ["SLUICE_PACKAGES"]))
    service.install()
    found = Run(tmp_path / "shared", broker, manifests=service.manifests())
    found.served_by = service
    try:
        yield found
    finally:
        service.keep_journal()
        found.close()
