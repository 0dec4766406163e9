"""Keys and certificates of one cluster, by openssl, in one folder. They are worth nothing outside of it."""

from pathlib import Path
from typing import NamedTuple, Sequence

from . import commands

DAYS = "30"


class Pair(NamedTuple):
    certificate: Path
    key: Path


def _openssl(*args: str) -> None:
    commands.run(["openssl", *args])


class Authority:
    """Signs everything: who a client is stands in its certificate (user = common name, groups = organisations)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700)
        # The machine's own settings would add extensions.
        self._settings = folder / "openssl.cnf"
        self._settings.write_text("[req]\ndistinguished_name = name\n[name]\n")
        self.pair = self._new(
            "ca", "sluice-cluster", [], ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,digitalSignature"]
        )

    def issue(self, file: str, user: str, groups: Sequence[str] = (), hosts: Sequence[str] = ()) -> Pair:
        """A certificate for a client, and for a server too when hosts (`DNS:...`, `IP:...`) are named."""
        extensions = ["basicConstraints=CA:FALSE", "extendedKeyUsage=clientAuth,serverAuth"]
        if hosts:
            extensions.append("subjectAltName=" + ",".join(hosts))
        ca = self.pair
        return self._new(file, user, groups, extensions, "-CA", str(ca.certificate), "-CAkey", str(ca.key))

    def key(self, file: str) -> Pair:
        """A key pair that signs tokens; `certificate` is the public key alone."""
        pair = self._pair(file)
        _openssl("genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(pair.key))
        _openssl("pkey", "-in", str(pair.key), "-pubout", "-out", str(pair.certificate))
        return pair

    def _pair(self, file: str) -> Pair:
        return Pair(self.folder / f"{file}.crt", self.folder / f"{file}.key")

    def _new(self, file: str, user: str, groups: Sequence[str], extensions: "list[str]", *signing: str) -> Pair:
        pair = self._pair(file)
        escaped = [name.replace("\\", "\\\\").replace("/", "\\/") for name in [*groups, user]]
        subject = "".join(f"/O={group}" for group in escaped[:-1]) + f"/CN={escaped[-1]}"
        _openssl(
            *("req", "-config", str(self._settings), "-x509", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", DAYS),
            *("-subj", subject, "-keyout", str(pair.key), "-out", str(pair.certificate)),
            *(part for extension in extensions for part in ("-addext", extension)),
            *signing,
        )
        return pair
