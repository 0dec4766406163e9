"""One program of the cluster: etcd, the API server, the kubelet and so on."""

from pathlib import Path
from typing import Sequence

from ..process import Process, tail


class Part:
    """Its argv starts it again and again with the same log. It knows nothing of the others."""

    def __init__(self, name: str, argv: Sequence[str], logs: Path) -> None:
        self.name = name
        self.argv = list(argv)
        self.log_path = logs / f"{name}.log"
        self._process: "Process | None" = None

    def start(self) -> None:
        assert not self.is_running(), f"{self.name} already runs"
        self._process = Process(self.argv, self.log_path)

    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running()

    def check(self) -> None:
        """Fail with its last words when it ended."""
        if not self.is_running():
            raise AssertionError(f"{self.name} does not run; {self.log_path}:\n{tail(self.log_path)}")

    def signal(self, number: int) -> None:
        if self._process is not None:
            self._process.signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None
