# shellcheck shell=bash
# Debian's Prometheus with its promtool, unpacked and not installed: nothing of it is started but by a test. Where both are on the PATH,
# those are taken.

prometheus_build() {
    local command
    mkdir "$1/bin"
    if command -v prometheus >/dev/null && command -v promtool >/dev/null; then
        for command in prometheus promtool; do
            ln -s "$(command -v "$command")" "$1/bin/$command"
        done
        return
    fi
    command -v apt-get >/dev/null || die "the programs prometheus and promtool are needed"
    (
        cd "$1" || exit
        apt-get download -q prometheus || { ((EUID == 0)) && apt-get update -q && apt-get download -q prometheus; }
        dpkg-deb -x prometheus_*.deb unpacked
        mv unpacked/usr/bin/{prometheus,promtool} bin/
        rm -r unpacked prometheus_*.deb
    )
}

prometheus_need() {
    cache_get prometheus "setting up Prometheus" prometheus_build "$TESTBED/prometheus.sh" || return
    export SLUICE_PROMETHEUS=$REPLY/bin
}
