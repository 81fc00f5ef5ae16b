# Sourced by ./cirrus and ./test: finds what a build needs and installs libvips, which decodes pictures.

say() { printf '%s\n' "$*" >&2; }

need_sdk() {
    if ! command -v dotnet >/dev/null 2>&1 || ! grep -q '^10\.' <<<"$(dotnet --list-sdks 2>/dev/null)"; then
        say "error: the .NET 10 SDK is not here."
        say "hint: install it from https://dotnet.microsoft.com/download (Ubuntu: sudo apt-get install dotnet-sdk-10.0)"
        exit 1
    fi
}

have_vips() {
    # no pipe: grep -q would end it early, and pipefail take that for a failure
    grep -q 'libvips\.so\.42' <<<"$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null)" || ls /opt/homebrew/lib/libvips*.dylib /usr/local/lib/libvips* >/dev/null 2>&1
}

need_vips() {
    have_vips && return
    if ! command -v apt-get >/dev/null 2>&1; then
        say "error: libvips, which decodes pictures, is not here."
        say "hint: install it (Fedora: dnf install vips; Arch: pacman -S libvips; macOS: brew install vips)"
        exit 1
    fi
    as_root=
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            say "error: libvips, which decodes pictures, is not here, and this user cannot install it."
            say "hint: ask an administrator for: apt-get install libvips42"
            exit 1
        fi
        as_root=sudo
    fi
    say "Installing libvips, which decodes pictures (apt-get install libvips42) ..."
    export DEBIAN_FRONTEND=noninteractive
    package=libvips42
    log=$(mktemp)
    { $as_root apt-get update -qq && { apt-cache show "$package" >/dev/null 2>&1 || package=libvips42t64; } &&
        $as_root apt-get install -y -qq --no-install-recommends "$package"; } >"$log" 2>&1 || {
        tail -n 5 "$log" >&2
        say "error: libvips could not be installed."
        say "hint: run it by hand: ${as_root:+sudo }apt-get install $package"
        exit 1
    }
    rm -f "$log"
}

# need_databases: what the tests of PostgreSQL want. They skip with the reason where it cannot be had.
need_databases() {
    if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
        optional "node, which runs pgvector's tests" nodejs npm
    fi
    if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
        optional "PostgreSQL, which the tests of many writers need" postgresql
    fi
    local pglite=$home/tests/pglite
    if command -v npm >/dev/null 2>&1 && ! cmp -s "$pglite/package-lock.json" "$pglite/node_modules/.installed"; then
        say "Fetching PGlite, pgvector for tests (npm ci) ..."
        local log
        log=$(mktemp)
        if (cd "$pglite" && npm ci --no-audit --no-fund --loglevel=error) >"$log" 2>&1; then
            cp "$pglite/package-lock.json" "$pglite/node_modules/.installed"
        else
            tail -n 3 "$log" >&2
            say "PGlite could not be fetched; the tests of pgvector will be skipped"
        fi
        rm -f "$log"
    fi
}

# optional WHAT PACKAGE...: installs Debian packages, and goes on without them when that fails.
optional() {
    local what=$1 as_root=
    shift
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    if ! command -v apt-get >/dev/null 2>&1 || { [ -n "$as_root" ] && ! $as_root true 2>/dev/null; }; then
        say "$what is not here ($*); its tests will be skipped"
        return
    fi
    say "Installing $what (apt-get install $*) ..."
    local log
    log=$(mktemp)
    # PostgreSQL's package would start a server of its own otherwise; a network that is not there is given up soon
    $as_root sh -c '
        export DEBIAN_FRONTEND=noninteractive
        case "$*" in *postgresql*) [ -e /etc/postgresql-common/createcluster.conf ] || {
            mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf; } ;; esac
        set -- -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 "$@"
        apt-get update -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 && apt-get install -y -qq --no-install-recommends "$@"' sh "$@" >"$log" 2>&1 || {
        tail -n 2 "$log" >&2
        say "$what could not be installed; its tests will be skipped"
    }
    rm -f "$log"
}

# want_chromium: the page's tests drive it, and skip without it.
want_chromium() {
    command -v chromium >/dev/null 2>&1 || optional "chromium, which the page's tests drive" chromium fonts-liberation
}

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1

# build TARGET: Release, quiet; on failure shows the errors once each.
build() {
    log=$(mktemp)
    if ! dotnet build "$1" -c Release -v quiet --nologo >"$log" 2>&1; then
        grep -E 'error' "$log" | sort -u >&2 || cat "$log" >&2
        say "error: the build failed."
        say "hint: the lines above say where"
        exit 1
    fi
    rm -f "$log"
}
