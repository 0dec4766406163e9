#!/bin/sh
# space.sh STAGE GROUP HIERARCHIES VAR PROGRAMS READY NODE_ADDRESS SERVICE_RANGE: process 1 of a node's namespaces (space.py made them).
# It gives the node a network, control groups, a /run and a /var of its own and the programs below /run/sluice, makes the file READY in
# /var, and then only reaps. When it ends, the kernel ends every process of the node, and with the last one all mounts and devices are
# gone. HIERARCHIES are where control groups are mounted, with a blank between; GROUP is made in each of them.
set -eu
stage=$1 group=$2 hierarchies=$3 var=$4 programs=$5 ready=$6 address=$7 services=$8

# The group in which a process enters a namespace of control groups is the root that it sees from then on.
if [ "$stage" = enter ]; then
    for hierarchy in $hierarchies; do
        echo 0 >"$hierarchy/$group/cgroup.procs"
    done
    shift
    exec unshare --cgroup -- sh "$0" furnish "$@"
fi

# The kubelet's mounts must reach containers, and none may reach the machine.
mount --make-rshared /
for hierarchy in $hierarchies; do
    # In version 2 a group has either processes or groups below it.
    if [ -e "$hierarchy/$group/cgroup.controllers" ]; then
        mkdir "$hierarchy/$group/space"
        echo 0 >"$hierarchy/$group/space/cgroup.procs"
    fi
    mount --bind "$hierarchy/$group" "$hierarchy"
done
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run
mkdir /run/sluice /run/netns
mount --bind "$programs" /run/sluice
mount --bind "$var" /var

# The kubelet sets these for the whole machine; it gets copies to write to.
mkdir /run/kernel
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
    copy=/run/kernel/${setting##*/}
    cp "/proc/sys/$setting" "$copy"
    mount --bind "$copy" "/proc/sys/$setting"
done

ip link set lo up
ip link add node0 type bridge
ip address add "$address/32" dev node0
ip link set node0 up
# Services have no device: this route only brings packets to where kube-proxy's rules rewrite them.
ip route add "$services" dev node0
echo 1 >/proc/sys/net/ipv4/ip_forward

: >"/var/$ready"
exec /run/sluice/pause
