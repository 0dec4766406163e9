# shellcheck shell=bash
# The layers of ./dev test. A layer NAME is a function layer_NAME that records every test case in the run's table;
# a layer that could not run is recorded as one failed case, so nothing is passed over in silence.

# shellcheck disable=SC2034 # read by dev
LAYERS=(lint unit sim component integration faults systemd cluster)
# Those of them that work without waiting for anything, and have no deadlines that others could make them miss.
LAYERS_THAT_WORK=(lint sim)
# Layers that run only when they are named.
# shellcheck disable=SC2034
LAYERS_BY_HAND=(fuzz clients faults-cluster faults-cluster-operator faults-cluster-machine)

# shellcheck disable=SC2034
LINTS=(compile format tidy cppcheck includes banned browser reasons requirements shell python docs definitions)

results() { python3 "$TESTBED/results.py" "$RUN/results.tsv" "$@"; }

# layers_run LAYER...: in the order above. The layers that work run beside the others, which mostly wait, and give way to them.
BESIDE=
layers_run() {
    local layer working=() waiting=()
    for layer in "${LAYERS[@]}" "${LAYERS_BY_HAND[@]}"; do
        if [[ " $* " != *" $layer "* ]]; then
            continue
        elif [[ " ${LAYERS_THAT_WORK[*]} " == *" $layer "* ]]; then
            working+=("$layer")
        else
            waiting+=("$layer")
        fi
    done
    if ((${#waiting[@]} == 0)); then
        waiting=("${working[@]}")
    elif ((${#working[@]} > 0)); then
        layers_beside "${working[@]}"
    fi
    for layer in "${waiting[@]}"; do
        "layer_$layer"
    done
    [[ -z $BESIDE ]] || wait "$BESIDE" || die "the layers ${working[*]} did not come to their end"
    BESIDE=
}

# In a process group of its own, so that it can be ended whole. What both sides run is built before: no program may be linked anew while others
# run it. A build that fails is told by the layers that need it.
layers_beside() {
    if [[ " $* " == *" sim "* ]]; then
        build_preset release || true
        build_preset asan || true
    fi
    SIDE_BY_SIDE=1
    set -m
    (
        set +m
        renice -n 19 -p "$BASHPID" >/dev/null
        for layer in "$@"; do
            "layer_$layer"
        done
    ) &
    BESIDE=$!
    set +m
}

layers_end() {
    [[ -z $BESIDE ]] || kill -TERM -- "-$BESIDE" 2>/dev/null || return 0
    wait
}

# record LAYER STATE TEST LOG
record() { results one "$@" >/dev/null; }

# could_not_run LAYER LOG: a runner that failed without naming a test has failed itself.
could_not_run() {
    say "$1: could not run, see $2"
    record "$1" failed "the layer itself" "$2"
}

layer_lint() {
    local lint log state begin
    if ! lint_need; then
        could_not_run lint "$STEP_LOG"
        return
    fi
    mkdir -p "$RUN/lint"
    for lint in "${LINTS[@]}"; do
        log=$RUN/lint/$lint.log
        begin=$SECONDS
        state=passed
        if ! lint_run "$lint" >"$log" 2>&1; then
            state=failed
            tail -n 30 "$log" >&2
        fi
        record lint "$state" "$lint" "$log"
        say "lint: $lint $state ($((SECONDS - begin)) s)"
    done
}

# Of the layer at hand, for ctest: how many tests at once.
CTEST_JOBS=$(nproc)

# ctest_preset LAYER PRESET SEEDS
ctest_preset() {
    local layer=$1 preset=$2 name="$1 ($2)" logs=$RUN/$1-$2 begin=$SECONDS
    mkdir -p "$logs"
    if ! build_preset "$preset"; then
        could_not_run "$name" "$STEP_LOG"
        return
    fi
    if ! SLUICE_SIM_SEEDS=$3 ctest --test-dir "$ROOT/build/$preset" -L "^$layer\$" -j "$CTEST_JOBS" \
        --no-tests=error --output-on-failure --test-output-size-passed 4000000 --test-output-size-failed 4000000 \
        --output-junit "$logs/junit.xml" >"$logs/ctest.log" 2>&1 && [[ ! -s $logs/junit.xml ]]; then
        could_not_run "$name" "$logs/ctest.log"
        return
    fi
    say "$name: $(results ctest "$name" "$logs/junit.xml" "$logs") ($((SECONDS - begin)) s)"
}

layer_ctest() {
    local seeds=10000
    ((FULL)) && seeds=100000
    ctest_preset "$1" release "$seeds"
    ctest_preset "$1" asan "$((seeds / 10))" # the simulator is fifteen times slower under the sanitizers
}

# Threads are in what single rooms and programs do; the simulator has none.
layer_ctest_threads() {
    layer_ctest "$1"
    if ((FULL)); then
        ctest_preset "$1" tsan 0
    fi
}

layer_unit() {
    layer_ctest_threads unit
    local PYTEST_OPTIONS=(-n "$(nproc)" --dist load --maxschedchunk 1)
    pytest_run "unit (python)" "$RUN/unit-python" checker harness image testbed
}
layer_sim() { layer_ctest sim; }
layer_component() {
    # These tests wait more than they work.
    local CTEST_JOBS=$((CTEST_JOBS * 4))
    layer_ctest_threads component
}

# Of the layer at hand, for pytest.
PYTEST_OPTIONS=()

# pytest_run NAME LOGS FOLDER...: the Python tests of some folders of tests/.
pytest_run() {
    local name=$1 logs=$2 begin=$SECONDS status=0
    shift 2
    mkdir -p "$logs"
    (
        cd "$ROOT/tests"
        SLUICE_FULL=$FULL exec "$PYTHON" -m pytest "${PYTEST_OPTIONS[@]}" "$@" -v --basetemp="$logs/tests" --junitxml="$logs/junit.xml"
    ) >"$logs/pytest.log" 2>&1 </dev/null || status=$?
    # 0 all passed, 1 some failed; all else means that pytest itself could not do its work.
    if ((status > 1)) || [[ ! -s $logs/junit.xml ]]; then
        tail -n 30 "$logs/pytest.log" >&2
        could_not_run "$name" "$logs/pytest.log"
        return
    fi
    say "$name: $(results pytest "$name" "$logs/junit.xml" "$logs/pytest.log") ($((SECONDS - begin)) s)"
}

# pytest_preset LAYER PRESET [PATH]: the tests of tests/LAYER, or of that path, against the programs of one build, real brokers and real
# clients.
pytest_preset() {
    local name="$1 ($2)" logs=$RUN/$1-$2 path=${3-$1}
    if ! kafka_need || ! sqs_need || ! clients_need || ! browser_need || ! prometheus_need || ! build_preset "$2"; then
        could_not_run "$name" "$STEP_LOG"
        return
    fi
    SLUICE_BIN=$ROOT/build/$2/bin pytest_run "$name" "$logs" "$path"
}

layer_integration() {
    # These tests wait more than they work: two processes for each processor, each with servers of its own, and the next test to whoever is free.
    local PYTEST_OPTIONS=(-n "$((2 * $(nproc)))" --dist load --maxschedchunk 1)
    pytest_preset integration release
    if ((FULL)); then
        pytest_preset integration asan
    fi
}

# By hand, with --full: every client of SQS as application and as local process, on every server. It is part of the integration layer, too.
layer_clients() {
    local PYTEST_OPTIONS=(-n "$(nproc)" --dist load --maxschedchunk 1)
    pytest_preset clients release integration/test_sqs_split_clients.py
}

layer_faults() { pytest_preset faults release; }

# A machine that cannot hold a cluster skips this layer; one that can and fails to build or start it has failed.
# cluster_prepare LAYER: fails when that layer is not to be run, which is recorded then.
cluster_prepare() {
    local log=$RUN/$1.log begin=$SECONDS lacks=0
    if ! packages_need cluster; then
        could_not_run "$1" "$STEP_LOG"
        return 1
    fi
    cluster_missing >"$log" 2>&1 || lacks=$?
    if ((lacks == CLUSTER_LACKS)); then
        say "$1: skipped, this machine lacks $(tail -n 1 "$log")"
        record "$1" skipped "the layer itself" "$log"
        return 1
    fi
    if ((lacks != 0)); then
        could_not_run "$1" "$log"
        return 1
    fi
    if ! cluster_need; then
        could_not_run "$1" "$STEP_LOG"
        return 1
    fi
    if ! image_need; then
        could_not_run "$1" "$STEP_LOG"
        return 1
    fi
    export SLUICE_IMAGE=$IMAGE
    say "$1: programs and images are there ($((SECONDS - begin)) s)"
}

# Real systemd as the first process of a host of its own, with our packages on it. It needs less than a cluster: where one can be held, so can this.
layer_systemd() {
    local log=$RUN/systemd.log lacks=0
    if ! packages_need cluster systemd; then
        could_not_run systemd "$STEP_LOG"
        return
    fi
    cluster_missing >"$log" 2>&1 || lacks=$?
    if ((lacks == CLUSTER_LACKS)); then
        say "systemd: skipped, this machine lacks $(tail -n 1 "$log")"
        record systemd skipped "the layer itself" "$log"
    elif ((lacks != 0)); then
        could_not_run systemd "$log"
    elif systemd_need && deb_need; then
        export SLUICE_PACKAGES=$PACKAGES
        pytest_preset systemd release
    else
        could_not_run systemd "$STEP_LOG"
    fi
}

layer_cluster() {
    # These, too, wait more than they work: two clusters side by side.
    local PYTEST_OPTIONS=(-n 2 --dist worksteal)
    if cluster_prepare cluster; then
        pytest_preset cluster release
    fi
}

# By hand, with --full: every kill in every phase, of the operator's own processes or of what they stand on. All of them take twenty
# minutes on a machine with nothing else to do.
layer_faults-cluster() { faults_cluster_run faults-cluster "operator-pod or supervisor or worker or guardian or api-server or node"; }
layer_faults-cluster-operator() { faults_cluster_run faults-cluster-operator "operator-pod or supervisor or worker or guardian"; }
layer_faults-cluster-machine() { faults_cluster_run faults-cluster-machine "api-server or node"; }

# faults_cluster_run LAYER FAULTS
faults_cluster_run() {
    local PYTEST_OPTIONS=(-n 2 --dist worksteal -k "$2")
    if cluster_prepare "$1"; then
        pytest_preset "$1" release cluster/test_faults.py
    fi
}

# fuzz_target NAME SECONDS: what it found new stays in build/fuzz-corpus/NAME, so that the next run goes on from there; an input that
# fails lies with the log. One that is right to keep goes to tests/fuzz/corpus/NAME, which the unit layer replays.
fuzz_target() {
    local name=$1 logs=$RUN/fuzz found=$ROOT/build/fuzz-corpus/$1 state=passed
    mkdir -p "$logs" "$found"
    "$ROOT/build/fuzz/tests/bin/fuzz_$name" -max_total_time="$2" -max_len=4096 -timeout=20 -rss_limit_mb=4096 \
        -artifact_prefix="$logs/$name-" "$found" "$ROOT/tests/fuzz/corpus/$name" >"$logs/$name.log" 2>&1 || state=failed
    record fuzz "$state" "$name" "$logs/$name.log"
    say "fuzz: $name $state ($(grep -Eo '^Done [0-9]+ runs' "$logs/$name.log" || echo 'ended early'))"
}

layer_fuzz() {
    local target
    if ! build_preset fuzz; then
        could_not_run fuzz "$STEP_LOG"
        return
    fi
    for target in "$ROOT"/tests/fuzz/corpus/*/; do
        fuzz_target "$(basename "$target")" "$FUZZ_SECONDS"
    done
}
