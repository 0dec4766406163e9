# shellcheck shell=bash
# Things that are set up once per user and shared by every checkout, outside of all of them.

CACHE_ROOT=${XDG_CACHE_HOME:-$HOME/.cache}/sluice

# cache_get NAME TEXT BUILDER FILE...: set REPLY to the folder that `BUILDER FOLDER` fills. The key is the content of
# FILE... (the pins) and CACHE_SALT, so changed pins make another folder. Built beside it and renamed under a lock: two runs at
# once build it once, and nobody sees half of it. Fails when BUILDER does.
cache_get() {
    local name=$1 text=$2 builder=$3 key lock
    shift 3
    key=$({ printf '%s\n' "${CACHE_SALT:-}" && cat -- "$@"; } | sha256sum | cut -c1-16)
    REPLY=$CACHE_ROOT/$name-$key
    if [[ -d $REPLY ]]; then
        return 0
    fi
    mkdir -p "$CACHE_ROOT"
    exec {lock}>"$REPLY.lock"
    if ! flock -n "$lock"; then
        step "waiting for another run that is $text" flock "$lock"
    fi
    if [[ ! -d $REPLY ]]; then
        rm -rf "$REPLY".new.* # left behind by a run that was interrupted; ours is the lock now
        mkdir "$REPLY.new.$$"
        # Children get no copy of the lock: one that lives on must not hold it.
        step "$text" "$builder" "$REPLY.new.$$" {lock}>&- && mv -T "$REPLY.new.$$" "$REPLY"
    fi
    exec {lock}>&-
    [[ -d $REPLY ]]
}
