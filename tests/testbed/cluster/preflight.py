"""Whether this machine can hold a cluster: `python -m testbed.cluster.preflight` prints what it cannot give and ends with 3.

Tries each thing that a node is made of in namespaces that end with the try. Nothing is left behind.
"""

import os
import subprocess
import sys
import tempfile

from .space import ControlGroup

DEADLINE_S = 30.0
# Our exit status; 1 is Python's own, when the try itself is broken.
LACKS = 3
# What is tried, in this order; a line with ":" names what follows.
STEPS = """
: namespaces for processes, mounts and networks
true
: mounts of its own
mount --make-rshared / && mount -t tmpfs tmpfs /run
: control groups with a root of their own
unshare --cgroup true
: a network of its own
ip link set lo up && ip link add node0 type bridge && ip link add one type veth peer name two
: forwarding of packets
echo 1 > /proc/sys/net/ipv4/ip_forward
: nftables with address translation
nft 'table ip sluice { chain c { type nat hook prerouting priority 0; }; }'
: overlay file systems
mkdir "$FOLDER/lower" "$FOLDER/upper" "$FOLDER/work" "$FOLDER/top"
mount -t overlay -o "lowerdir=$FOLDER/lower,upperdir=$FOLDER/upper,workdir=$FOLDER/work" overlay "$FOLDER/top"
"""
NAMESPACES = ("unshare", "--fork", "--kill-child=KILL", "--pid", "--mount-proc", "--mount", "--net", "--uts", "--ipc")


def script(steps: str) -> str:
    """A shell script that writes the name of each step before it is tried, and ends at the first that fails."""
    lines = [f"echo '{line[2:]}'" if line.startswith(": ") else f"{{ {line}; }} || exit 1" for line in steps.strip().splitlines()]
    return "\n".join(lines)


def missing(euid: int, machine: str) -> "str | None":
    """What cannot be had, in a few words, or None."""
    if euid != 0:
        return "root"
    if machine != "x86_64":
        return "an x86_64 machine"
    group = ControlGroup()
    try:
        group.make()
    except OSError as error:
        return f"control groups ({error})"
    finally:
        group.close()
    with tempfile.TemporaryDirectory(prefix="sluice-try-") as folder:
        done = subprocess.run(
            [*NAMESPACES, "sh", "-c", script(STEPS)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**os.environ, "FOLDER": folder},
            timeout=DEADLINE_S,
        )
    if done.returncode == 0:
        return None
    step = (done.stdout.splitlines() or ["namespaces for processes, mounts and networks"])[-1]
    return f"{step} ({' '.join(done.stderr.split())[:300]})"


def main() -> int:
    found = missing(os.geteuid(), os.uname().machine)
    if found is not None:
        print(found)
    return 0 if found is None else LACKS


if __name__ == "__main__":
    sys.exit(main())
