"""Nothing of a node outlives the test: not when it is closed, and not when its test is killed."""

import signal
import subprocess
import sys
from pathlib import Path

from harness import processes
from harness.wait import wait_until
from testbed.cluster import cache
from testbed.cluster.space import ControlGroup, Space, read_pid, run_in_node

TESTS = Path(__file__).resolve().parent.parent

HOLD = """
import sys
from pathlib import Path
from testbed.cluster import cache
from testbed.cluster.space import Space, in_node
from testbed.process import Process
folder = Path(sys.argv[1])
space = Space(folder / "node", cache.programs(), folder / "space.log")
space.start()
Process(in_node(space.pid, ["sleep", "987654"]), folder / "sleep.log")
print(space.group.name, flush=True)
sys.stdin.read()
"""


def groups(name):
    return list(Path("/sys/fs/cgroup").glob(f"*/{name}")) + list(Path("/sys/fs/cgroup").glob(name))


def test_two_nodes_side_by_side_do_not_meet_and_leave_nothing(tmp_path):
    spaces = [Space(tmp_path / str(n) / "node", cache.programs(), tmp_path / f"{n}.log") for n in (1, 2)]
    try:
        for space in spaces:
            space.start()
        for n, space in enumerate(spaces):
            run_in_node(space.pid, ["sh", "-c", f"echo {n} >/run/mine; ip link add mine{n} type bridge"])
        for n, space in enumerate(spaces):
            said = run_in_node(space.pid, ["sh", "-c", "cat /run/mine; ip -brief link; ps -e -o comm="])
            assert said.startswith(f"{n}\n") and f"mine{n}" in said and f"mine{1 - n}" not in said
            assert "python" not in said
            assert groups(space.group.name)
        pids = [space.pid for space in spaces]
    finally:
        for space in spaces:
            space.close()
    assert not any(processes.alive(pid) for pid in pids)
    assert not any(groups(space.group.name) for space in spaces)
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


def test_node_dies_with_a_test_that_is_killed(tmp_path):
    held = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=TESTS)
    try:
        group = held.stdout.readline().decode().strip()
        assert groups(group)
        inner = read_pid(tmp_path)
        below = [pid for pid in processes.pids() if "987654" in processes.command_line(pid)]
        assert processes.alive(inner) and below
    finally:
        held.send_signal(signal.SIGKILL)
        held.wait()
    wait_until(lambda: not any(processes.alive(pid) for pid in [inner, *below]), 20, "the node's processes to be gone")
    # A control group has no process to end it: the next cluster does.
    next_one = ControlGroup()
    try:
        next_one.make()
        assert not groups(group)
    finally:
        next_one.close()
