# shellcheck shell=bash
# The Python of the tests: a virtual environment of requirements.txt. Used as `$PYTHON -m ...` only, because the scripts in its
# bin folder name the place where it was built.

python_build() {
    python3 -m venv "$1" && "$1/bin/python" -m pip install -q --no-input -r "$TESTBED/requirements.txt"
}

python_need() {
    if ! python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
        packages_need python || return
        hash -r
    fi
    CACHE_SALT=$(python3 -c 'import sys; print(sys.version, sys.base_prefix)') \
        cache_get python "setting up Python packages" python_build "$TESTBED/requirements.txt" || return
    # shellcheck disable=SC2034 # read by whoever runs Python
    PYTHON=$REPLY/bin/python
    export PYTHONPATH=$ROOT/tests PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
}
