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
