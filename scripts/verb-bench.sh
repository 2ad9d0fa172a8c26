# shellcheck shell=bash
# ./dev bench: the numbers, measured on this machine. See bench/.

verb_bench() {
    local what=${1:-all}
    case $what in
        engine | worker | trigger | start | http | latency | stores | cache | many | all) ;;
        *) fail "bench measures engine, worker, trigger, start, http, latency, stores, cache, many or all, not '$what'" ;;
    esac
    need_dotnet
    need_node
    if [[ $what != engine && $what != worker ]]; then
        need_debian redis-server redis-server
        need_debian wrk wrk
        npm_install bench/peers
        build_functions
    fi
    if [[ $what == all || $what == stores || $what == cache || $what == many ]]; then
        need_debian postgres postgresql
        need_debian mariadbd mariadb-server
    fi
    say "Building the benchmarks"
    quietly dotnet build bench/Tasklane.Bench -c Release -v quiet --nologo
    tune_dotnet
    dotnet bench/Tasklane.Bench/bin/Release/net10.0/Tasklane.Bench.dll "$what" "${@:2}"
}
