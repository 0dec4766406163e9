"""What the node's programs are started with: containerd, the kubelet. Values and files only; cluster.py starts them."""

import json
from pathlib import Path

from . import addresses
from .control_plane import Identity

PAUSE_IMAGE = "sluice.test/pause:1"

CONTAINERD = f"""\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp",
]

[grpc]
  address = "{addresses.CONTAINERD_SOCKET}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  # Lowering a score is forbidden without CAP_SYS_RESOURCE, and no sandbox would start.
  restrict_oom_score_adj = true
  disable_apparmor = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{addresses.NODE_FILES}/cni"

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
"""

# Each pod has a line of its own to the node, and all packets pass the node's rules: on a bridge, an answer from pod to pod would go
# past them and a service would not work.
CNI = {
    "cniVersion": "1.0.0",
    "name": "sluice",
    "plugins": [
        {
            "type": "ptp",
            "ipam": {
                "type": "host-local",
                "dataDir": "/var/lib/cni/addresses",
                "ranges": [[{"subnet": addresses.POD_RANGE}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }
    ],
}


def kubelet_config() -> "dict[str, object]":
    files = addresses.NODE_FILES
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {"x509": {"clientCAFile": f"{files}/ca.crt"}, "anonymous": {"enabled": False}, "webhook": {"enabled": True}},
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{files}/kubelet.crt",
        "tlsPrivateKeyFile": f"{files}/kubelet.key",
        "containerRuntimeEndpoint": f"unix://{addresses.CONTAINERD_SOCKET}",
        "clusterDomain": addresses.DOMAIN,
        "clusterDNS": [addresses.NODE_IP],
        "resolvConf": f"{files}/resolv.conf",
        # Not all of the machine's control groups may be written.
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": False,
        "enforceNodeAllocatable": [],
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "makeIPTablesUtilChains": False,
        "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        "localStorageCapacityIsolation": False,
        # The machine's disk may be nearly full; an image that is removed cannot be had again.
        "evictionHard": {"memory.available": "10Mi", "nodefs.available": "1%", "nodefs.inodesFree": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "nodeStatusUpdateFrequency": "5s",
        "shutdownGracePeriod": "0s",
    }


def write_files(var: Path, identity: Identity) -> None:
    """Everything that is read inside the node, where it stands below /var."""
    files = var / "etc"
    (files / "cni").mkdir()
    (files / "cni" / "10-sluice.conflist").write_text(json.dumps(CNI))
    (files / "containerd.toml").write_text(CONTAINERD)
    (files / "kubelet.json").write_text(json.dumps(kubelet_config()))
    # No name outside of the cluster resolves.
    (files / "resolv.conf").write_text("")
    kubeconfig = identity.kubeconfig_of("kubelet", f"system:node:{addresses.NODE_NAME}", identity.kubelet)
    text = kubeconfig.read_text().replace(str(identity.folder), addresses.NODE_FILES)
    (files / "kubelet.kubeconfig").write_text(text)
    for path in (identity.authority.pair.certificate, *identity.kubelet):
        (files / path.name).write_bytes(path.read_bytes())


def containerd() -> "list[str]":
    return ["containerd", f"--config={addresses.NODE_FILES}/containerd.toml"]


def ctr(*args: str) -> "list[str]":
    """containerd's own client, on the images and containers of Kubernetes."""
    return ["ctr", f"--address={addresses.CONTAINERD_SOCKET}", "--namespace=k8s.io", *args]


def kubelet() -> "list[str]":
    return [
        f"{addresses.PROGRAMS}/kubelet",
        f"--config={addresses.NODE_FILES}/kubelet.json",
        f"--kubeconfig={addresses.NODE_FILES}/kubelet.kubeconfig",
        f"--hostname-override={addresses.NODE_NAME}",
        f"--node-ip={addresses.NODE_IP}",
    ]
