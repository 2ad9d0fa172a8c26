# shellcheck shell=bash
# ./dev soak: what takes longer than the gate may. Every kind of random test of the gate, with many more rounds.

verb_soak() {
    [[ $# -eq 0 ]] || fail "soak takes no options, not '$1'"
    need_dotnet
    need_node
    need_test_servers
    npm_install tests/signalr-client
    npm_install tests/azurite
    rm -rf "$results"
    mkdir -p "$results"
    say "Building, warnings as errors"
    quietly dotnet build Tasklane.slnx -v quiet --nologo
    export TASKLANE_CRASH_ROUNDS=${TASKLANE_CRASH_ROUNDS:-100} TASKLANE_SEEDS=${TASKLANE_SEEDS:-1-500}
    hang_limit=120m
    run_dotnet_suite tests/Tasklane.Functions.Tests no Crash "kills, worker in the host's process"
    TASKLANE_EMULATOR_WORKER=process run_dotnet_suite tests/Tasklane.Functions.Tests no Crash "kills, worker in its own process"
    run_dotnet_suite tests/Tasklane.Emulator.Tests no Durable.KillTests "kills of the durable engine"
    run_dotnet_suite tests/Tasklane.Stores.Tests no Random "random interleavings"
    TASKLANE_PLAN_TASKS=1000000 run_dotnet_suite tests/Tasklane.Stores.Tests no PostgresPlans "plans beside a million tasks"
    sum_up
}
