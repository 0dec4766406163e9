# shellcheck shell=bash
# The browser of the tests: Debian's chromium, and from npm who drives it and who judges how accessible a page is; testbed/browser.py
# runs them.

browser_build() {
    cp "$TESTBED/browser/package.json" "$TESTBED/browser/package-lock.json" "$1"
    (cd "$1" && npm ci --omit=dev --no-audit --no-fund --ignore-scripts --loglevel=error)
}

browser_need() {
    packages_need browser || return
    cache_get browser "setting up the driver of the browser" browser_build "$TESTBED/browser/package.json" "$TESTBED/browser/package-lock.json" || return
    export SLUICE_BROWSER=$REPLY
}
