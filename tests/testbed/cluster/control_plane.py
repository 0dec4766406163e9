"""What the programs of the control plane are started with. Values only; cluster.py starts them."""

import json
from pathlib import Path

from . import addresses
from .certificates import Authority, Pair
from .kubeconfig import certificate_credentials, kubeconfig, write

API = f"https://{addresses.NODE_IP}:{addresses.API_PORT}"
ETCD = f"http://127.0.0.1:{addresses.ETCD_PORT}"
ETCD_PEER = f"http://127.0.0.1:{addresses.ETCD_PEER_PORT}"

API_HOSTS = (
    "IP:127.0.0.1",
    f"IP:{addresses.NODE_IP}",
    f"IP:{addresses.SERVICE_IP}",
    "DNS:localhost",
    "DNS:kubernetes",
    "DNS:kubernetes.default",
    "DNS:kubernetes.default.svc",
    f"DNS:kubernetes.default.svc.{addresses.DOMAIN}",
)

# Who did what, with which result, and nothing of the contents.
AUDIT_POLICY = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [{"level": "Metadata"}]}

COREFILE = f"""\
.:53 {{
    bind {addresses.NODE_IP}
    errors
    ready 127.0.0.1:{addresses.DNS_READY_PORT}
    kubernetes {addresses.DOMAIN} in-addr.arpa {{
        kubeconfig {{kubeconfig}}
        ttl 5
    }}
}}
"""


class Identity:
    """Credentials of the cluster's own parts, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder)
        self.api = self.authority.issue("api", "kube-apiserver", ["system:masters"], API_HOSTS)
        self.kubelet = self.authority.issue(
            "kubelet", f"system:node:{addresses.NODE_NAME}", ["system:nodes"], [f"IP:{addresses.NODE_IP}", f"DNS:{addresses.NODE_NAME}"]
        )
        self.service_accounts = self.authority.key("service-accounts")

    def kubeconfig(self, name: str, user: str, groups: "tuple[str, ...]" = ()) -> Path:
        """For a part inside of the cluster's network."""
        return self.kubeconfig_of(name, user, self.authority.issue(name, user, groups))

    def kubeconfig_of(self, name: str, user: str, pair: Pair) -> Path:
        document = kubeconfig(API, self.authority.pair.certificate, user, certificate_credentials(pair))
        return write(self.folder / f"{name}.kubeconfig", document)


def etcd(programs: Path, data: Path) -> "list[str]":
    return [
        str(programs / "etcd"),
        f"--data-dir={data}",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        f"--listen-peer-urls={ETCD_PEER}",
        f"--initial-advertise-peer-urls={ETCD_PEER}",
        f"--initial-cluster=default={ETCD_PEER}",
        "--unsafe-no-fsync",  # nothing here outlives the machine
        "--auto-compaction-retention=5m",
    ]


def api_server(programs: Path, identity: Identity, audit_log: Path) -> "list[str]":
    ca, accounts = identity.authority.pair, identity.service_accounts
    policy = write(identity.folder / "audit-policy.json", AUDIT_POLICY)
    return [
        str(programs / "kube-apiserver"),
        f"--etcd-servers={ETCD}",
        f"--advertise-address={addresses.NODE_IP}",
        f"--secure-port={addresses.API_PORT}",
        f"--service-cluster-ip-range={addresses.SERVICE_RANGE}",
        f"--tls-cert-file={identity.api.certificate}",
        f"--tls-private-key-file={identity.api.key}",
        f"--client-ca-file={ca.certificate}",
        f"--kubelet-client-certificate={identity.api.certificate}",
        f"--kubelet-client-key={identity.api.key}",
        f"--kubelet-certificate-authority={ca.certificate}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--service-account-issuer=https://kubernetes.default.svc.{addresses.DOMAIN}",
        f"--service-account-key-file={accounts.certificate}",
        f"--service-account-signing-key-file={accounts.key}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--audit-policy-file={policy}",
        f"--audit-log-path={audit_log}",
        "--profiling=false",
        # After a kill nobody waits for the old one's lease.
        "--shutdown-delay-duration=0s",
    ]


def controller_manager(programs: Path, identity: Identity) -> "list[str]":
    ca = identity.authority.pair
    return [
        str(programs / "kube-controller-manager"),
        f"--kubeconfig={identity.kubeconfig('controller-manager', 'system:kube-controller-manager')}",
        f"--root-ca-file={ca.certificate}",
        f"--service-account-private-key-file={identity.service_accounts.key}",
        f"--cluster-signing-cert-file={ca.certificate}",
        f"--cluster-signing-key-file={ca.key}",
        "--use-service-account-credentials",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--profiling=false",
        # Tests of autoscalers wait for them.
        "--horizontal-pod-autoscaler-sync-period=3s",
        "--horizontal-pod-autoscaler-downscale-stabilization=3s",
    ]


def scheduler(programs: Path, identity: Identity) -> "list[str]":
    return [
        str(programs / "kube-scheduler"),
        f"--kubeconfig={identity.kubeconfig('scheduler', 'system:kube-scheduler')}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--profiling=false",
    ]


def proxy(programs: Path, identity: Identity) -> "list[str]":
    return [
        str(programs / "kube-proxy"),
        f"--kubeconfig={identity.kubeconfig('proxy', 'system:kube-proxy')}",
        f"--hostname-override={addresses.NODE_NAME}",
        "--proxy-mode=nftables",
        f"--cluster-cidr={addresses.POD_RANGE}",
        # The kernel's own settings are the machine's.
        *(f"--conntrack-{name}=0" for name in ("max-per-core", "min", "tcp-timeout-established", "tcp-timeout-close-wait")),
        *(f"--conntrack-{name}=0" for name in ("udp-timeout", "udp-timeout-stream")),
    ]


def dns(programs: Path, identity: Identity) -> "list[str]":
    """It runs beside the control plane rather than as pods; pods ask the node's address."""
    config = identity.folder / "Corefile"
    config.write_text(COREFILE.replace("{kubeconfig}", str(identity.kubeconfig("dns", "system:dns", ("system:masters",)))))
    return [str(programs / "coredns"), f"-conf={config}"]


def rollouts(programs: Path, identity: Identity) -> "list[str]":
    """The controller of Argo Rollouts."""
    config = identity.kubeconfig("rollouts", "argo-rollouts", ("system:masters",))
    return [str(programs / "rollouts-controller"), f"--kubeconfig={config}", "--leader-elect=false"]


def audit_rows(audit_log: Path) -> "list[dict[str, object]]":
    """The audit log as documents: user, verb, objectRef, responseStatus."""
    return [json.loads(line) for line in audit_log.read_text().splitlines()]
