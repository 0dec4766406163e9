"""A host whose first process is a real systemd, in namespaces of its own on this machine; machine.py boots it."""
