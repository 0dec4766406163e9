"""A real Kubernetes: control plane and one node, each part a real program, in namespaces of their own on this machine.

cluster.py puts the parts together; addresses.py says where they are. Inside the network namespace ports are fixed, because it is
nobody else's; from outside, relay.py leads to them from free ports of the loopback.
"""
