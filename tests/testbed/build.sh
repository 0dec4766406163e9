# shellcheck shell=bash
# Builds of a preset in build/<preset>, with ccache shared by all checkouts.

build_need() {
    packages_need build || return
    export CCACHE_DIR=$CACHE_ROOT/ccache CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=2G
}

build_run() {
    (cd "$ROOT" && cmake --preset "$1" -DCMAKE_C_COMPILER_LAUNCHER=ccache && cmake --build --preset "$1" -- -k 0)
}

BUILT=()

# build_preset NAME: configure and build, once in a run; two runs in one checkout take turns.
build_preset() {
    [[ " ${BUILT[*]} " != *" $1 "* ]] || return 0
    build_need || return
    mkdir -p "$ROOT/build" || return
    step "building $1" flock "$ROOT/build/$1.lock" bash -c "$(declare -f build_run); ROOT=\$1 build_run \"\$2\"" bash "$ROOT" "$1" || return
    BUILT+=("$1")
}
