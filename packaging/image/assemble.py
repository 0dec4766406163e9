#!/usr/bin/env python3
"""Puts the container image together: two layers (what our programs need of Debian, and the programs), an archive of them that
is both an OCI layout and what `docker save` writes, and a list of what is in it (SPDX 2.3).

Reads the root file system that the programs were built in; changes nothing there. The same packages, programs and epoch give the same
bytes. Fails when a library that a program links belongs to no package, or a package is not among those that the root was made of.
Standard library only, with dpkg and readelf.
"""
import argparse
import gzip
import hashlib
import io
import json
import re
import subprocess
import tarfile
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

USER = 65532
# Of every package only what runs, and its licence.
DROPPED = re.compile(r"\./(usr/share/(man|locale|info|lintian|bug|doc-base|bash-completion|base-files|gcc|gdb)(/|$)|usr/share/doc/.*(?<!/copyright)$"
                     r"|usr/include(/|$)|usr/lib/.*\.(a|o|la)$|usr/sbin/.|usr/bin/.|etc/(init|cron|update-motd)\S*)")
DIGEST = "sha256:"


def run(*argv):
    return subprocess.run([str(a) for a in argv], check=True, stdout=subprocess.PIPE, text=True).stdout


# --- What of Debian is needed ---

def libraries(root, programs):
    """The libraries that the dynamic linker would load for the programs, as files of the root."""
    folders = [*root.glob("usr/lib/*-linux-gnu"), root / "usr/lib64", root / "usr/lib"]
    found, waiting = {}, list(programs)
    while waiting:
        path = waiting.pop()
        for name in re.findall(r"\(NEEDED\)\s+Shared library: \[(.+)\]", run("readelf", "-d", path)):
            if name not in found:
                found[name] = next((folder / name for folder in folders if (folder / name).exists()), None)
                if not found[name]:
                    raise SystemExit(f"{path.name} needs {name}, which is not there")
                waiting.append(found[name])
    return set(found.values())


def dpkg_query(root, *argv):
    return run("dpkg-query", f"--admindir={root / 'var/lib/dpkg'}", *argv)


def owners(root, paths):
    """The packages of files. /lib is a link to /usr/lib, and dpkg knows a file by the name that its package gives it."""
    real = {"/" + str(path.resolve().relative_to(root.resolve())) for path in paths}
    listed = dpkg_query(root, "-S", *sorted(real)).splitlines()
    missing = real - {line.split(": ", 1)[1] for line in listed}
    if missing:
        raise SystemExit(f"of no package: {', '.join(sorted(missing))}")
    return {line.split(":")[0] for line in listed}


def described(root, names):
    """The packages' control fields, by name."""
    form = "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\t${Homepage}\n"
    keys = ("name", "version", "architecture", "source", "source_version", "homepage")
    return [dict(zip(keys, line.split("\t"))) for line in dpkg_query(root, "-W", "-f", form, *sorted(names)).splitlines()]


def archive_of(root, package):
    version = package["version"].replace(":", "%3a")
    path = root / "var/cache/apt/archives" / f"{package['name']}_{version}_{package['architecture']}.deb"
    if not path.exists():
        raise SystemExit(f"{path.name} is not among the packages that the root was made of")
    return path


# --- Layers ---

