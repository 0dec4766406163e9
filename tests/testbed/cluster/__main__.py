"""A cluster for people: `python -m testbed.cluster DIR up|down|status|load`. ./dev cluster calls it.

`up` leaves a process behind that holds the cluster: it has DIR/lock locked for as long as it lives, and ends everything on SIGTERM.
"""

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from harness.wait import wait_until

from ..broker import KafkaBroker
from ..process import tail
from . import images
from .cluster import NODE_FOLDER, Cluster
from .space import read_pid

TESTS = Path(__file__).resolve().parents[2]
UP_DEADLINE_S = 300.0
DOWN_DEADLINE_S = 120.0


class Holder:
    """The process behind, seen from here through its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.log_path = self.folder / "holder.log"
        self._lock = self.folder / "lock"

    def pid(self) -> "int | None":
        """Of the process that has the lock, None when nobody has."""
        try:
            with open(self._lock, "r+") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(file.read() or 0) or None
        except FileNotFoundError:
            pass
        return None

    def take(self) -> int:
        """Become the holder. The descriptor is the lock."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return descriptor

    def about(self) -> str:
        return (self.folder / "about").read_text()

    def is_up(self) -> bool:
        return (self.folder / "about").exists()


def about(cluster: Cluster, broker: KafkaBroker) -> str:
    """What people are told."""
    return f"""\
export KUBECONFIG={cluster.kubeconfig}
export PATH={cluster.programs}:$PATH

kubectl get nodes               everything that kubectl and helm can; pods have no registry: their images are sluice.test/app:1
                                (Debian 13, python3, confluent-kafka) and what `./dev cluster load ARCHIVE` brought
Kafka, from here                {broker.bootstrap}
Kafka, from pods                {broker.inner_bootstrap}
logs                            {cluster.logs}
the end                         ./dev cluster down
"""


def hold(holder: Holder) -> int:
    """In the process behind: start, say so in DIR/about, wait for SIGTERM or SIGINT, end."""
    lock = holder.take()
    signals = {signal.SIGINT, signal.SIGTERM}
    place = holder.folder / "run"
    with Cluster(place) as cluster, KafkaBroker(place / "kafka", network=cluster.network) as broker:
        cluster.load_image(images.cached() / "app.tar")
        # Only now: a blocked signal would stay blocked in what is started.
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        (holder.folder / "about.new").write_text(about(cluster, broker))
        (holder.folder / "about.new").rename(holder.folder / "about")
        signal.sigwait(signals)
        (holder.folder / "about").unlink()
    os.close(lock)
    return 0


def up(holder: Holder) -> int:
    if holder.pid() is None:
        shutil.rmtree(holder.folder, ignore_errors=True)
        holder.folder.mkdir(parents=True)
        with open(holder.log_path, "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "testbed.cluster", str(holder.folder), "hold"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=TESTS,
                start_new_session=True,
            )

        def is_up() -> bool:
            assert process.poll() is None, f"it ended; {holder.log_path}:\n{tail(holder.log_path)}"
            return holder.is_up()

        try:
            wait_until(is_up, UP_DEADLINE_S, "the cluster", lambda: tail(holder.log_path))
        except BaseException:
            process.terminate()
            process.wait(DOWN_DEADLINE_S)
            raise
    print(holder.about(), end="")
    return 0


def down(holder: Holder) -> int:
    pid = holder.pid()
    if pid is None:
        print("no cluster is up")
        return 0
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: holder.pid() is None, DOWN_DEADLINE_S, "the cluster to end", lambda: tail(holder.log_path))
    print("the cluster is gone")
    return 0


def status(holder: Holder) -> int:
    """Ends with 1 when there is none."""
    if holder.pid() is None:
        print("no cluster is up")
        return 1
    print(holder.about() if holder.is_up() else "the cluster starts or ends\n", end="")
    return 0


def load(holder: Holder, archive: Path) -> int:
    if not holder.is_up():
        print("no cluster is up", file=sys.stderr)
        return 1
    place = holder.folder / "run"
    print(images.load(read_pid(place), place / NODE_FOLDER, archive), end="")
    return 0


COMMANDS = {"up": up, "down": down, "status": status, "hold": hold}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m testbed.cluster", description=__doc__)
    parser.add_argument("dir", type=Path, help="folder for configuration, data and logs; emptied by up")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        commands.add_parser(name)
    commands.add_parser("load").add_argument("archive", type=Path, help="a container image, OCI or docker archive")
    args = parser.parse_args()
    # What was begun is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    holder = Holder(args.dir)
    try:
        return load(holder, args.archive) if args.command == "load" else COMMANDS[args.command](holder)
    except (AssertionError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
