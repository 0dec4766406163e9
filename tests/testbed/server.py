"""What all servers of the testbed share: one process, one free port, a folder with its log.

Owns the process and the port. What is started, and how one sees that it serves, is each server's own.
"""

import time
from pathlib import Path
from typing import Any, Mapping, Protocol, Sequence

from .ports import Port
from .process import STOP_DEADLINE_S, Process, tail

READY_DEADLINE_S = 60.0
POLL_S = 0.05


class Network(Protocol):
    """Another network of this machine, as that of a cluster (testbed/cluster/network.py)."""

    address: str

    def inside(self, argv: Sequence[str]) -> "list[str]":
        """The command, run in it."""

    def lead(self, port: Port, inner_port: int) -> Process:
        """What leads from this machine's 127.0.0.1:`port` to 127.0.0.1:`inner_port` in it, for as long as it runs."""


class Server:
    """`with SomeServer(folder) as server:` starts it, waits until it serves, and ends it.

    folder: its own, created when missing; kept afterwards, the log is in it. port: for clients; a free one when it is not given.
    network: where it runs, when not beside us.
    """

    name = "server"

    def __init__(self, folder: Path, port: "int | None" = None, network: "Network | None" = None, name: str = "") -> None:
        self.name = name or self.name
        self.folder = Path(folder).resolve()
        self.log_path = self.folder / f"{self.name}.log"
        self._port = Port(port)
        self._network = network
        self._process: "Process | None" = None
        self.port = self._port.number
        self._way = network.lead(self._port, self.port) if network else None

    # --- what each server says of itself ----------------------------------------------------------------------

    def argv(self) -> "list[str]":
        """The command. Its folder is there, and what else it needs in there is made now."""
        raise NotImplementedError

    def environment(self) -> "Mapping[str, str] | None":
        """The process's environment; None: ours."""
        return None

    def answers(self, timeout_s: float = 2.0) -> bool:
        """Whether it serves on its port."""
        raise NotImplementedError

    # --- life -------------------------------------------------------------------------------------------------

    def start(self, wait: bool = True) -> "Any":
        """The same ports at every start."""
        assert not self.is_running(), f"{self.name} already runs"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._process = Process(self.inside(self.argv()), self.log_path, cwd=self.folder, env=self.environment())
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, deadline_s: float = READY_DEADLINE_S) -> None:
        end = time.monotonic() + deadline_s
        while not self.answers():
            status = self._running().poll()
            if status is not None:
                raise RuntimeError(f"{self.name} ended with status {status}; {self.log_path}:\n{tail(self.log_path)}")
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name} on port {self.port} did not answer within {deadline_s} s; "
                                   f"{self.log_path}:\n{tail(self.log_path)}")
            time.sleep(POLL_S)

    def kill(self) -> None:
        """SIGKILL, as a power failure. The ports stay claimed and the folder stays."""
        self._running().kill()

    def stop(self, timeout_s: float = STOP_DEADLINE_S) -> None:
        """Ordered shutdown; killed when it takes longer than `timeout_s`."""
        self._running().stop(timeout_s)

    def signal(self, number: int) -> None:
        self._running().signal(number)

    def close(self) -> None:
        """End it whatever its state and give the port back. The folder stays."""
        if self._process is not None:
            self._process.kill()
            self._process = None
        if self._way is not None:
            self._way.kill()
        self._port.close()

    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running()

    @property
    def pid(self) -> int:
        return self._running().pid

    def __enter__(self) -> "Any":
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def inside(self, argv: "list[str]") -> "list[str]":
        """The command, run where the server runs."""
        return self._network.inside(argv) if self._network else argv

    def _running(self) -> Process:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process