class Layer:
    """A tar in which the same content has the same bytes: sorted, without owners and times of its own."""

    def __init__(self, epoch):
        self.epoch = epoch
        self.members = {}

    def add(self, info, data=b""):
        info.mtime, info.uid, info.gid, info.uname, info.gname, info.pax_headers = self.epoch, 0, 0, "", "", {}
        info.name = "./" + info.name.removeprefix("./").strip("/")
        self.members.setdefault(info.name, (info, data))

    def file(self, path, data, mode=0o644):
        for parent in list(Path(path).parents)[-2::-1]:
            info = tarfile.TarInfo(str(parent))
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            self.add(info)
        info = tarfile.TarInfo(path)
        info.mode, info.size = mode, len(data)
        self.add(info, data)

    def package(self, path):
        """The files of a .deb, without running anything of it."""
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", path], stdout=subprocess.PIPE) as process:
            with tarfile.open(fileobj=process.stdout, mode="r|") as tar:
                for info in tar:
                    if not DROPPED.match(info.name):
                        self.add(info, tar.extractfile(info).read() if info.isreg() else b"")
        if process.returncode:
            raise SystemExit(f"{path}: cannot be unpacked")

    def bytes(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name in sorted(self.members):
                info, data = self.members[name]
                # Without a shell nothing in it may be another user's.
                info.mode &= ~0o6000
                tar.addfile(info, io.BytesIO(data) if info.isreg() else None)
        return out.getvalue()


def certificates(layer):
    """What update-ca-certificates would write."""
    texts = [data for name, (_, data) in sorted(layer.members.items())
             if name.startswith("./usr/share/ca-certificates/") and name.endswith(".crt")]
    if not texts:
        raise SystemExit("no certificates")
    layer.file("etc/ssl/certs/ca-certificates.crt", b"".join(text.rstrip(b"\n") + b"\n" for text in texts))


def debian_layer(root, packages, epoch):
    layer = Layer(epoch)
    for package in packages:
        path = archive_of(root, package)
        layer.package(path)
        # Where scanners look when there is no dpkg.
        layer.file(f"var/lib/dpkg/status.d/{package['name']}", run("dpkg-deb", "--field", path).encode())
    certificates(layer)
    layer.file("etc/passwd", f"root:x:0:0:root:/:/sbin/nologin\nsluice:x:{USER}:{USER}:Sluice:/:/sbin/nologin\n".encode())
    layer.file("etc/group", f"root:x:0:\nsluice:x:{USER}:\n".encode())
    layer.file("etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\nservices: files\n")
    return layer


def program_layer(programs, sbom, epoch):
    layer = Layer(epoch)
    for program in programs:
        layer.file(f"usr/bin/{program.name}", program.read_bytes(), 0o755)
    layer.file("usr/share/sluice/sbom.spdx.json", sbom)
    return layer


# --- The list of what is in it ---

def when(epoch):
    return datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def spdx_package(identifier, name, version, **more):
    return {"SPDXID": identifier, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION", **more}


def spdx(packages, version, epoch):
    """SPDX 2.3, https://spdx.github.io/spdx-spec/v2.3/"""
    ours = spdx_package("SPDXRef-sluice", "sluice", version, primaryPackagePurpose="CONTAINER")
    listed, relations = [ours], [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-sluice"}]
    for package in packages:
        identifier = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", package["name"])
        name, number = (quote(package[key], safe="~") for key in ("name", "version"))
        purl = f"pkg:deb/debian/{name}@{number}?arch={package['architecture']}&distro=debian-13"
        listed.append(spdx_package(
            identifier, package["name"], package["version"], primaryPackagePurpose="LIBRARY",
            sourceInfo=f"built from {package['source']} {package['source_version']}",
            externalRefs=[{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}],
            **({"homepage": package["homepage"]} if package["homepage"] else {})))
        relations.append({"spdxElementId": "SPDXRef-sluice", "relationshipType": "CONTAINS", "relatedSpdxElement": identifier})
    digest = hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"sluice-{version}",
            "documentNamespace": f"https://sluice.dev/spdx/sluice-{version}-{digest[:16]}",
            "creationInfo": {"created": when(epoch), "creators": ["Tool: packaging/image/assemble.py"]},
            "packages": listed, "relationships": relations}


# --- The archive ---

class Archive:
    """An OCI image layout with docker's manifest.json beside it, https://github.com/opencontainers/image-spec"""

    def __init__(self, epoch):
        self.layer = Layer(epoch)

    def blob(self, media_type, data):
        digest = hashlib.sha256(data).hexdigest()
        self.layer.file(f"blobs/sha256/{digest}", data)
        return {"mediaType": media_type, "digest": DIGEST + digest, "size": len(data)}

    def json_blob(self, media_type, value):
        return self.blob(media_type, json.dumps(value, sort_keys=True).encode())

    def write(self, path):
        path.write_bytes(self.layer.bytes())


def image(layers, architecture, version, tag, epoch):
    archive = Archive(epoch)
    config = {"created": when(epoch), "architecture": architecture, "os": "linux",
              "config": {"User": f"{USER}:{USER}", "Env": ["PATH=/usr/bin"], "WorkingDir": "/", "Cmd": ["/usr/bin/sluice", "--help"],
                         "Labels": {"org.opencontainers.image.title": "sluice", "org.opencontainers.image.version": version}},
              "rootfs": {"type": "layers", "diff_ids": [DIGEST + hashlib.sha256(data).hexdigest() for _, data in layers]},
              "history": [{"created": when(epoch), "created_by": what} for what, _ in layers]}
    config_blob = archive.json_blob("application/vnd.oci.image.config.v1+json", config)
    blobs = [archive.blob("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(data, 6, mtime=0)) for _, data in layers]
    manifest = archive.json_blob("application/vnd.oci.image.manifest.v1+json", {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config_blob, "layers": blobs})
    names = {"io.containerd.image.name": tag, "org.opencontainers.image.ref.name": tag.rpartition(":")[2]}
    archive.layer.file("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
    archive.layer.file("index.json", json.dumps({"schemaVersion": 2, "manifests": [{**manifest, "annotations": names}]}).encode())
    paths = ["blobs/sha256/" + blob["digest"].removeprefix(DIGEST) for blob in [config_blob, *blobs]]
    archive.layer.file("manifest.json", json.dumps([{"Config": paths[0], "RepoTags": [tag.removeprefix("docker.io/library/")],
                                                     "Layers": paths[1:]}]).encode())
    return archive


def prove(layers, programs, folder):
    """Every program starts with nothing but the image around it."""
    folder.mkdir()
    for _, data in layers:
        subprocess.run(["tar", "-x", "-C", folder], input=data, check=True)
    for program in programs:
        done = subprocess.run(["chroot", folder, f"/usr/bin/{program.name}", "--help"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode < 0 or done.returncode >= 126 or "error while loading" in done.stdout:
            raise SystemExit(f"{program.name} does not start in the image ({done.returncode}): {done.stdout}")


def main():
    parser = argparse.ArgumentParser(description="Puts the container image together.")
    for name in ("root", "programs", "runtime", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("version", "tag"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--epoch", type=int, required=True)
    options = parser.parse_args()
    programs = sorted((options.programs / "usr/bin").iterdir())
    wanted = {line for line in options.runtime.read_text().splitlines() if line and not line.startswith("#")}
    packages = described(options.root, wanted | owners(options.root, libraries(options.root, programs)))
    sbom = (json.dumps(spdx(packages, options.version, options.epoch), indent=2) + "\n").encode()
    layers = [("Debian 13", debian_layer(options.root, packages, options.epoch).bytes()),
              ("Sluice", program_layer(programs, sbom, options.epoch).bytes())]
    options.out.mkdir(parents=True, exist_ok=True)
    rootfs = options.out / "rootfs"
    subprocess.run(["rm", "-rf", rootfs], check=True)
    prove(layers, programs, rootfs)
    architecture = run("dpkg", "--print-architecture").strip()
    image(layers, architecture, options.version, options.tag, options.epoch).write(options.out / "sluice.tar")
    (options.out / "sluice.spdx.json").write_bytes(sbom)
    print(f"{options.out / 'sluice.tar'}: {options.tag}, {len(packages)} Debian packages, {sum(len(d) for _, d in layers) >> 20} MiB")


if __name__ == "__main__":
    main()
