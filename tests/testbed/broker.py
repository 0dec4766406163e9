"""A real Apache Kafka broker (KRaft, broker and controller in one) on free loopback ports.

As a class for tests, demo and benchmarks, and as `python -m testbed.broker --dir DIR [--port N] [--topic NAME]` for people. Owns one folder:
server.properties, data, log. Never fetches anything itself: `./dev` does, once, into the cache.
"""

import argparse
import base64
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Mapping

from .ports import Port
from .process import tail
from .server import READY_DEADLINE_S, Network, Server

HERE = Path(__file__).resolve().parent
API_VERSIONS_KEY = 18


def kafka_jars() -> Path:
    """The folder of the broker's jars: $SLUICE_KAFKA_JARS, or where ./dev puts them (fetched now when missing)."""
    given = os.environ.get("SLUICE_KAFKA_JARS")
    if not given:
        dev = HERE.parent.parent / "dev"
        given = subprocess.run([dev, "path", "kafka"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return Path(given)


def answers_api_versions(port: int, timeout_s: float = 2.0) -> bool:
    """Whether a broker on this port answers a Kafka ApiVersions request, version 0, without an error."""
    request = struct.pack(">hhih", API_VERSIONS_KEY, 0, 1, -1)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout_s) as link:
            link.settimeout(timeout_s)
            link.sendall(struct.pack(">i", len(request)) + request)
            answer = link.recv(10, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(answer) == 10 and struct.unpack(">iih", answer)[1:] == (1, 0)


class KafkaBroker(Server):
    """properties: server properties on top of ours (a value of None removes one of ours).

    network: where it runs, when not beside us: clients in there take `inner_bootstrap`, those here `bootstrap` all the same.
    """

    def __init__(
        self,
        folder: Path,
        properties: "Mapping[str, str | None] | None" = None,
        heap_mb: int = 512,
        name: str = "kafka",
        port: "int | None" = None,
        network: "Network | None" = None,
    ) -> None:
        super().__init__(folder, port, network, name)
        self.heap_mb = heap_mb
        self.cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self._properties = dict(properties or {})
        self._controller_port = Port()
        self._inner_port = Port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.inner_bootstrap = f"{network.address}:{self._inner_port.number}" if network else self.bootstrap

    # --- as every server --------------------------------------------------------------------------------------

    def argv(self) -> "list[str]":
        """On its data, formatted the first time."""
        (self.folder / "tmp").mkdir(exist_ok=True)
        config = self._write_config()
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(config)
        return self._java("kafka.Kafka", str(config))

    def answers(self, timeout_s: float = 2.0) -> bool:
        return answers_api_versions(self.port, timeout_s)

    def close(self) -> None:
        super().close()
        self._controller_port.close()
        self._inner_port.close()

    # --- its own ----------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def restart(self) -> None:
        """Ordered stop (if it runs) and start on the same port and data, ready when this returns."""
        if self.is_running():
            self.stop()
        self.start()

    # --- files and commands -----------------------------------------------------------------------------------

    def server_properties(self) -> "dict[str, str]":
        """What the broker runs with: ours, and the caller's on top."""
        controller = f"127.0.0.1:{self._controller_port.number}"
        listeners = {"PLAINTEXT": self.bootstrap}
        if self._network:
            listeners["INNER"] = self.inner_bootstrap
        advertised = ",".join(f"{name}://{where}" for name, where in listeners.items())
        ours: "dict[str, str | None]" = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"{advertised},CONTROLLER://{controller}",
            "advertised.listeners": advertised,
            "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in (*listeners, "CONTROLLER")),
            "log.dirs": str(self.folder / "data"),
            # A split must never lean on topics that appear by themselves; tests that want it say so.
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            # Tests of take-over wait for a dead member's session to run out.
            "group.min.session.timeout.ms": "1000",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            # After a SIGKILL the controller refuses the same broker until its old session has run out.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            # Small and quick: a broker of a test holds little and starts often.
            "num.network.threads": "2",
            "num.io.threads": "4",
            "num.recovery.threads.per.data.dir": "2",
            "log.cleaner.dedupe.buffer.size": "8388608",
            "log.segment.bytes": "67108864",
        }
        ours.update(self._properties)
        return {key: value for key, value in ours.items() if value is not None}

    def _write_config(self) -> Path:
        config = self.folder / "server.properties"
        # A Java properties file takes a backslash as an escape.
        lines = [f"{key}={value}".replace("\\", "\\\\") for key, value in self.server_properties().items()]
        config.write_text("\n".join(lines) + "\n")
        return config

    def _format(self, config: Path) -> None:
        argv = self.inside(self._java("kafka.tools.StorageTool", "format", f"--cluster-id={self.cluster_id}", "-c", str(config)))
        with open(self.log_path, "ab") as log:
            status = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=READY_DEADLINE_S)
        if status.returncode != 0:
            raise RuntimeError(f"formatting the storage failed; {self.log_path}:\n{tail(self.log_path)}")

    def _java(self, main: str, *args: str) -> "list[str]":
        java = shutil.which("java")
        if java is None:
            raise RuntimeError("no java on the PATH; ./dev installs it")
        return [
            java,
            f"-Xms{min(self.heap_mb, 128)}m",
            f"-Xmx{self.heap_mb}m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            # Its file would lie in the machine's common temporary folder.
            "-XX:-UsePerfData",
            "-Djava.awt.headless=true",
            f"-Djava.io.tmpdir={self.folder / 'tmp'}",
            f"-Dlog4j2.configurationFile={HERE / 'kafka' / 'log4j2.properties'}",
            "-cp",
            f"{kafka_jars()}/*",
            main,
            *args,
        ]


def make_topics(bootstrap: str, names: "list[str]") -> None:
    """Those that are not there yet, with three partitions."""
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": bootstrap})
    missing = set(names) - set(admin.list_topics(timeout=READY_DEADLINE_S).topics)
    if missing:
        for future in admin.create_topics([NewTopic(name, 3, 1) for name in sorted(missing)]).values():
            future.result()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m testbed.broker", description="Run one Kafka broker until Ctrl-C.")
    parser.add_argument("--dir", type=Path, required=True, help="folder for configuration, data and log")
    parser.add_argument("--port", type=int, help="port of the loopback; a free one without it")
    parser.add_argument("--topic", action="append", default=[], metavar="NAME", help="a topic that is made when it is not there")
    parser.add_argument("--property", action="append", default=[], metavar="NAME=VALUE", help="a server property")
    args = parser.parse_args()
    properties = dict(item.split("=", 1) for item in args.property)
    signals = {signal.SIGINT, signal.SIGTERM}
    with KafkaBroker(args.dir, properties, port=args.port) as broker:
        make_topics(broker.bootstrap, args.topic)
        # Only now: a blocked signal would stay blocked in the broker.
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        (broker.folder / "bootstrap.new").write_text(broker.bootstrap + "\n")
        (broker.folder / "bootstrap.new").rename(broker.folder / "bootstrap")
        print(f"bootstrap {broker.bootstrap} pid {broker.pid} log {broker.log_path}", flush=True)
        while broker.is_running() and signal.sigtimedwait(signals, 0.5) is None:
            pass
        if not broker.is_running():
            print(f"the broker ended by itself: {broker.log_path}", file=sys.stderr)
            return 1
        broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
