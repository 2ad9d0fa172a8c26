# shellcheck shell=bash
# What the verbs need on this machine: checked, and installed where that is ours to do.

say() { printf '==> %s\n' "$*"; }

fail() {
    printf 'dev: %s.\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

need_dotnet() {
    have dotnet || fail "the .NET SDK is missing: install version 10 or later from https://dot.net"
    local version
    version=$(dotnet --version 2>/dev/null) || fail "the .NET SDK here is older than global.json asks for: install version 10 or later"
    [[ ${version%%.*} -ge 10 ]] || fail "the .NET SDK is $version: install version 10 or later from https://dot.net"
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
}

# What our own servers are started with. Left to itself the collector runs whenever 6 MB are new, which is a hundred
# orchestrations; with 64 MB (hexadecimal) a quarter of their CPU time is saved.
tune_dotnet() {
    export DOTNET_GCgen0size=${DOTNET_GCgen0size:-4000000}
    # What runs hot is compiled anew once no other method was met for 100 ms, which under load takes a quarter of a minute to happen;
    # 20 ms (hexadecimal) halve that, and cost a start nothing.
    export DOTNET_TC_CallCountingDelayMs=${DOTNET_TC_CallCountingDelayMs:-14}
    # Memory that holds code is otherwise mapped twice, so that none can be written and run at once: an eighth of a start.
    export DOTNET_EnableWriteXorExecute=${DOTNET_EnableWriteXorExecute:-0}
}

need_node() {
    have node || fail "Node is missing: install version 20 or later from https://nodejs.org"
    local version
    version=$(node --version)
    version=${version#v}
    [[ ${version%%.*} -ge 20 ]] || fail "Node is $version: install version 20 or later from https://nodejs.org"
    have npm || fail "npm is missing: it comes with Node from https://nodejs.org"
}

# need_debian PROGRAM PACKAGE: the program, installed with apt-get where we may.
need_debian() {
    program_path "$1" >/dev/null && return
    { [[ $(id -u) == 0 ]] && have apt-get; } || fail "$1 is missing: install it (Debian and Ubuntu: apt-get install $2)"
    say "Installing $2"
    local log
    log=$(mktemp)
    # Nothing is to start by itself: we start our own servers on ports of our own.
    if ! { apt_install "$2" || { apt-get update && apt_install "$2"; }; } >"$log" 2>&1; then
        tail -20 "$log" >&2
        rm -f "$log"
        fail "$2 could not be installed"
    fi
    rm -f "$log"
    program_path "$1" >/dev/null || fail "$2 was installed but brings no $1"
}

apt_install() {
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$1"
}

# program_path NAME: on PATH, or where Debian keeps servers' programs.
program_path() {
    command -v "$1" && return
    local candidate found=
    for candidate in /usr/lib/postgresql/*/bin/"$1" /usr/sbin/"$1"; do
        [[ -x $candidate ]] && found=$candidate
    done
    [[ -n $found ]] && printf '%s\n' "$found"
}

# has_script DIR NAME: whether DIR's package.json has that npm script.
has_script() {
    [[ -f $1/package.json ]] && node -e \
        'process.exit(require(require("path").resolve(process.argv[1], "package.json")).scripts?.[process.argv[2]] ? 0 : 1)' "$1" "$2"
}

# npm_install DIR: what its lock file says, and only when that has changed since the last time.
npm_install() {
    [[ -f $1/package.json ]] || return 0
    [[ $1/node_modules/.package-lock.json -nt $1/package-lock.json ]] && return
    say "Installing the npm packages of $1"
    # A mirror that lacks a dependency's builds for other platforms makes lock files that ci refuses; install takes
    # the same versions, as far as they are there, and with --no-save leaves the lock file alone.
    npm --prefix "$1" ci --no-audit --no-fund >/dev/null 2>&1 ||
        quietly npm --prefix "$1" install --no-save --no-audit --no-fund
    touch "$1/node_modules/.package-lock.json"
}

# quietly COMMAND...: its output appears only when it fails; one that takes long says every now and then how far it is.
quietly() {
    local log code=0 teller
    log=$(mktemp)
    tell_progress "$log" &
    teller=$!
    "$@" >"$log" 2>&1 || code=$?
    kill "$teller" 2>/dev/null || true
    wait "$teller" 2>/dev/null || true
    [[ $stopping == no ]] || { rm -f "$log"; exit 0; } # Ctrl-C, not a failure of the command
    if [[ $code != 0 ]]; then
        tail -60 "$log" >&2
        rm -f "$log"
        fail "'$*' ended with $code"
    fi
    rm -f "$log"
}

# tell_progress LOG: how long it has taken and the newest line of its output, every progress_seconds, until it is killed.
progress_seconds=${TASKLANE_PROGRESS_SECONDS:-10}
tell_progress() {
    local begin=$SECONDS due=$progress_seconds line
    while sleep 1 && kill -0 $$ 2>/dev/null; do
        ((SECONDS - begin >= due)) || continue
        due=$((SECONDS - begin + progress_seconds))
        line=$(tail -n 1 "$1" 2>/dev/null | tr -d '\r' | sed 's/^ *//' | cut -c 1-100)
        printf '    %s s%s\n' "$((SECONDS - begin))" "${line:+ · $line}"
    done
}

# newer_than FILE PATH...: whether the file is missing, or something below the paths is newer (a directory is, when something was
# removed from it); output of builds does not count.
newer_than() {
    local file=$1 path paths=()
    shift
    [[ -f $file ]] || return 0
    for path; do [[ ! -e $path ]] || paths+=("$path"); done
    [[ -n $(find "${paths[@]}" \( -name node_modules -o -name dist -o -name bin -o -name obj \) -prune -o -newer "$file" -print -quit) ]]
}
