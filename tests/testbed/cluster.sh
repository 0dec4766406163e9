# shellcheck shell=bash
# The test cluster: programs and images of its own, in the cache; tests/testbed/cluster runs them.

cluster_build_programs() { bash "$TESTBED/cluster/programs/build.sh" "$1"; }

cluster_build_images() { bash "$TESTBED/cluster/image/build.sh" "$1" "$SLUICE_CLUSTER_PROGRAMS/pause"; }

cluster_programs_need() {
    local source=$TESTBED/cluster/programs pins
    packages_need cluster || return
    pins=("$source"/go.{mod,sum} "$source"/build.sh "$source"/pause.c "$source"/*/main.go)
    CACHE_SALT=$(go env GOVERSION) \
        cache_get cluster-programs "building Kubernetes from its Go modules (once, about ten minutes on two cores)" \
        cluster_build_programs "${pins[@]}" || return
    export SLUICE_CLUSTER_PROGRAMS=$REPLY
}

cluster_need() {
    local source=$TESTBED/cluster/image
    cluster_programs_need || return
    cache_get cluster-images "making the images of the test cluster" \
        cluster_build_images "$source"/{archive.py,build.sh,packages.txt} "$TESTBED/cluster/programs/pause.c" || return
    export SLUICE_CLUSTER_IMAGES=$REPLY
}

# cluster_missing: print what this machine cannot give to a cluster, and fail with CLUSTER_LACKS when there is something.
# shellcheck disable=SC2034 # read by layers.sh
CLUSTER_LACKS=3
cluster_missing() { (cd "$ROOT/tests" && "$PYTHON" -m testbed.cluster.preflight); }
