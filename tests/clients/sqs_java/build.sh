#!/usr/bin/env bash
# build.sh FOLDER: the Java client for SQS and its jars.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/pom.xml" "$work"
(cd "$work" && mvn -B -q dependency:copy-dependencies -DoutputDirectory="$out" -DincludeScope=runtime)
javac --release 17 -Xlint:all,-processing,-classfile -Werror -cp "$out/*" -d "$work/classes" "$here/CollectSqs.java"
jar --create --file "$out/collect.jar" -C "$work/classes" .
