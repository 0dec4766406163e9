"""Where things are inside a cluster. Each cluster has a network namespace of its own, so these never meet another's."""

NODE_NAME = "node"
# The node's own address, which pods and the control plane use; the loopback would be refused.
NODE_IP = "172.30.0.1"
POD_RANGE = "10.244.0.0/24"
SERVICE_RANGE = "10.96.0.0/16"
# The first address of SERVICE_RANGE: kubernetes.default.
SERVICE_IP = "10.96.0.1"
DOMAIN = "cluster.local"

API_PORT = 6443
ETCD_PORT = 2379
ETCD_PEER_PORT = 2380
DNS_READY_PORT = 8181

# Inside the node's mount namespace (space.sh).
PROGRAMS = "/run/sluice"
NODE_FILES = "/var/etc"
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
