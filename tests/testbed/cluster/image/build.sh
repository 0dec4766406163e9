#!/usr/bin/env bash
# build.sh FOLDER PAUSE: the images that the test cluster starts with, as archives: pause.tar (the program PAUSE alone) and app.tar
# (Debian 13 with Python and a Kafka client). No registry is asked, only Debian's packages.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
pause=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

install -D "$pause" "$work/pause/pause"
python3 "$here/archive.py" "$out/pause.tar" sluice.test/pause:1 "$work/pause" /pause

packages=$(grep -v '^#' "$here/packages.txt" | paste -sd,)
root=$work/app
nice -n 10 debootstrap --variant=minbase --include="$packages" trixie "$root"
# Device nodes come from the runtime; the rest would only make each import longer.
(cd "$root" && rm -rf dev/* var/{cache,lib}/apt var/log/* usr/share/{doc,man,locale,info})
python3 "$here/archive.py" "$out/app.tar" sluice.test/app:1 "$root" python3
