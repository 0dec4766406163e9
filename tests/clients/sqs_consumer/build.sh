#!/usr/bin/env bash
# build.sh FOLDER: the client with sqs-consumer and its modules.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cp "$here"/package.json "$here"/package-lock.json "$here"/*.js "$1"
cd "$1"
npm ci --omit=dev --no-audit --no-fund --ignore-scripts --loglevel=error
