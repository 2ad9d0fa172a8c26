# shellcheck shell=bash
# ./dev test: the one gate. Every suite runs even when an earlier one failed; the last line is the sum.

results=TestResults
hang_limit=4m # for one test
passed=0 failed=0 skipped=0
table=()

verb_test() {
    local fast=no filter='' suite
    while [[ $# -gt 0 ]]; do
        case $1 in
            --fast) fast=yes ;;
            -*) fail "test knows no '$1' (see ./dev help)" ;;
            *) filter=$1 ;;
        esac
        shift
    done
    rm -rf "$results"
    mkdir -p "$results"
    need_dotnet
    need_node
    need_test_servers
    npm_install tests/signalr-client
    npm_install tests/azurite
    npm_install clients/typescript
    [[ $fast == yes ]] || build_web
    say "Building, warnings as errors"
    quietly dotnet build Tasklane.slnx -v quiet --nologo
    if [[ $fast == no ]]; then
        say "Checking the format of the C# files"
        # The analyzers have run in the build.
        { dotnet format whitespace Tasklane.slnx --verify-no-changes --no-restore &&
            dotnet format style Tasklane.slnx --verify-no-changes --no-restore; } ||
            record format 0 1 0 "not in shape: run ./dev format"
    fi
    run_shell_suite "$filter"
    for suite in tests/*.Tests; do
        run_dotnet_suite "$suite" "$fast" "$filter"
    done
    # What a user sees of the app must not depend on where its worker runs.
    [[ $fast == yes ]] || TASKLANE_TEST_WORKER=process \
        run_dotnet_suite tests/Tasklane.Functions.Tests "$fast" "${filter:-Scenarios}" "Tasklane.Functions.Tests, worker in its own process"
    if [[ $fast == no ]]; then
        run_npm_suite web "$filter"
        run_npm_suite clients/typescript "$filter"
        run_browser_suite "$filter"
    fi
    sum_up
}

need_test_servers() {
    need_debian redis-server redis-server
    need_debian postgres postgresql
    need_debian mariadbd mariadb-server
    if grep -qsi playwright tests/*/*.csproj web/package.json; then
        need_debian chromium chromium
        TASKLANE_CHROMIUM=$(program_path chromium)
        export TASKLANE_CHROMIUM
    fi
}

# run_shell_suite FILTER: ./dev itself, when no filter asks for something else.
run_shell_suite() {
    local code=0 counts
    [[ -z $1 || $1 == dev ]] || return 0
    say "dev"
    scripts/dev.test.sh | tee "$results/dev.txt" || code=$?
    counts=$(tail -n 1 "$results/dev.txt")
    if [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        record dev "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" 0
    else
        record dev 0 1 0 "ended with $code and left no results"
    fi
}

# run_dotnet_suite DIR FAST FILTER [NAME]
run_dotnet_suite() {
    local name=${4:-${1#tests/}} code=0 conditions=()
    say "$name"
    # A test that hangs ends its suite with its name instead of holding up the gate.
    local arguments=(--no-build --nologo --results-directory "$results" --logger "trx;LogFileName=$name.trx"
        --logger "console;verbosity=minimal" --blame-hang --blame-hang-timeout "$hang_limit" --blame-hang-dump-type none)
    [[ $2 == no ]] || conditions+=("Category!=Slow")
    [[ -z $3 ]] || conditions+=("FullyQualifiedName~$3")
    if [[ ${#conditions[@]} -gt 0 ]]; then
        arguments+=(--filter "$(IFS='&' && echo "${conditions[*]}")")
    fi
    dotnet test "$1" "${arguments[@]}" || code=$?
    count "$name" "$results/$name.trx" "$code" "$3"
}

# run_npm_suite DIR FILTER
run_npm_suite() {
    local code=0 file=$results/${1//\//-}.json
    if has_script "$1" lint; then
        say "$1: lint"
        npm --prefix "$1" run --silent lint || record "$1 lint" 0 1 0 "see above"
    fi
    has_script "$1" test || return 0
    say "$1"
    npm --prefix "$1" test -- --run --reporter=default --reporter=json --outputFile="$PWD/$file" \
        ${2:+-t "$2"} || code=$?
    count "$1" "$file" "$code" "$2"
}

# run_browser_suite FILTER: the dashboard in a real browser, against a real app.
run_browser_suite() {
    local code=0
    compgen -G 'web/playwright.config.*' >/dev/null || return 0
    say "web: browser"
    PLAYWRIGHT_JSON_OUTPUT_NAME=$PWD/$results/browser.json \
        npm --prefix web run --silent e2e -- --reporter=list,json ${1:+-g "$1"} || code=$?
    count "web browser" "$results/browser.json" "$code" "$1"
}

# count NAME RESULT-FILE EXIT-CODE FILTER: what a suite reports, and a failure when that cannot be the whole truth.
count() {
    local counts p f s
    if ! counts=$(node scripts/count-tests.mjs "$2" 2>/dev/null); then
        # With a filter most suites have nothing to run, and some runners then write nothing.
        [[ -n $4 && $3 == 0 ]] || record "$1" 0 1 0 "ended with $3 and left no results"
        return 0
    fi
    read -r p f s <<<"$counts"
    if [[ $3 != 0 && $f == 0 ]]; then
        record "$1" "$p" 1 "$s" "ended with $3 although no test failed"
    elif [[ $p == 0 && $f == 0 && -z $4 ]]; then
        record "$1" 0 1 "$s" "ran nothing"
    else
        record "$1" "$p" "$f" "$s"
    fi
}

# record NAME PASSED FAILED SKIPPED [REMARK]
record() {
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
    table+=("$(printf '%-30s %6s passed %4s failed %4s skipped  %s' "$1" "$2" "$3" "$4" "${5-}")")
}

sum_up() {
    echo
    printf '%s\n' "${table[@]}"
    [[ $((passed + failed)) -gt 0 ]] || { echo "No test matched."; failed=1; }
    echo "$passed passed, $failed failed$( ((skipped == 0)) || echo ", $skipped skipped")"
    [[ $failed == 0 ]]
}
