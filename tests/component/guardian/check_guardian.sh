#!/bin/sh
# The guardian stays small and alone: check_guardian.sh FOLDER [PROGRAM]. At most 540 lines of code files together; the
# program (not given where a sanitizer links more) needs libc and nothing else.
set -eu
lines=$(cat "$1"/*.c | wc -l)
if [ "$lines" -gt 540 ]; then
    echo "$lines lines, at most 540"
    exit 1
fi
if [ $# -gt 1 ]; then
    needed=$(readelf -d "$2" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    case "$needed" in
    libc.so.* | libc.musl-*) [ "$(echo "$needed" | wc -l)" -eq 1 ] ;;
    *) false ;;
    esac || {
        echo "needs more than libc: $needed"
        exit 1
    }
fi
