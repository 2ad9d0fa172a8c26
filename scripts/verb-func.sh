# shellcheck shell=bash
# ./dev func: the same app on the real Core Tools.

verb_func() {
    need_dotnet
    need_node
    have func || fail "the Azure Functions Core Tools are missing: npm install -g azure-functions-core-tools@4 (./dev run needs none of this)"
    local_settings
    say "Building the functions"
    quietly dotnet build functions -v quiet --nologo
    trap stop_all EXIT
    if ! port_taken 10000; then
        mkdir -p .tasklane/azurite
        say "Starting Azurite, data in .tasklane/azurite"
        launch azurite npx --yes azurite@3.37.0 --silent --location .tasklane/azurite
        await_port 10000 "$launched" /dev/null 120 || fail "Azurite did not start"
    fi
    say "Starting the Core Tools"
    func start --no-build --script-root functions/bin/Debug/net10.0 "$@"
}

# local_settings: a first local.settings.json from the sample; yours to edit, never committed.
local_settings() {
    [[ -f local.settings.json ]] && return
    say "Writing local.settings.json from the sample"
    cp local.settings.sample.json local.settings.json
}
