#!/usr/bin/env bash
# build.sh FOLDER: the franz-go client, one program.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$here"
CGO_ENABLED=0 go build -mod=readonly -trimpath -buildvcs=false -o "$out/collect" .
