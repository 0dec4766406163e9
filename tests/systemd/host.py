"""The installed service and an application beside it, in the shapes that the harness knows.

Everything is done as an administrator would: apt, systemctl, files below /etc. Processes are told apart by their programs.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from harness import processes
from harness.api import Api
from harness.clients import client_command
from harness.env_file import env_file_parse
from harness.events import Tail
from harness.manifests import Manifests
from harness.wait import wait_until

UNIT = "sluice.service"
PACKAGES = ("sluice", "sluice-supervisor", "sluice-worker-kafka", "sluice-worker-sqs")
GROUP = "/sys/fs/cgroup/system.slice"
READY_S = 60.0
POLKIT = "/etc/polkit-1/rules.d/50-sluice.rules"


class Service:
    """packages: the folder of our .deb files. folder: seen by the host too."""

    def __init__(self, machine, folder, packages):
        self.machine, self.folder, self.packages = machine, folder, packages
        self.socket = machine.path("/run/sluice/api.sock")
        self.api = Api(self.socket)

    # --- packages ---

    def install(self, names=PACKAGES, folder=None):
        """As `apt install ./*.deb` does; nothing may be missing, for there is no network."""
        there = self.folder / "packages"
        there.mkdir(exist_ok=True)
        files = [shutil.copy(next((folder or self.packages).glob(f"{name}_*.deb")), there) for name in names]
        output = self.machine.run("apt-get", "install", "-y", "--no-install-recommends", *map(str, files))
        if "sluice-supervisor" in names:
            self.wait_answers()
        return output

    def next_version(self):
        """The same packages once more, as a later version."""
        folder = self.folder / "later"
        folder.mkdir()
        for name in PACKAGES:
            work = folder / name
            subprocess.run(["dpkg-deb", "-R", next(self.packages.glob(f"{name}_*.deb")), work], check=True)
            control = work / "DEBIAN/control"
            text = control.read_text()
            version = next(line for line in text.splitlines() if line.startswith("Version: ")).split()[1]
            control.write_text(text.replace(f"Version: {version}", f"Version: {version}+later").replace(f"(= {version})", f"(= {version}+later)"))
            subprocess.run(["dpkg-deb", "-b", "--root-owner-group", work, folder / f"{name}_{version}+later.deb"], check=True, stdout=subprocess.DEVNULL)
        return folder

    def allow_restart(self, *units):
        """Names the units in the rule that the package ships."""
        rule = self.machine.path(POLKIT)
        text = rule.read_text()
        listed = "".join(f'    "{unit}",\n' for unit in units)
        assert text.count("var sluiceUnits = [\n") == 1
        rule.write_text(text.replace("var sluiceUnits = [\n", f"var sluiceUnits = [\n{listed}"))

    def manifests(self):
        folder = self.machine.path("/etc/sluice")
        mode = folder.stat().st_mode
        found = Manifests(folder)
        folder.chmod(mode)
        return found

    # --- what the harness asks of a supervisor ---

    def environment(self):
        return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.folder), "SLUICE_SOCKET": str(self.socket)}

    def wait_answers(self, deadline_s=READY_S):
        wait_until(self.api.answers, deadline_s, "the API of the service", seen=self.describe)

    def describe(self):
        return self.machine.run("systemctl", "status", "--no-pager", "--lines=30", UNIT, check=False)

    def stop(self):
        self.machine.run("systemctl", "stop", UNIT)
        assert not self.family(), self.describe()
        return int(self.show("ExecMainStatus"))

    def close(self):
        pass    # it ends with the machine

    # --- its processes ---

    def show(self, name):
        return self.machine.run("systemctl", "show", "--property", name, "--value", UNIT).strip()

    def family(self):
        """program -> pids, as this machine counts them."""
        found = {}
        try:
            pids = self.machine.path(f"{GROUP}/{UNIT}/cgroup.procs").read_text().split()
        except OSError:
            return found
        for pid in map(int, pids):
            found.setdefault(processes.program(pid), []).append(pid)
        return found

    def pid(self, program):
        """Of the only process of that program."""
        def only():
            pids = self.family().get(program, [])
            return pids[0] if len(pids) == 1 else None
        return wait_until(only, READY_S, f"one {program}", seen=self.family)

    def wait_replaced(self, program, before, deadline_s=READY_S):
        def other():
            pids = self.family().get(program, [])
            return pids[0] if len(pids) == 1 and pids[0] != before else None
        return wait_until(other, deadline_s, f"another {program} than {before}", seen=lambda: (self.family(), self.describe()))

    def kill(self, program):
        pid = self.pid(program)
        os.kill(pid, signal.SIGKILL)
        return pid

    # --- the journal ---

    def journal(self, *filters):
        """Entries, each a dictionary of its fields."""
        self.machine.run("journalctl", "--sync")
        return [json.loads(line) for line in self.machine.run("journalctl", "--quiet", "--no-pager", "--output=json", *filters).splitlines()]

    def log_lines(self, worker):
        """What the worker wrote to its log, as the journal shows it: without time and level."""
        text = self.machine.path(f"/var/log/sluice/{worker}.log").read_text()
        return [re.sub(r"^\S+Z (ERROR|WARN|INFO|DEBUG|TRACE) ", "", line) for line in text.splitlines() if line]

    def keep_journal(self):
        (self.folder / "journal.log").write_text(self.machine.run("journalctl", "--no-pager", "--output=short-precise", check=False))


class UnitApp:
    """An application that is a unit of the host: NAME.service, with the drop-in that the package ships as an example."""

    def __init__(self, machine, folder, environment, name="meme-app", client="python"):
        self.machine, self.folder, self.name = machine, folder, name
        self.environment = dict(environment)
        self.env_file = machine.path(f"/var/lib/sluice/env/{name}")
        self.tail = Tail(folder, "app.*.jsonl")
        own = {"COLLECT_LABEL": "app", "COLLECT_LOG": f"{folder}/app.%%p.jsonl", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1",
               "PATH": f"{sys.prefix}/bin:/usr/bin:/bin"}
        lines = [f'Environment="{key}={value}"' for key, value in {**own, **self.environment}.items()]
        self._write(f"/etc/systemd/system/{name}.service", ["[Service]", f"ExecStart={' '.join(client_command(client))}", *lines, "TimeoutStopSec=30", ""])
        example = machine.path("/usr/share/doc/sluice-supervisor/examples/drop-in.conf").read_text()
        self._write(f"/etc/systemd/system/{name}.service.d/sluice.conf", [example.replace("SERVICE", name)])
        machine.run("systemctl", "daemon-reload")

    def _write(self, path, lines):
        file = self.machine.path(path)
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(lines))

    def manifest_app(self):
        """What Manifests.local_service wants: the paths as the host sees them."""
        return _AsTheHostSees(self)

    def command(self, verb="restart"):
        return ["/usr/bin/systemctl", "restart", f"{self.name}.service"] if verb == "restart" else ["/usr/bin/systemctl", "is-active", f"{self.name}.service"]

    def current_environment(self):
        return env_file_parse(self.env_file.read_text())

    def pid(self):
        return int(self.machine.run("systemctl", "show", "--property=MainPID", "--value", f"{self.name}.service"))

    def start(self):
        self.machine.run("systemctl", "start", f"{self.name}.service")
        self.wait_ready()
        return self

    def stop(self):
        self.machine.run("systemctl", "stop", f"{self.name}.service")

    def is_ready(self):
        pid = self.pid()
        return pid and any(f"-{pid}-" in line["inst"] for line in self.tail.of("assigned"))

    def wait_ready(self, deadline_s=READY_S):
        wait_until(self.is_ready, deadline_s, f"{self.name} in its group", seen=self.describe)

    def count(self):
        return self.tail.poll().count

    def uids(self):
        return self.tail.poll().uids

    def describe(self):
        return self.machine.run("systemctl", "status", "--no-pager", f"{self.name}.service", check=False)


class _AsTheHostSees:
    def __init__(self, app):
        self.environment, self.command = app.environment, app.command
        self.env_file = Path("/var/lib/sluice/env", app.name)
