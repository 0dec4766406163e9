# shellcheck shell=bash
# The lint tools, one function each: lint_NAME fails when its rule is broken and says where. All work on the sources of the
# checkout; those that need to know how a file is compiled read build/debug (clang).

lint_need() {
    packages_need build lint && python_need
}

lint_sources() { "$PYTHON" "$ROOT/tests/lint/sources.py" "$ROOT" "$@"; }

# The debug preset compiles everything with clang, where warnings are errors too.
lint_compile() { build_preset debug; }

lint_format() { lint_sources .c .h | xargs -0 -r clang-format-14 --dry-run -Werror; }

# How each file is compiled is known once the build was configured, also when it did not build to its end.
lint_commands() {
    COMMANDS=$ROOT/build/debug/compile_commands.json
    [[ -s $COMMANDS ]] || build_preset debug || [[ -s $COMMANDS ]]
}

lint_tidy() { lint_commands && "$PYTHON" "$ROOT/tests/lint/tidy.py" "$ROOT" "$ROOT/build/debug" "$CACHE_ROOT/tidy"; }

lint_cppcheck() {
    lint_commands || return
    mkdir -p "$ROOT/build/cppcheck"
    flock "$ROOT/build/cppcheck.lock" cppcheck --project="$COMMANDS" \
        --cppcheck-build-dir="$ROOT/build/cppcheck" --enable=warning,portability,performance --inline-suppr \
        --suppressions-list="$ROOT/tests/lint/cppcheck.txt" --library=posix,gnu,"$ROOT/tests/lint/cppcheck.cfg" \
        --error-exitcode=1 --quiet -j "$(nproc)"
}

lint_includes() {
    "$PYTHON" "$ROOT/tests/lint/includes.py" --self-test && "$PYTHON" "$ROOT/tests/lint/includes.py" "$ROOT"
}

lint_banned() { "$PYTHON" "$ROOT/tests/lint/banned.py" --self-test && "$PYTHON" "$ROOT/tests/lint/banned.py" "$ROOT"; }

lint_browser() { "$PYTHON" "$ROOT/tests/lint/browser.py" --self-test && "$PYTHON" "$ROOT/tests/lint/browser.py" "$ROOT"; }

lint_reasons() { "$PYTHON" "$ROOT/tests/lint/reasons.py" --self-test && "$PYTHON" "$ROOT/tests/lint/reasons.py" "$ROOT"; }

lint_requirements() {
    "$PYTHON" "$ROOT/tests/lint/requirements.py" --self-test && "$PYTHON" "$ROOT/tests/lint/requirements.py" "$ROOT"
}

lint_shell() { { lint_sources .sh && printf '%s\0' "$ROOT/dev" "$ROOT/.ci/run"; } | xargs -0 shellcheck -x -P "$ROOT"; }

lint_python() { "$PYTHON" -m ruff check --no-cache --config "$ROOT/tests/lint/ruff.toml" "$ROOT"; }

# Tables of the documentation are made from the .def files; pages that are named are there.
lint_docs() {
    "$PYTHON" "$ROOT/docs/generate.py" --check && "$PYTHON" "$ROOT/tests/lint/pages.py" --self-test &&
        "$PYTHON" "$ROOT/tests/lint/pages.py" "$ROOT"
}

# So are the definitions of the kinds, and the values of the chart.
lint_definitions() { "$PYTHON" "$ROOT/crds/generate.py" --check && "$PYTHON" "$ROOT/helm/generate.py" --check; }

lint_run() { "lint_$1"; }
