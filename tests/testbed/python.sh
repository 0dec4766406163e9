# shellcheck shell=bash
# The Python of the tests: a virtual environment of requirements.txt, and what other parts make theirs with. Used as
# `$PYTHON -m ...` only, because the scripts in its bin folder name the place where it was built.

# python_base_need: a Python that can make virtual environments, new enough for everything that is pinned.
python_base_need() {
    if ! python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
        packages_need python || return
        hash -r
    fi
}

# python_fill FOLDER REQUIREMENTS: a virtual environment with these packages.
python_fill() {
    python3 -m venv "$1" && "$1/bin/python" -m pip install -q --no-input --disable-pip-version-check -r "$2"
}

# python_cache: as cache_get, for a folder that holds a virtual environment.
python_cache() {
    CACHE_SALT=$(python3 -c 'import sys; print(sys.version, sys.base_prefix)') cache_get "$@"
}

python_build() { python_fill "$1" "$TESTBED/requirements.txt"; }

python_need() {
    python_base_need || return
    python_cache python "setting up Python packages" python_build "$TESTBED/requirements.txt" || return
    # shellcheck disable=SC2034 # read by whoever runs Python
    PYTHON=$REPLY/bin/python
    export PYTHONPATH=$ROOT/tests PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
}
