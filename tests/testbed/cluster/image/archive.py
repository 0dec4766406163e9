"""A container image of one layer as an archive that containerd imports: `archive.py ARCHIVE NAME ROOT PROGRAM [ARGUMENT...]`

ROOT becomes the file system, owned as it is; PROGRAM is what runs. Standard library only; the same files give the same archive.
"""

import argparse
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = 0
    member.uname = member.gname = ""
    return member


def layer(root: Path) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        for path in sorted(root.iterdir()):
            tar.add(path, path.name, filter=_plain)
    return held.getvalue()


def config(command: "list[str]", layer_digest: str) -> "dict[str, Any]":
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Entrypoint": command, "Env": [path, "LANG=C.UTF-8", "PYTHONUNBUFFERED=1"], "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
    }


def write(archive: Path, name: str, root: Path, command: "list[str]") -> None:
    """name: with its tag, under which pods ask for it."""
    data = layer(root)
    digest = hashlib.sha256(data).hexdigest()
    described = json.dumps(config(command, digest)).encode()
    config_name = f"{hashlib.sha256(described).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]
    files = {config_name: described, "layer.tar": data, "manifest.json": json.dumps(manifest).encode()}
    with tarfile.open(archive, "w") as tar:
        for file, content in files.items():
            member = tarfile.TarInfo(file)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("name")
    parser.add_argument("root", type=Path)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    write(args.archive, args.name, args.root, args.command)
    return 0


if __name__ == "__main__":
    sys.exit(main())
