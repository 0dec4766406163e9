"""Ways into a cluster's network from the machine: what the control plane, a broker and the tests share."""

import socket
import sys
from pathlib import Path
from typing import Sequence

from harness.wait import wait_until

from ..ports import Port
from ..process import Process, tail
from . import addresses
from .space import Space

TESTS = Path(__file__).resolve().parents[2]
READY_DEADLINE_S = 20.0


class Network:
    """The network of one cluster. `address` is where pods find what runs in it beside them."""

    address = addresses.NODE_IP

    def __init__(self, space: Space, logs: Path) -> None:
        self._space = space
        self._log_path = logs / "relay.log"

    def inside(self, argv: Sequence[str]) -> "list[str]":
        """The command, run in this network."""
        return self._space.in_network(argv)

    def lead(self, port: Port, inner_port: int) -> Process:
        """What leads from the machine's 127.0.0.1:`port` to 127.0.0.1:`inner_port` in this network, for as long as it runs."""
        argv = [sys.executable, "-m", "testbed.cluster.relay", f"/proc/{self._space.pid}/ns/net", f"{port.number}={inner_port}"]
        relay = Process(argv, self._log_path, cwd=TESTS)

        def listens() -> bool:
            assert relay.is_running(), f"the relay ended; {self._log_path}:\n{tail(self._log_path)}"
            socket.create_connection(("127.0.0.1", port.number), 2.0).close()
            return True

        wait_until(listens, READY_DEADLINE_S, "the relay to listen")
        return relay
