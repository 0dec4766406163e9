#!/usr/bin/env bash
# build.sh FOLDER: a Python with celery and its SQS transport.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python3 -m venv "$1"
"$1/bin/python" -m pip install -q --no-input --disable-pip-version-check -r "$here/requirements.txt"
