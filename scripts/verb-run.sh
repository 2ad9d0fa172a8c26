# shellcheck shell=bash
# ./dev run: build, start the store, start the app on our Functions host, stop both in order.

functions_output=functions/bin/Release/net10.0
host_output=emulator/bin/Release/net10.0
functions_ahead=functions/bin/Release/ahead
host_ahead=emulator/bin/Release/ahead
app= # the host's process id, once it runs

verb_run() {
    local port=7071 store=sqlite data=.tasklane web=yes worker=in-process storage=no
    while [[ $# -gt 0 ]]; do
        case $1 in
            --port) port=${2-} ;;
            --store) store=${2-} ;;
            --data) data=${2-} ;;
            --worker) worker=${2-} ;;
            --no-web) web=no && shift && continue ;;
            --storage) storage=yes && shift && continue ;;
            *) fail "run knows no '$1' (see ./dev help)" ;;
        esac
        [[ $# -ge 2 ]] || fail "$1 wants a value"
        shift 2
    done
    [[ $port =~ ^[0-9]{1,5}$ && $port -le 65535 ]] || fail "--port wants a number from 0 to 65535, not '$port'"
    [[ $worker == in-process || $worker == process ]] || fail "--worker is in-process or process, not '$worker'"
    [[ $store == sqlite || $store == redis || $store == postgres || $store == mysql ]] ||
        fail "--store is sqlite, redis, postgres or mysql, not '$store'"
    need_dotnet
    # Node builds the dashboard, and takes addresses of stores apart.
    [[ $web == no && -z ${REDIS_URL:-}${POSTGRES_URL:-}${MYSQL_URL:-} ]] || need_node
    [[ $port != 0 ]] || port=$(free_port)
    ! port_taken "$port" || fail "port $port is taken: stop what listens there, or pass another --port"
    mkdir -p "$data"
    data=$(cd "$data" && pwd)

    # From here on whatever was started is stopped again, however this ends.
    # The directory is put in now: where the trap runs, this function's variables may be gone.
    # shellcheck disable=SC2064
    trap "stop_all; release $(printf %q "$data")" EXIT
    trap ask_to_stop INT TERM HUP
    claim "$data"
    # Our own leftovers first, the app before the stores it writes to.
    stop_leftover "$data/app.pid" Tasklane.Emulator
    [[ $web == no ]] || build_web
    build_functions
    export Tasklane__Store=$store Tasklane__Sqlite=$data/tasks.db
    [[ $store == sqlite ]] || "use_$store" "$data"
    use_intake "$data" "$storage"
    run_app "$port" "$data" "$worker"
}

# The signal may come at any moment, also just before we wait: so the app is told here, and its end ends the wait.
ask_to_stop() {
    stopping=yes
    [[ -z $app ]] || kill -TERM "$app" 2>/dev/null || true
}

# claim DIR: one run at a time on one data directory.
claim() {
    if ! (set -C && echo $$ >"$1/run.pid") 2>/dev/null; then
        local other
        other=$(cat "$1/run.pid")
        if [[ $(command_of "$other") == *dev*run* ]]; then
            trap - EXIT
            fail "another ./dev run (process $other) works on $1: stop it, or pass another --data"
        fi
        echo $$ >"$1/run.pid"
    fi
}

release() { rm -f "$1/run.pid" "$1/app.pid"; }

build_web() {
    [[ -f web/package.json ]] || return 0
    npm_install web
    newer_than web/dist/index.html web || return 0
    say "Building the dashboard"
    quietly npm --prefix web run build
}

# The app and the host in one go, and nothing of the tests; not at all when nothing is newer than the last build.
build_functions() {
    local stamp=functions/bin/Release/built
    newer_than "$stamp" functions emulator host.json global.json Directory.*.props BannedSymbols.txt local.settings.json scripts/run.proj || return 0
    [[ -d functions/obj ]] || say "Fetching the NuGet packages, once: about 130 MB"
    quietly dotnet msbuild scripts/run.proj -t:Restore -v:minimal -nologo
    say "Building the functions and the host"
    quietly dotnet msbuild scripts/run.proj -m -v:minimal -nologo
    compile_ahead
    touch "$stamp"
}

# Both outputs once more, as machine code: a start spends most of its time compiling, and takes a quarter less without that.
compile_ahead() {
    local compiler framework arch libraries
    # Broken off in between, it leaves what is no use to anybody.
    rm -rf "$functions_ahead"{,.new} "$host_ahead"{,.new}
    dotnet msbuild scripts/ahead.proj -t:Restore -v:quiet -nologo >/dev/null 2>&1 || return 0
    compiler=$(dotnet msbuild scripts/ahead.proj -nologo -t:Compiler -getProperty:Compiler 2>/dev/null)
    [[ -x $compiler && $(uname -s) == Linux ]] || return 0
    case $(uname -m) in
        x86_64) arch=x64 ;;
        aarch64) arch=arm64 ;;
        *) return 0 ;;
    esac
    framework=$(dotnet --list-runtimes | sed -n 's/^Microsoft\.NETCore\.App \(10\.[^ ]*\) \[\(.*\)\]$/\2\/\1/p' | tail -1)
    [[ -n $framework ]] || return 0
    say "Compiling ahead of time"
    cp -r "$functions_output" "$functions_ahead.new"
    cp -r "$host_output" "$host_ahead.new"
    libraries=("$functions_ahead.new"/*.dll "$host_ahead.new"/*.dll)
    # What cannot be compiled so stays as it is, and is compiled when it runs: slower, so it is said.
    # shellcheck disable=SC2016
    printf '%s\0' "${libraries[@]}" | xargs -0 -P "$(nproc)" -I{} sh -c \
        '"$1" "$2" -o "$2.ahead" -r "$(dirname "$2")/*.dll" -r "$3/*.dll" -r "${3%/*/*}/Microsoft.AspNetCore.App/${3##*/}/*.dll" \
            --targetos linux --targetarch "$4" -O --parallelism 1 >/dev/null 2>&1 && mv "$2.ahead" "$2" || { rm -f "$2.ahead"; echo "    ${2##*/} could not be compiled ahead of time"; }' \
        sh "$compiler" {} "$framework" "$arch"
    mv "$functions_ahead.new" "$functions_ahead"
    mv "$host_ahead.new" "$host_ahead"
}

