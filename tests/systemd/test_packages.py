"""The packages by themselves: what they bring, what they leave, and that they are the same bytes each time."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from host import PACKAGES, UNIT, Service

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def service(tmp_path, machine):
    return Service(machine, tmp_path / "shared", Path(os.environ["SLUICE_PACKAGES"]))


def test_a_host_needs_only_the_packages_that_it_uses_and_a_purge_leaves_nothing(service):
    """S-14: the socket is the group's. A host without workers of a family starts, and says what it cannot split."""
    machine = service.machine
    service.install(["sluice-supervisor"])
    warnings = [entry["MESSAGE"] for entry in service.journal("-t", "sluice-supervisor", "-p", "warning")]
    assert any("their workers are not installed" in text and "sluice-worker-kafka" in text for text in warnings), warnings
    assert "cannot be split" not in "".join(text for text in warnings if "sqs" in text), "one that is switched off is not missed"
    assert machine.run("stat", "-c", "%U %G %a", "/run/sluice/api.sock").split() == ["sluice", "sluice", "660"]
    assert machine.run("stat", "-c", "%U %G %a", "/etc/sluice").split() == ["root", "sluice", "750"]
    refused = machine.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "test", "-w", "/run/sluice/api.sock", check=False)
    machine.run("setpriv", "--reuid=nobody", "--regid=sluice", "--clear-groups", "test", "-w", "/run/sluice/api.sock")
    assert refused == ""

    before = service.pid("sluice-supervisor")
    service.install(["sluice", "sluice-worker-kafka"])    # a worker alone: the service reloads by a trigger
    service.wait_replaced("sluice-supervisor", before)
    service.wait_answers()
    assert "answers at /run/sluice/api.sock" in machine.run("sluice", "check", check=False)
    assert "sluice" in machine.run("bash", "-c", ". /usr/share/bash-completion/completions/sluice; complete -p sluice")

    machine.run("apt-get", "purge", "-y", *PACKAGES[:3])
    assert machine.run("systemctl", "is-active", UNIT, check=False).strip() == "inactive"
    left = machine.run("find", "/etc", "/var/lib", "/var/log", "/run", "/usr", "-name", "*sluice*", "-not", "-path", "/run/systemd/*", "-not", "-path", "/var/lib/systemd/*")
    assert not left, left


def test_another_build_of_the_same_sources_is_the_same(service, tmp_path):
    """Packed once more, from the same programs and in another folder, at another time."""
    def digests(folder):
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in Path(folder).glob("*.deb")}
    work = CHECKOUT / "build/packages/work"
    epoch = (service.packages / "epoch").read_text().strip()
    subprocess.run(["cpack", "-B", str(tmp_path / "again")], cwd=work, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": epoch})
    assert digests(tmp_path / "again") == digests(service.packages)


def test_lintian_finds_nothing_wrong():
    files = sorted(map(str, Path(os.environ["SLUICE_PACKAGES"]).glob("*.deb")))
    assert len(files) == len(PACKAGES)
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", *files], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
