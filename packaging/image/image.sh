# shellcheck shell=bash
# The container image: our programs built in a root file system of Debian 13, and what they need of it, as an archive that
# `docker load`, `podman load` and `ctr images import` take. No container engine and no registry is asked.

IMAGE_SUITE=trixie

image_names() { grep -v '^#' "$@"; }

# image_root_build FOLDER: a root file system with compiler and libraries. The packages it was made of stay in it.
image_root_build() {
    local names
    names=$(image_names -h "$ROOT/packaging/image/build.txt" "$ROOT/packaging/image/runtime.txt" | sort -u | paste -sd,)
    debootstrap --variant=minbase --include="$names" "$IMAGE_SUITE" "$1" &&
        mkdir -p "$1/src" "$1/build" "$1/out"
}

# image_compile ROOTFS BUILD OUT: in a mount namespace of its own, so that nothing stays mounted and the root stays as it was.
image_compile() {
    # shellcheck disable=SC2016 # expanded inside
    unshare --mount sh -euc '
        mount --bind "$1" "$2/src" && mount -o remount,bind,ro "$2/src"
        mount --bind "$3" "$2/build"
        mount --bind "$4" "$2/out"
        mount -t tmpfs tmpfs "$2/tmp"
        exec chroot "$2" /usr/bin/env -i PATH=/usr/bin:/bin LANG=C.UTF-8 sh -euc "
            cmake -S /src -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DSLUICE_TESTS=OFF
            nice ninja -C /build
            DESTDIR=/out cmake --install /build --strip"' sh "$ROOT" "$1" "$2" "$3"
}

image_assemble() {
    python3 "$ROOT/packaging/image/assemble.py" --root "$1" --programs "$2" --runtime "$ROOT/packaging/image/runtime.txt" \
        --version "$3" --epoch "$4" --tag "docker.io/library/sluice:$3" --out "$ROOT/build/image"
}

# Sets IMAGE to the archive, which is made anew when the sources changed.
image_need() {
    local rootfs version epoch work=$ROOT/build/image
    ((EUID == 0)) || die "the image is made in a root file system of its own, which only root can enter"
    packages_need image || return
    CACHE_SALT=$IMAGE_SUITE cache_get image-root "setting up Debian 13 for the image" image_root_build \
        "$ROOT/packaging/image/build.txt" "$ROOT/packaging/image/runtime.txt" || return
    rootfs=$REPLY
    version=$(sed -n 's/^project(sluice VERSION \([0-9.]*\).*/\1/p' "$ROOT/CMakeLists.txt")
    epoch=$(git -C "$ROOT" log -1 --format=%ct 2>/dev/null || stat -c %Y "$ROOT/CMakeLists.txt")
    mkdir -p "$work/build" || return
    (
        flock 9
        rm -rf "$work/out" && mkdir -p "$work/out" &&
            step "building the programs of the image" image_compile "$rootfs" "$work/build" "$work/out" &&
            step "putting the image together" image_assemble "$rootfs" "$work/out" "$version" "$epoch"
    ) 9>"$work/lock" || return
    # shellcheck disable=SC2034 # read by whoever loads it
    IMAGE=$work/sluice.tar
}
