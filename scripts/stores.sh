# shellcheck shell=bash
# The servers behind --store and --storage. Each sets the setting the app reads; without a URL of yours it runs a server of its own.

# use_redis DIR
use_redis() {
    if [[ -n ${REDIS_URL:-} ]]; then
        Tasklane__Redis=$(node scripts/connection-string.mjs "$REDIS_URL") || fail "REDIS_URL is not a Redis address"
        export Tasklane__Redis
        say "Using Redis at REDIS_URL"
        return
    fi
    need_debian redis-server redis-server
    local directory=$1/redis port
    mkdir -p "$directory"
    stop_leftover "$directory/server.pid" redis-server
    port=$(free_port)
    say "Starting Redis on port $port, data in $directory"
    launch redis redis-server --port "$port" --bind 127.0.0.1 --dir "$directory" --save '' \
        --appendonly yes --appendfsync everysec --logfile "$directory/server.log"
    echo "$launched" >"$directory/server.pid"
    await_port "$port" "$launched" "$directory/server.log" 60 || fail "Redis did not start"
    export Tasklane__Redis=127.0.0.1:$port
}

# use_postgres DIR
use_postgres() {
    if [[ -n ${POSTGRES_URL:-} ]]; then
        Tasklane__Postgres=$(node scripts/connection-string.mjs "$POSTGRES_URL") || fail "POSTGRES_URL is not a PostgreSQL address"
        export Tasklane__Postgres
        say "Using PostgreSQL at POSTGRES_URL"
        return
    fi
    need_debian postgres postgresql
    local directory=$1/postgres port log
    mkdir -p "$directory"
    log=$directory/server.log
    stop_leftover "$directory/server.pid" postgres
    # What runs the server: it refuses to be root. Both become the program they start, so that the process is the server's own.
    local as=(env)
    if [[ $(id -u) == 0 ]]; then
        as=(setpriv --reuid=postgres --regid=postgres --init-groups)
        chown postgres "$directory"
        "${as[@]}" test -x "$directory" ||
            fail "PostgreSQL runs as the user postgres, who may not enter $directory: pass --data with a directory it may, or set POSTGRES_URL"
    fi
    if [[ ! -f $directory/data/PG_VERSION ]]; then
        say "Creating a PostgreSQL cluster in $directory"
        quietly "${as[@]}" "$(program_path initdb)" -D "$directory/data" -U postgres -A trust -E UTF8 --locale=C
    fi
    port=$(free_port)
    say "Starting PostgreSQL on port $port, data in $directory"
    : >"$log"
    launch postgres "${as[@]}" "$(program_path postgres)" -D "$directory/data" -p "$port" -h 127.0.0.1 -k "$directory" 2>>"$log"
    echo "$launched" >"$directory/server.pid"
    await_port "$port" "$launched" "$log" 60 || fail "PostgreSQL did not start"
    await_database "$port" || { tail -20 "$log" >&2; fail "PostgreSQL did not become ready"; }
    export Tasklane__Postgres="Host=127.0.0.1;Port=$port;Username=postgres;Database=tasklane"
}

# use_mysql DIR: MariaDB, as Debian has it.
use_mysql() {
    if [[ -n ${MYSQL_URL:-} ]]; then
        Tasklane__MySql=$(node scripts/connection-string.mjs "$MYSQL_URL") || fail "MYSQL_URL is not a MySQL address"
        export Tasklane__MySql
        say "Using MySQL at MYSQL_URL"
        return
    fi
    need_debian mariadbd mariadb-server
    local directory=$1/mysql port log as=()
    mkdir -p "$directory"
    directory=$(cd "$directory" && pwd)
    log=$directory/server.log
    stop_leftover "$directory/server.pid" mariadbd
    [[ $(id -u) != 0 ]] || as=(--user=root)
    if [[ ! -d $directory/data/mysql ]]; then
        say "Creating a MariaDB data directory in $directory"
        quietly "$(program_path mariadb-install-db)" --no-defaults --datadir="$directory/data" --skip-test-db \
            --auth-root-authentication-method=normal "${as[@]}"
    fi
    port=$(free_port)
    say "Starting MariaDB on port $port, data in $directory"
    launch mysql "$(program_path mariadbd)" --no-defaults --datadir="$directory/data" --port="$port" --bind-address=127.0.0.1 \
        --socket="$directory/s" --pid-file="$directory/pid" --skip-name-resolve "${as[@]}" 2>>"$log"
    echo "$launched" >"$directory/server.pid"
    await_port "$port" "$launched" "$log" 60 || fail "MariaDB did not start"
    export Tasklane__MySql="Server=127.0.0.1;Port=$port;User ID=root;SslMode=None"
}

