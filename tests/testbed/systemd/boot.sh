#!/bin/sh
# boot.sh STAGE GROUP HIERARCHIES ROOT SPACE BIND...: becomes the systemd of a host (machine.py made its namespaces). The host's file system
# is ROOT with changes that are gone with it; each BIND, a folder, is seen by it at the same path. Network and clock are the machine's.
set -eu
stage=$1 group=$2 hierarchies=$3 lower=$4 space=$5

# The group in which a process enters a namespace of control groups is the root that it sees from then on.
if [ "$stage" = enter ]; then
    for hierarchy in $hierarchies; do
        echo 0 >"$hierarchy/$group/cgroup.procs"
    done
    shift
    exec unshare --cgroup -- sh "$0" furnish "$@"
fi
shift 5

mount -t tmpfs -o mode=755 tmpfs "$space"
root=$space/root
mkdir "$space/changes" "$space/work" "$root"
mount -t overlay -o "lowerdir=$lower,upperdir=$space/changes,workdir=$space/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs tmpfs "$root/dev/shm"
for folder in "$@"; do
    mkdir -p "$root$folder"
    mount --bind "$folder" "$root$folder"
done

# It belongs to everybody on this machine: the host is not to set anything there.
mount --bind -o ro "$root/proc/sys" "$root/proc/sys"
mkdir "$root/old"
cd "$root"
pivot_root . old
exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c '
    umount -l /old && rmdir /old && exec /lib/systemd/systemd --unit=multi-user.target'
