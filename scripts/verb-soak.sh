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
    export TASKLANE_CRASH_ROUNDS=${TASKLANE_CRASH_ROUNDS:-200} TASKLANE_SEEDS=${TASKLANE_SEEDS:-1-500}
    # 10,000 on all stores together.
    export TASKLANE_PROGRAMS=${TASKLANE_PROGRAMS:-1-10000} TASKLANE_CONCURRENT_PROGRAMS=${TASKLANE_CONCURRENT_PROGRAMS:-2500}
    export TASKLANE_BATCH_CHILDREN=${TASKLANE_BATCH_CHILDREN:-10000}
    hang_limit=120m
    run_dotnet_suite tests/Tasklane.Functions.Tests no Crash "kills, worker in the host's process"
    TASKLANE_EMULATOR_WORKER=process run_dotnet_suite tests/Tasklane.Functions.Tests no Crash "kills, worker in its own process"
    run_dotnet_suite tests/Tasklane.Emulator.Tests no Durable.KillTests "kills of the durable engine"
    run_dotnet_suite tests/Tasklane.Emulator.Tests no Durable.Programs "random programs on a disk that fails"
    run_dotnet_suite tests/Tasklane.Stores.Tests no Any_interleaving "random interleavings"
    run_dotnet_suite tests/Tasklane.Stores.Tests no Whatever_several_processes "random programs of several processes"
    TASKLANE_PLAN_TASKS=1000000 run_dotnet_suite tests/Tasklane.Stores.Tests no PostgresPlans "plans beside a million tasks"
    run_package_suite
    sum_up
}

# run_package_suite: packs the test host and uses it as a stranger would, in a folder that knows nothing of this repository.
run_package_suite() {
    # A version of its own: one that somebody has used before would be taken from the cache of packages.
    local folder cache version=0.0.0-soak.$$ code=0
    say "the package of the test host"
    folder=$(mktemp -d)
    cache=$(dotnet nuget locals global-packages --list)
    cp -r tests/Package/. "$folder"
    # The versions, but not what bends those that packages ask for.
    sed '/CentralPackageTransitivePinningEnabled/d' Directory.Packages.props >"$folder/Directory.Packages.props"
    quietly dotnet pack emulator --configuration Debug --no-build --nologo --output "$folder/feed" "-p:PackageVersion=$version"
    quietly dotnet build "$folder/Shop.Tests" -v quiet --nologo "-p:TestHostVersion=$version" -p:NuGetAudit=false
    dotnet test "$folder/Shop.Tests" --no-build --nologo --results-directory "$results" --logger "trx;LogFileName=package.trx" \
        --logger "console;verbosity=minimal" || code=$?
    count "package" "$results/package.trx" "$code" ''
    rm -rf "$folder" "${cache#*: }/tasklane.functionstesthost/$version"
}
