"""Free TCP ports of the loopback, claimed so that runs side by side never pick the same one.

A claim is a bound socket in the abstract Unix namespace: it is seen by every process in the same network namespace
(the scope of a port) and goes away with the process that holds it, also when that is killed. Ports lie outside the
range from which the kernel takes ports for outgoing connections, so nothing grabs one while its owner restarts.
"""

import random
import socket
from pathlib import Path

PORT_FIRST = 20000
TRIES_MAX = 2000


def _port_last() -> int:
    """The port before the kernel's own range, or a usual one when that range starts too low to leave room."""
    try:
        low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        low = 32768
    return low - 1 if low > PORT_FIRST + 1000 else 32767


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Connections of an earlier owner that linger in TIME_WAIT do not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Port:
    """One claimed port: that number, or any. It stays ours until close(), whether something listens on it or not."""

    def __init__(self, number: "int | None" = None) -> None:
        if number is not None:
            if not self._take(number):
                raise RuntimeError(f"port {number} is taken")
            return
        last = _port_last()
        for _ in range(TRIES_MAX):
            if self._take(random.SystemRandom().randint(PORT_FIRST, last)):
                return
        raise RuntimeError(f"no free port found in {PORT_FIRST}..{last} after {TRIES_MAX} tries")

    def _take(self, number: int) -> bool:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            claim.bind(f"\0sluice-testbed-port-{number}")
        except OSError:
            claim.close()
            return False
        if not _is_free(number):
            claim.close()
            return False
        self.number = number
        self._claim = claim
        return True

    def close(self) -> None:
        self._claim.close()

    def __enter__(self) -> "Port":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
