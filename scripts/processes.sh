# shellcheck shell=bash
# Servers we start: each in a process group of its own, so that Ctrl-C reaches this script alone and it can stop
# them in order.

started=()  # "pid name", in the order they were started
launched=   # the process id of the newest
stopping=no # a signal asked us to stop

# launch NAME COMMAND...: starts a server; its process id is then in $launched.
launch() {
    local name=$1
    shift
    set -m
    "$@" </dev/null &
    launched=$!
    set +m
    started+=("$launched $name")
}

# stop PID SECONDS: SIGTERM, then SIGKILL when it has not ended in time.
stop() {
    kill -TERM "$1" 2>/dev/null || return 0
    local tenths=$(($2 * 10))
    while kill -0 "$1" 2>/dev/null && ((tenths-- > 0)); do sleep 0.1; done
    kill -KILL "$1" 2>/dev/null || true
}

# stop_all: newest first, so that the app goes before the stores it writes to.
stop_all() {
    local index
    for ((index = ${#started[@]} - 1; index >= 0; index--)); do
        stop "${started[index]%% *}" 45
    done
    started=()
}

# command_of PID: what runs under that id, empty when nothing does. A slim image has no ps.
command_of() {
    if [[ -r /proc/$1/cmdline ]]; then tr '\0' ' ' <"/proc/$1/cmdline"; else ps -p "$1" -o args= 2>/dev/null || true; fi
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        port_taken "$port" || break
    done
    printf '%s\n' "$port"
}

# await_port PORT PID LOG SECONDS: until the server listens; its log is shown when it ends instead.
await_port() {
    local tenths=$(($4 * 10))
    until port_taken "$1"; do
        kill -0 "$2" 2>/dev/null || { tail -20 "$3" >&2; return 1; }
        ((tenths-- > 0)) || { tail -20 "$3" >&2; return 1; }
        sleep 0.1
    done
}

# await_health PORT SECONDS PID: 0 once the app says it is ready, 1 when the time is over, 2 when the process has ended.
await_health() {
    local tenths=$(($2 * 10)) last='nothing answered' status
    while ((tenths-- > 0)); do
        kill -0 "$3" 2>/dev/null || return 2
        status=$(http_status "$1" /api/health)
        [[ $status != 200 ]] || return 0
        [[ -z $status ]] || last="status $status"
        sleep 0.1
    done
    echo "http://127.0.0.1:$1/api/health: $last" >&2
    return 1
}

# http_status PORT PATH: of a GET, by what bash has itself; empty when nobody answers.
http_status() {
    { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 0
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3
    local protocol status rest
    read -rt 5 protocol status rest <&3 || true
    exec 3>&-
    [[ $protocol != HTTP/* ]] || printf '%s\n' "$status"
}
