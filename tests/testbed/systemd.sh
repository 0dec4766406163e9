# shellcheck shell=bash
# The root file system of the host that tests/testbed/systemd boots: the Debian release of this machine, because the packages are made for it.

systemd_build_root() {
    local names codename
    names=$(grep -v '^#' "$TESTBED/systemd/root.txt" | paste -sd,) &&
        codename=$(. /etc/os-release && echo "$VERSION_CODENAME") &&
        debootstrap --variant=minbase --include="$names" "$codename" "$1"
}

systemd_need() {
    packages_need image || return
    CACHE_SALT=$(cat /etc/os-release) cache_get systemd-root "setting up a Debian that boots (once)" systemd_build_root \
        "$TESTBED/systemd/root.txt" || return
    export SLUICE_SYSTEMD_ROOT=$REPLY
}
