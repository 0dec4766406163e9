"""A whole cluster. `with Cluster(folder) as cluster:` starts it, waits until pods can run, and ends everything that it started.

Owns one folder: logs/ with the log of each part and of each pod's containers, credentials, and the node's /var, which goes away at
the end. The programs and images are in the cache; ./dev puts them there.
"""

import contextlib
import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from harness.wait import wait_until

from ..ports import Port
from ..process import Process, tail
from . import addresses, cache, commands, control_plane, images, node
from .api import Api, ApiError
from .kubeconfig import certificate_credentials, kubeconfig, write
from .network import Network
from .part import Part
from .space import Space, run_in_node
from .users import Users

NODE_FOLDER = "node"
READY_DEADLINE_S = 120.0
NODE_DEADLINE_S = 60.0
ROLLOUTS = "argoproj.io/v1alpha1"
# What a failed test wants to see of the API, as far as it still answers.
DUMPED = (("v1", "events"), ("v1", "pods"), ("apps/v1", "deployments"), ("apps/v1", "replicasets"), ("v1", "nodes"))


class Cluster:
    """api, kubeconfig and server are the administrator's, from the machine. All cluster's pods run on one node."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder).resolve()
        self.logs = self.folder / "logs"
        self.logs.mkdir(parents=True)
        self.programs = cache.programs()
        self._api_port = Port()
        self._dns_port = Port()
        self.server = f"https://127.0.0.1:{self._api_port.number}"
        self.identity = control_plane.Identity(self.folder / "credentials")
        ca, pair = self.identity.authority.pair.certificate, self.identity.authority.issue("admin", "admin", ["system:masters"])
        self.kubeconfig = write(
            self.folder / "admin.kubeconfig", kubeconfig(self.server, ca, "admin", certificate_credentials(pair))
        )
        self.api = Api(self.server, ca, pair)
        self.users = Users(self.folder / "users", self.server, self.identity.authority, self.api)
        self.space = Space(self.folder / NODE_FOLDER, self.programs, self.logs / "space.log")
        self.network = Network(self.space, self.logs)
        self.audit_log = self.logs / "audit.log"
        self.parts: "dict[str, Part]" = {}
        self._ways: "list[Process]" = []

    # --- life -------------------------------------------------------------------------------------------------

    def start(self) -> "Cluster":
        node.write_files(self.space.var, self.identity)
        self.space.start()
        inner_ports = {self._api_port: addresses.API_PORT, self._dns_port: addresses.DNS_READY_PORT}
        self._ways = [self.network.lead(port, inner) for port, inner in inner_ports.items()]
        self._add_parts()
        for name in ("etcd", "api-server"):
            self.parts[name].start()
        self.wait_api()
        for name in ("controller-manager", "scheduler", "proxy", "dns"):
            self.parts[name].start()
        self._start_node()
        self.wait_ready()
        return self

    def _add_parts(self) -> None:
        where, who, inside = self.programs, self.identity, self.network.inside
        argvs = {
            "etcd": inside(control_plane.etcd(where, self.folder / "etcd")),
            "api-server": inside(control_plane.api_server(where, who, self.audit_log)),
            "controller-manager": inside(control_plane.controller_manager(where, who)),
            "scheduler": inside(control_plane.scheduler(where, who)),
            "proxy": inside(control_plane.proxy(where, who)),
            "dns": inside(control_plane.dns(where, who)),
            "containerd": self.space.in_node(node.containerd()),
            "kubelet": self.space.in_node(node.kubelet()),
        }
        self.parts = {name: Part(name, argv, self.logs) for name, argv in argvs.items()}

    def wait_api(self, deadline_s: float = READY_DEADLINE_S) -> None:
        """Until the API server says that it is ready."""
        server = self.parts["api-server"]

        def is_ready() -> bool:
            server.check()
            return self.api.text("GET", "/readyz") == "ok"

        wait_until(is_ready, deadline_s, "the API server to be ready", lambda: tail(server.log_path))

    def wait_ready(self, deadline_s: float = READY_DEADLINE_S) -> None:
        """Until a pod could be made: node Ready, default service account, names of services."""
        seen: "dict[str, Any]" = {}

        def is_ready() -> bool:
            for part in self.parts.values():
                part.check()
            found = self.api.get("v1", "nodes", addresses.NODE_NAME) or {}
            conditions = (found.get("status") or {}).get("conditions", [])
            seen["node"] = {c["type"]: f"{c['status']} {c.get('message', '')}" for c in conditions}
            seen["taints"] = (found.get("spec") or {}).get("taints", [])
            seen["service account"] = self.api.get("v1", "serviceaccounts", "default", "default") is not None
            seen["names"] = self._dns_is_ready()
            # What the node is said to be may be what it was before it was started anew.
            seen["kubelet"] = self.api.text("GET", f"/api/v1/nodes/{addresses.NODE_NAME}/proxy/healthz")
            node_is_ready = seen["node"].get("Ready", "").startswith("True") and not seen["taints"]
            return node_is_ready and seen["service account"] and seen["names"]

        wait_until(is_ready, deadline_s, "the node to be Ready", lambda: f"{seen}; kubelet:\n{tail(self.logs / 'kubelet.log')}")

    def _dns_is_ready(self) -> bool:
        try:
            return urlopen(f"http://127.0.0.1:{self._dns_port.number}/ready", timeout=2).status == 200
        except OSError:
            return False

    def close(self) -> None:
        """Keep the logs, end everything, give back ports, disk and control groups. Goes on with the rest when one of them fails."""
        with contextlib.ExitStack() as last:  # from the bottom up
            for port in (self._api_port, self._dns_port):
                last.callback(port.close)
            for folder in (self.space.var, self.folder / "etcd"):
                if folder.exists():
                    last.callback(shutil.rmtree, folder)
            last.callback(self._keep_files)
            last.callback(self.space.close)
            for ended in (*self._ways, *self.parts.values()):
                last.callback(ended.kill)
            last.callback(self._dump)

    def _keep_files(self) -> None:
        shutil.copytree(self.space.var / "log" / "pods", self.logs / "pods", symlinks=True, dirs_exist_ok=True)

    def __enter__(self) -> "Cluster":
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def _dump(self) -> None:
        for version, plural in DUMPED:
            try:
                items = self.api.list(version, plural)
            except ApiError:
                return  # it does not run, or no longer
            (self.logs / f"{plural}.json").write_text(json.dumps(items, indent=1))

    # --- faults -----------------------------------------------------------------------------------------------

    def stop_api(self) -> None:
        """The API server goes in order; connections end at once until start_api()."""
        self.parts["api-server"].stop()

    def kill_api(self) -> None:
        """SIGKILL: connections break off."""
        self.parts["api-server"].kill()

    def start_api(self) -> None:
        """Start it again; ready when this returns."""
        self.parts["api-server"].start()
        self.wait_api()

    def reboot_node(self) -> None:
        """Kill every process of the node at once, containers and those who look after them, and start the latter again."""
        run_in_node(self.space.pid, ["sh", "-c", "kill -KILL -1"])
        for name in ("containerd", "kubelet"):
            self.parts[name].kill()  # gone already; this only takes note of it
        self._start_node()
        self.wait_ready()

    # --- additions --------------------------------------------------------------------------------------------

    def start_rollouts(self) -> None:
        """The kinds of Argo Rollouts, and their controller, beside the control plane. Nothing happens when it runs."""
        part = self.parts.get("rollouts")
        if part is None:
            self.kubectl("apply", "--server-side", "-f", str(self.programs / "rollouts-crds"))
            wait_until(lambda: self.api.list(ROLLOUTS, "rollouts") == [], NODE_DEADLINE_S, "the kinds of Argo Rollouts to be served")
            part = Part("rollouts", self.network.inside(control_plane.rollouts(self.programs, self.identity)), self.logs)
            part.start()
            self.parts["rollouts"] = part
        part.check()

    # --- containers -------------------------------------------------------------------------------------------

    def load_image(self, archive: Path) -> None:
        """An image archive (OCI or docker), under the names it carries."""
        images.load(self.space.pid, self.space.var, archive)

    def _start_node(self) -> None:
        """The kubelet ends at once when it does not find containerd."""
        containerd = self.parts["containerd"]
        containerd.start()
        wait_until(self._containerd_answers, NODE_DEADLINE_S, "containerd", lambda: tail(containerd.log_path))
        self.load_image(images.cached() / "pause.tar")
        self.parts["kubelet"].start()

    def _containerd_answers(self) -> bool:
        self.parts["containerd"].check()
        try:
            return bool(run_in_node(self.space.pid, node.ctr("version")))
        except RuntimeError:
            return False

    def container_pids(self, namespace: str, pod: str, container: str) -> "list[int]":
        """The processes of a container, as this machine counts them: the first one first."""
        found = self.api.get("v1", "pods", pod, namespace) or {}
        statuses = (found.get("status") or {}).get("containerStatuses", [])
        ids = [status.get("containerID", "").rpartition("/")[2] for status in statuses if status["name"] == container]
        pids = self.space.group.pids(ids[0]) if ids and ids[0] else []
        assert pids, f"no container {container} runs in {namespace}/{pod}: {statuses}"
        return pids

    def kill_container(self, namespace: str, pod: str, container: str, number: int = signal.SIGKILL) -> None:
        """A signal for the container's first process."""
        os.kill(self.container_pids(namespace, pod, container)[0], number)

    # --- commands ---------------------------------------------------------------------------------------------

    def kubectl(self, *args: str, kubeconfig: "Path | None" = None, stdin: "str | None" = None) -> str:
        """Standard output. Raises RuntimeError with what it said. Without a kubeconfig it is the administrator who asks."""
        return commands.run([str(self.programs / "kubectl"), *args], self.environment(kubeconfig), stdin)

    def helm(self, *args: str, kubeconfig: "Path | None" = None) -> str:
        return commands.run([str(self.programs / "helm"), *args], self.environment(kubeconfig))

    def environment(self, kubeconfig: "Path | None" = None) -> "dict[str, str]":
        """For a program that uses the cluster as its user does: kubectl and helm on the PATH, KUBECONFIG, a home of its own."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        path = f"{self.programs}:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "HOME": str(home), "KUBECONFIG": str(kubeconfig or self.kubeconfig)}
