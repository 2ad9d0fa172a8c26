#!/usr/bin/env bash
# What ./dev itself does: in a tree of its own, with programs in place of dotnet, npm and node that note how they are called.
# Its last line is the sum.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
passed=0 failed=0

cp dev "$root/" && cp -r scripts "$root/"
mkdir -p "$root/bin" "$root/functions" "$root/emulator" "$root/web" "$root/tests/Some.Tests"
touch "$root"/{host.json,global.json,Directory.Build.props,Directory.Packages.props,BannedSymbols.txt}
for program in dotnet npm node func; do
    cat >"$root/bin/$program" <<'STUB'
#!/usr/bin/env bash
name=$(basename "$0")
[[ $* != --version ]] || { [[ $name == dotnet ]] && echo 10.0.100 || echo v20.0.0; exit 0; }
echo "$name $*" >>"$CALLS"
[[ $name != dotnet || $1 == msbuild || $1 == build ]] || exit 3
[[ $* != *run.proj\ -t:Restore* ]] || mkdir -p functions/obj
[[ $* != *run.proj\ -m* ]] || mkdir -p functions/bin/Release
STUB
    chmod +x "$root/bin/$program"
done

# dev ARGUMENT...: its output, both streams, in $output; how it ended in $code; what it called in $calls.
dev() {
    : >"$root/calls"
    output=$(cd "$root" && CALLS=$root/calls PATH=$root/bin:$PATH ./dev "$@" 2>&1) && code=0 || code=$?
    calls=$(<"$root/calls")
}

# check WHAT CONDITION...
check() {
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n--- ended with %s\n%s\n--- called\n%s\n---\n' "$what" "${code-}" "${output-}" "${calls-}"
    fi
}

has() { [[ $1 == *"$2"* ]]; }
lacks() { [[ $1 != *"$2"* ]]; }

for verb in run test bench func soak format clean; do
    for flag in --help -h; do
        dev "$verb" "$flag"
        check "$verb $flag tells of $verb alone, and does nothing" eval \
            '[[ $code == 0 && -z $calls ]] && has "$output" "Usage: ./dev $verb" && has "$output" "  $verb  " && lacks "$output" "  help  "'
    done
    dev help "$verb"
    check "help $verb is the same" has "$output" "Usage: ./dev $verb"
done
dev run --port 8080 --help
check 'help is heard wherever it stands' eval '[[ $code == 0 ]] && has "$output" "Usage: ./dev run"'
dev help nothing
check 'help for a verb that is none says so' eval '[[ $code != 0 ]] && has "$output" "there is no verb"'

for call in 'run --prot 1' 'test --slow' 'bench everything' 'soak --fast' 'format now' 'clean --dta'; do
    # shellcheck disable=SC2086
    dev $call
    check "'$call' is refused, and nothing is done" eval '[[ $code != 0 && -z $calls ]] && has "$output" "$(cut -d " " -f 2 <<<"$call")"'
done

dev run --no-web --port 0 --data "$root/data"
check 'run builds the app and the host, and no test' eval \
    'has "$calls" "msbuild scripts/run.proj" && lacks "$calls" tests && lacks "$calls" slnx'
check 'run without the dashboard needs neither node nor npm' eval 'lacks "$calls" "npm " && lacks "$calls" "node "'
check 'run says what it does' eval 'has "$output" "Fetching the NuGet packages" && has "$output" "Building the functions and the host"'
check 'run is not noisy' lacks "$output" "find:"
check 'an app that ends by itself ends run' eval '[[ $code != 0 ]] && has "$output" "the app ended by itself"'
dev run --no-web --storage --port 0 --data "$root/data"
check 'run --storage starts Azurite, its data below the data directory' eval \
    '[[ $code != 0 ]] && has "$calls" "azurite.js" && has "$calls" "--location $root/data/azurite" && has "$output" "Azurite did not start"'
AzureWebJobsStorage=mine dev run --no-web --storage --port 0 --data "$root/data"
check 'run --storage takes the storage account that is set' eval 'lacks "$calls" "azurite.js" && has "$output" "account of AzureWebJobsStorage"'
dev run --no-web --port 0 --data "$root/data"
check 'what was built and has not changed is not built again' lacks "$calls" msbuild
touch -d '+1 minute' "$root/functions"
dev run --no-web --port 0 --data "$root/data"
check 'what has lost a file is built again' has "$calls" "msbuild scripts/run.proj -m"
touch -d '+2 minutes' "$root/functions/New.cs"
touch -d '+1 minute' "$root/functions/bin/Release/built"
dev run --no-web --port 0 --data "$root/data"
check 'what has changed is built again' has "$calls" "msbuild scripts/run.proj -m"
check 'packages are not announced again' lacks "$output" "Fetching"

grep -o 'Include="[^"]*"' scripts/run.proj >"$root/needed"
check 'run.proj names the app and the host alone' diff "$root/needed" - \
    <<<$'Include="../functions/Tasklane.Functions.csproj"\nInclude="../emulator/Tasklane.Emulator.csproj"'

# A step that goes on until its progress has been told.
mkfifo "$root/go"
output=$(
    stopping=no TASKLANE_PROGRESS_SECONDS=1
    source scripts/needs.sh
    # shellcheck disable=SC2016
    quietly bash -c 'echo "  Restored one"; read -r _ <"$0"' "$root/go" | while read -r line; do
        echo "$line"
        [[ $line != *'Restored one'* ]] || echo >"$root/go"
    done
)
check 'a long step tells how far it is' eval '[[ $output =~ [0-9]+\ s\ ·\ Restored\ one ]]'

output=$(source scripts/processes.sh && await_health 1 1 $$ 2>&1) && code=0 || code=$?
check 'a service that never answers is given up' eval '[[ $code == 1 ]] && has "$output" "nothing answered"'
output=$(source scripts/processes.sh && await_health 1 60 999999999 2>&1) && code=0 || code=$?
check 'a process that has ended is not waited for' [ "$code" = 2 ]

echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