# await_database PORT: until the server takes queries (after a crash it recovers first), with our database in it.
await_database() {
    local tenths=600 psql=("$(program_path psql)" -h 127.0.0.1 -p "$1" -U postgres -d postgres -qtA)
    until "${psql[@]}" -c 'select 1' >/dev/null 2>&1; do
        ((tenths-- > 0)) || return 1
        sleep 0.1
    done
    [[ $("${psql[@]}" -c "select 1 from pg_database where datname = 'tasklane'") == 1 ]] ||
        "${psql[@]}" -c 'create database tasklane'
}

# stop_leftover PIDFILE PROGRAM: a server that outlived a killed ./dev still holds the data.
stop_leftover() {
    local pid
    pid=$(cat "$1" 2>/dev/null) || return 0
    [[ $(command_of "$pid") == *"$2"* ]] || return 0
    say "Stopping the $2 an earlier run left behind"
    stop "$pid" 30
}

# use_intake DIR ASKED: the servers that the triggers which are on read from. ASKED: whether --storage was given.
use_intake() {
    if [[ $2 == yes ]]; then
        export Tasklane__Intake__Queue=${Tasklane__Intake__Queue:-true} Tasklane__Intake__Blobs=${Tasklane__Intake__Blobs:-scan}
    fi
    if [[ ${Tasklane__Intake__Queue:-} == [Tt]rue || ${Tasklane__Intake__Blobs:-off} != off ]]; then
        case ${AzureWebJobsStorage:-} in
            '') use_azurite "$1" ;;
            *) say "Using the storage account of AzureWebJobsStorage" ;;
        esac
    fi
    # The stream is on the store's Redis where that is the store.
    [[ ${APP_ENABLE_REDIS_QUEUE:-} != [Tt]rue && ${APP_ENABLE_REDIS_QUEUE:-} != 1 ]] ||
        [[ $Tasklane__Store == redis || -n ${Tasklane__Redis:-}${Tasklane__Intake__StreamRedis:-} ]] || use_redis "$1"
}

# use_azurite DIR: on the ports that UseDevelopmentStorage=true means, or on free ones when somebody has these.
use_azurite() {
    need_node
    npm_install tests/azurite
    local directory=$1/azurite blobs=10000 queues=10001 tables=10002
    mkdir -p "$directory"
    stop_leftover "$directory/server.pid" azurite
    if port_taken $blobs || port_taken $queues || port_taken $tables; then
        blobs=$(free_port) queues=$(free_port) tables=$(free_port)
    fi
    say "Starting Azurite, queues on port $queues, blobs on port $blobs, data in $directory"
    launch azurite node tests/azurite/node_modules/azurite/dist/src/azurite.js --silent --skipApiVersionCheck --disableTelemetry \
        --location "$directory" --blobHost 127.0.0.1 --blobPort "$blobs" --queueHost 127.0.0.1 --queuePort "$queues" \
        --tableHost 127.0.0.1 --tablePort "$tables" >"$directory/server.log" 2>&1
    echo "$launched" >"$directory/server.pid"
    { await_port "$queues" "$launched" "$directory/server.log" 60 && await_port "$blobs" "$launched" "$directory/server.log" 60; } ||
        fail "Azurite did not start"
    if [[ $queues == 10001 ]]; then
        export AzureWebJobsStorage=UseDevelopmentStorage=true
    else
        # The account and key that every Azurite has.
        local account=devstoreaccount1
        export AzureWebJobsStorage="DefaultEndpointsProtocol=http;AccountName=$account;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:$blobs/$account;QueueEndpoint=http://127.0.0.1:$queues/$account;"
        say "Its connection string is $AzureWebJobsStorage"
    fi
}
