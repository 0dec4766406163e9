# shellcheck shell=bash
# The Debian packages, for the release that this machine runs: build/packages/*.deb.

# deb_build WORK EPOCH: the same sources give the same bytes, whatever the time and the checkout's path.
deb_build() {
    export SOURCE_DATE_EPOCH=$2
    local map="-ffile-prefix-map=$ROOT=/usr/src/sluice -ffile-prefix-map=$1=/usr/src/build"
    rm -rf "$ROOT"/build/packages/*.deb "$1/_CPack_Packages" &&
        CFLAGS=$map cmake -S "$ROOT" -B "$1" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr \
            -DCMAKE_C_COMPILER=gcc -DCMAKE_C_COMPILER_LAUNCHER=ccache -DSLUICE_TESTS=OFF -DSLUICE_PACKAGES=ON \
            -DSLUICE_SERVICE_FOLDER=libexec/sluice &&
        cmake --build "$1" &&
        echo "$2" >"$ROOT/build/packages/epoch" &&
        cd "$1" && cpack -B "$ROOT/build/packages"
}

# Made anew when the sources changed.
deb_need() {
    local epoch work=$ROOT/build/packages/work
    build_need && packages_need deb || return
    epoch=$(git -C "$ROOT" log -1 --format=%ct 2>/dev/null || stat -c %Y "$ROOT/CMakeLists.txt")
    mkdir -p "$work" || return
    step "building the Debian packages" flock "$work.lock" \
        bash -c "$(declare -f deb_build); ROOT=\$1 deb_build \"\$2\" \"\$3\"" bash "$ROOT" "$work" "$epoch" || return
    # shellcheck disable=SC2034 # read by whoever installs them
    PACKAGES=$ROOT/build/packages
}
