"""The parts of the harness that need no broker."""
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from harness import clients, processes
from harness.app import SERVICE
from harness.env_file import EnvFileError, env_file_parse, env_file_text
from harness.events import Events, Tail
from harness.manifests import Manifests, client_file
from harness.supervisor import Supervisor
from harness.wait import Expired, wait_until
from testbed.broker import KafkaBroker
from testbed.ports import Port


@pytest.mark.parametrize("text, wanted", [
    ("A=1\nB=two words \n", {"A": "1", "B": "two words"}),
    ("# note\n; note\n\n  A = 1\n", {"A": "1"}),
    ('A="x \\"y\\" \\\\ \\$z \\n"\n', {"A": 'x "y" \\ $z \\n'}),
    ("A='x \\ \"y\"'\n", {"A": 'x \\ "y"'}),
    ("A=one \\\ntwo\nB=\n", {"A": "one two", "B": ""}),
    ('A="two\nlines"\n', {"A": "two\nlines"}),
    ("A=x\\ y\\\"z", {"A": 'x y"z'}),
    ('A={"q":"v"}\n', {"A": '{"q":"v"}'}),
    ("A=1\nA=2\n", {"A": "2"}),
])
def test_env_file_is_read_as_systemd_reads_it(text, wanted):
    assert env_file_parse(text) == wanted


@pytest.mark.parametrize("text", ["A\n", 'A="open\n'])
def test_env_file_that_is_none_is_refused(text):
    with pytest.raises(EnvFileError):
        env_file_parse(text)


def test_env_file_way_back():
    environment = {"A": "plain", "B": "", "C": 'a "quoted" $x `y` \\ \'z\'', "D": "two\nlines\n", "E": " blanks ", "F": "wörter"}
    assert env_file_parse(env_file_text(environment)) == environment


def test_wait_says_what_it_saw_last():
    seen = iter([0, None, 0.0])
    with pytest.raises(Expired, match="for the thing; seen last: never"):
        wait_until(lambda: next(seen, ""), 0.2, "the thing", seen="never")
    with pytest.raises(Expired, match="OSError: no such"):
        wait_until(lambda: (_ for _ in ()).throw(OSError("no such")), 0.1, "it")
    with pytest.raises(ValueError):
        wait_until(lambda: int("x"), 1, "it")
    assert wait_until(lambda: 7, 0, "it") == 7


def test_tail_reads_whole_lines_only(tmp_path):
    tail = Tail(tmp_path, "a.*.jsonl")
    log = Events(tmp_path / "a.1.jsonl")
    log.write("note")
    with open(tmp_path / "a.2.jsonl", "w") as file:
        file.write('{"t": "got", "uid": "u1"}\n{"t": "got", ')
        file.flush()
        assert tail.poll().count == 1 and len(tail.of("event")) == 1
        file.write('"uid": "u2"}\n')
    assert tail.poll().count == 2 and tail.uids == {"u1", "u2"}
    log.close()


def test_processes_finds_children_and_open_files(tmp_path):
    child = subprocess.Popen(["sleep", "60"], stdout=open(tmp_path / "out", "w"))
    try:
        assert child.pid in processes.children(os.getpid())
        wait_until(lambda: processes.program(child.pid) == "sleep", 5, "sleep")
        assert child.pid in processes.using(tmp_path)
    finally:
        child.kill()
        child.wait()
    assert not processes.alive(child.pid) and child.pid not in processes.children(os.getpid())


def test_another_process_with_the_number_of_one_of_ours_is_not_ours(tmp_path):
    supervisor, me = Supervisor(tmp_path, tmp_path), os.getpid()
    supervisor.seen = {me: processes.started(me)}
    assert list(supervisor.left()) == [me]
    supervisor.seen = {me: processes.started(me) - 1}
    assert not supervisor.left()
    supervisor.close()


@pytest.fixture
def short_path():
    """For a socket: its path may have 107 bytes, and those of the tests' own folders are longer on some machines."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("answer, status", [(b"ok", 0), (b"old process 7 lives", 1), (b"", 1)])
def test_service_command_says_what_it_was_told(short_path, answer, status):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(short_path / "s"))
    listener.listen(1)
    heard = []

    def serve():
        link, _ = listener.accept()
        heard.append(link.recv(64))
        link.sendall(answer)
        link.close()

    thread = threading.Thread(target=serve)
    thread.start()
    done = subprocess.run([sys.executable, str(SERVICE), str(short_path / "s"), "restart"], stderr=subprocess.PIPE, timeout=30)
    thread.join()
    listener.close()
    assert (done.returncode, heard) == (status, [b"restart\n"])
    assert status == 0 or (answer or b"no answer") in done.stderr


def test_service_command_fails_without_a_service(tmp_path):
    done = subprocess.run([sys.executable, str(SERVICE), str(tmp_path / "none"), "restart"], stderr=subprocess.PIPE, timeout=30)
    assert done.returncode == 1 and b"none" in done.stderr


def test_manifests_are_yaml_in_users_forms(tmp_path):
    import yaml
    manifests = Manifests(tmp_path / "m")
    path = manifests.client_config("child", {"a": "1", "b": None}, parent="base", secret="mirrord/s")
    document = yaml.safe_load(path.read_text())
    assert document["spec"] == {"properties": [{"name": "a", "value": "1"}, {"name": "b", "value": None}], "parent": "base", "loadFromSecret": "mirrord/s"}
    assert not list((tmp_path / "m").glob(".*"))
    text = client_file(tmp_path / "x" / "mirrord.json", {"q": ({"author": "^me$"}, "mirror")}).read_text()
    assert '"queue_mode": "mirror"' in text


def test_python_client_gives_the_hashes_of_the_vectors():
    wanted = vectors()
    assert self_test("python") == wanted
    assert self_test("kcat") == wanted


def vectors():
    import json
    return [v["hash"] for v in json.loads((clients.CLIENTS / "vectors.json").read_text())]


def self_test(name):
    env = dict(os.environ, COLLECT_SELF_TEST=str(clients.CLIENTS / "vectors.json"))
    done = subprocess.run(clients.client_command(name), env=env, stdout=subprocess.PIPE, timeout=60, check=True)
    return done.stdout.decode().split()


def test_a_port_that_is_asked_for_is_taken_once(tmp_path):
    with Port() as free:
        number = free.number
    broker = KafkaBroker(tmp_path / "broker", port=number)
    assert broker.bootstrap == f"127.0.0.1:{number}"
    with pytest.raises(RuntimeError, match=f"port {number} is taken"):
        Port(number)
    broker.close()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", number))
        other.listen()
        with pytest.raises(RuntimeError, match=f"port {number} is taken"):
            Port(number)
