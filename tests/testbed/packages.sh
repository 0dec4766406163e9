# shellcheck shell=bash
# Debian packages that a command needs, listed in debian/*.txt. Installs what is missing when root, names it otherwise.

# packages_missing LIST...: print the packages of these lists that are not there, one a line.
packages_missing() {
    local list package command wanted=()
    for list in "$@"; do
        while read -r package command; do
            if [[ -z $package || $package == \#* ]] || { [[ -n $command ]] && command -v "$command" >/dev/null; }; then
                continue
            fi
            wanted+=("$package")
        done <"$TESTBED/debian/$list.txt"
    done
    if ((${#wanted[@]} == 0)); then
        return 0
    fi
    command -v dpkg-query >/dev/null || die "these Debian packages (or their like) are needed: ${wanted[*]}"
    comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
        <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

# The package manager's own locks make a second run fail rather than wait, so runs take turns before it.
packages_install() {
    flock /var/lib/dpkg sh -c 'apt-get update -q && exec apt-get install -y -q --no-install-recommends "$@"' sh "$@"
}

packages_need() {
    local missing=()
    mapfile -t missing < <(packages_missing "$@")
    if ((${#missing[@]} == 0)); then
        return 0
    fi
    if ((EUID != 0)); then
        say "Debian packages are missing; as root: apt-get install ${missing[*]}"
        return 1
    fi
    DEBIAN_FRONTEND=noninteractive step "installing ${#missing[@]} Debian packages" packages_install "${missing[@]}"
}
