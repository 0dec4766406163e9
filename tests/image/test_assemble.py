"""The container image: what gets into it, that its archive is one for both readers, and that it is the same each time (S-16)."""

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging" / "image"))
import assemble  # noqa: E402

EPOCH = 1700000000
FILES = {
    "usr/lib/x86_64-linux-gnu/libodd++.so.1": 0o644,
    "usr/bin/odd": 0o4755,
    "usr/include/odd.h": 0o644,
    "usr/share/doc/libodd/copyright": 0o644,
    "usr/share/doc/libodd/changelog.gz": 0o644,
    "usr/share/man/man1/odd.1.gz": 0o644,
    "usr/share/odd/data": 0o6755,
    "usr/share/ca-certificates/odd.crt": 0o644,
}
CONTROL = "Package: libodd++\nVersion: 1:2.0+x-1\nArchitecture: amd64\nMaintainer: Nobody <n@o>\nDescription: odd\n"


@pytest.fixture
def root(tmp_path):
    """A root file system as debootstrap leaves it, with one package."""
    package, root = tmp_path / "package", tmp_path / "root"
    (package / "DEBIAN").mkdir(parents=True)
    (package / "DEBIAN" / "control").write_text(CONTROL)
    for name, mode in FILES.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n")
        path.chmod(mode)
    archives = root / "var/cache/apt/archives"
    archives.mkdir(parents=True)
    subprocess.run(["dpkg-deb", "--build", package, archives / "libodd++_1%3a2.0+x-1_amd64.deb"], check=True, capture_output=True)
    return root


ODD = {"name": "libodd++", "version": "1:2.0+x-1", "architecture": "amd64", "source": "odd", "source_version": "2.0", "homepage": ""}


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "sluice-odd"
    path.write_bytes(b"\x7fELF")
    return path


def members(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {info.name.removeprefix("./"): info for info in tar}


def whole(root, program):
    layers = [("Debian 13", assemble.debian_layer(root, [ODD], EPOCH).bytes()), ("Sluice", assemble.program_layer([program], b"{}", EPOCH).bytes())]
    return layers, assemble.image(layers, "amd64", "1.2.3", "docker.io/library/sluice:1.2.3", EPOCH).layer.bytes()


def test_only_what_runs_gets_in(root):
    found = members(assemble.debian_layer(root, [ODD], EPOCH).bytes())
    kept = {name for name in FILES if name in found}
    assert kept == {
        "usr/lib/x86_64-linux-gnu/libodd++.so.1",
        "usr/share/doc/libodd/copyright",
        "usr/share/odd/data",
        "usr/share/ca-certificates/odd.crt",
    }
    assert {"etc/passwd", "etc/ssl/certs/ca-certificates.crt", "var/lib/dpkg/status.d/libodd++"} <= set(found)


def test_nothing_gives_rights_and_nothing_is_anybodys(root, program):
    layers, _ = whole(root, program)
    for _, data in layers:
        for info in members(data).values():
            assert not info.mode & 0o6000 and (info.uid, info.gid, info.mtime) == (0, 0, EPOCH), info.name


def test_the_same_input_gives_the_same_bytes(root, program):
    assert whole(root, program)[1] == whole(root, program)[1]


def test_the_archive_is_an_oci_layout_and_what_docker_saves(root, program):
    layers, archive = whole(root, program)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {info.name.removeprefix("./"): tar.extractfile(info).read() for info in tar if info.isreg()}

    def blob(what):
        data = files["blobs/sha256/" + what["digest"].removeprefix("sha256:")]
        assert what["digest"] == "sha256:" + hashlib.sha256(data).hexdigest() and what["size"] == len(data)
        return data

    (entry,) = json.loads(files["index.json"])["manifests"]
    assert entry["annotations"]["io.containerd.image.name"] == "docker.io/library/sluice:1.2.3"
    manifest = json.loads(blob(entry))
    config = json.loads(blob(manifest["config"]))
    unpacked = [gzip.decompress(blob(layer)) for layer in manifest["layers"]]
    assert unpacked == [data for _, data in layers]
    assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(data).hexdigest() for data in unpacked]
    assert config["config"]["User"] == "65532:65532"
    (docker,) = json.loads(files["manifest.json"])
    assert docker["RepoTags"] == ["sluice:1.2.3"]
    digests = [manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]
    assert [docker["Config"], *docker["Layers"]] == ["blobs/sha256/" + digest.removeprefix("sha256:") for digest in digests]


def test_the_list_names_every_package_as_scanners_look_for_it():
    found = assemble.spdx([ODD], "1.2.3", EPOCH)
    listed = {package["name"]: package for package in found["packages"]}
    assert set(listed) == {"sluice", "libodd++"}
    (reference,) = listed["libodd++"]["externalRefs"]
    assert reference["referenceLocator"] == "pkg:deb/debian/libodd%2B%2B@1%3A2.0%2Bx-1?arch=amd64&distro=debian-13"
    ids = {package["SPDXID"] for package in found["packages"]}
    assert {relation["relatedSpdxElement"] for relation in found["relationships"]} == ids
    assert found["creationInfo"]["created"] == "2023-11-14T22:13:20Z"


def test_a_package_that_is_not_there_is_named(root):
    with pytest.raises(SystemExit) as refused:
        assemble.debian_layer(root, [{**ODD, "version": "3.0"}], EPOCH)
    assert "libodd++_3.0_amd64.deb" in str(refused.value)


def test_a_library_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SystemExit) as refused:
        assemble.libraries(tmp_path, [Path("/usr/bin/env").resolve()])
    assert "needs libc.so" in str(refused.value)