# run_app PORT DIR WORKER: in the foreground until it ends or we are told to stop.
run_app() {
    local code=0 url=http://localhost:$1
    tune_dotnet
    export TASKLANE_EMULATOR_PORT=$1 TASKLANE_EMULATOR_DATA=$2 AZURE_FUNCTIONS_ENVIRONMENT=Development
    [[ $web == no || ! -d web/dist ]] || export TASKLANE_EMULATOR_WEBROOT=$PWD/web/dist
    say "Starting Tasklane with the $Tasklane__Store store, data in $2"
    [[ $stopping == no ]] || exit 0
    local host=$host_output app_output=$functions_output
    if [[ -d $host_ahead && -d $functions_ahead ]]; then
        host=$host_ahead app_output=$functions_ahead
    fi
    launch app dotnet "$host/Tasklane.Emulator.dll" --app "$app_output/Tasklane.Functions.dll" --worker "$3"
    app=$launched
    echo "$app" >"$2/app.pid"
    [[ $stopping == no ]] || ask_to_stop

    await_health "$1" 60 "$app" &
    wait $! || code=$?
    if [[ $stopping == no && $code == 0 ]]; then
        echo "Tasklane is listening on $url"
        # A signal ends the wait; the app's own end ends it too.
        wait "$app" || code=$?
    elif [[ $stopping == no && $code == 1 ]]; then
        fail "the app did not become ready within 60 s"
    fi

    if [[ $stopping == yes ]]; then
        say "Stopping"
        stop_all
        exit 0
    fi
    [[ $code == 2 ]] && { code=0; wait "$app" || code=$?; }
    echo "dev: the app ended by itself with code $code." >&2
    exit $((code == 0 ? 1 : code))
}
