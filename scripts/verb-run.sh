# shellcheck shell=bash
# ./dev run: build, start the store, start the app on our Functions host, stop both in order.

functions_output=functions/bin/Release/net10.0
host_output=emulator/bin/Release/net10.0
app= # the host's process id, once it runs

verb_run() {
    local port=7071 store=sqlite data=.tasklane web=yes worker=in-process
    while [[ $# -gt 0 ]]; do
        case $1 in
            --port) port=${2-} ;;
            --store) store=${2-} ;;
            --data) data=${2-} ;;
            --worker) worker=${2-} ;;
            --no-web) web=no && shift && continue ;;
            --help | -h) usage && return ;;
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
    need_node
    [[ $port != 0 ]] || port=$(free_port)
    ! port_taken "$port" || fail "port $port is taken: stop what listens there, or pass another --port"
    mkdir -p "$data"
    data=$(cd "$data" && pwd)

    # From here on whatever was started is stopped again, however this ends.
    trap 'stop_all; release "$data"' EXIT
    trap ask_to_stop INT TERM HUP
    claim "$data"
    # Our own leftovers first, the app before the stores it writes to.
    stop_leftover "$data/app.pid" Tasklane.Emulator
    [[ $web == no ]] || build_web
    build_functions
    export Tasklane__Store=$store Tasklane__Sqlite=$data/tasks.db
    [[ $store == sqlite ]] || "use_$store" "$data"
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
    # The dashboard is built again only when something in it is newer than the last build.
    [[ -f web/dist/index.html ]] &&
        [[ -z $(find web \( -path web/node_modules -o -path web/dist \) -prune -o -type f -newer web/dist/index.html -print -quit) ]] && return
    say "Building the dashboard"
    quietly npm --prefix web run build
}

build_functions() {
    say "Building the functions and the host"
    quietly dotnet build functions -c Release -v quiet --nologo
    quietly dotnet build emulator -c Release -v quiet --nologo
}

# run_app PORT DIR WORKER: in the foreground until it ends or we are told to stop.
run_app() {
    local code=0 url=http://localhost:$1
    export TASKLANE_EMULATOR_PORT=$1 TASKLANE_EMULATOR_DATA=$2 AZURE_FUNCTIONS_ENVIRONMENT=Development
    [[ $web == no || ! -d web/dist ]] || export TASKLANE_EMULATOR_WEBROOT=$PWD/web/dist
    say "Starting Tasklane with the $Tasklane__Store store, data in $2"
    [[ $stopping == no ]] || exit 0
    launch app dotnet "$host_output/Tasklane.Emulator.dll" --app "$functions_output/Tasklane.Functions.dll" --worker "$3"
    app=$launched
    echo "$app" >"$2/app.pid"
    [[ $stopping == no ]] || ask_to_stop

    node scripts/await-health.mjs "http://127.0.0.1:$1/api/health" 60 "$app" &
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
