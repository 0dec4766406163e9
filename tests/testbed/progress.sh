# shellcheck shell=bash
# One progress line for whatever takes long. Lines go to standard error: standard output belongs to results.

say() { printf '%s\n' "$*" >&2; }

die() {
    say "dev: $*"
    exit 1
}

# step TEXT COMMAND...: run COMMAND silently under the line "TEXT ... done (3 s)". Its output is shown when it fails.
# With SIDE_BY_SIDE set the line comes whole, at the end: others write lines meanwhile.
# STEP_LOG is the log of the last step that failed. What sets something up reports
# failure by its status alone: errexit does not reach into a function that is called from a condition.
# shellcheck disable=SC2034 # read by layers.sh
STEP_LOG=
SIDE_BY_SIDE=
step() {
    local text=$1 log status=0 begin=$SECONDS
    shift
    log=$(mktemp "$LOG_DIR/step-XXXXXX.log")
    if [[ -z $SIDE_BY_SIDE ]]; then
        printf '%s ... ' "$text" >&2
        text=
    fi
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if ((status == 0)); then
        say "${text:+$text ... }done ($((SECONDS - begin)) s)"
        rm -f "$log"
    else
        # shellcheck disable=SC2034
        STEP_LOG=$log
        say "${text:+$text ... }failed with status $status ($((SECONDS - begin)) s); the last lines of $log:"
        tail -n 40 "$log" >&2
    fi
    return "$status"
}
