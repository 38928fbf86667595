#!/usr/bin/env bash
# Builds everything and runs all tests: bash tests/run.sh [arguments for dotnet test, e.g. --filter Name~Quote]
# The last line is always "N passed, N failed, N skipped". Succeeds only if something passed and nothing failed.
# The build's output is kept in artifacts/build.log, results in artifacts/test-results.
set -euo pipefail

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$repository"
source tests/dotnet-environment.sh
artifacts="$repository/artifacts"
results="$artifacts/test-results"
rm -rf "$results"
mkdir -p "$results"

passed=0
failed=0
skipped=0

# Says how it went, and ends.
finish() {
  local status=$1
  echo "$passed passed, $failed failed, $skipped skipped"
  exit "$status"
}

if ! command -v dotnet >/dev/null; then
  echo "dotnet was not found. Install the .NET 10 SDK: https://dotnet.microsoft.com/download" >&2
  finish 1
fi

bash tests/install-swtpm.sh || finish 1
bash tests/install-postgresql.sh || finish 1
bash tests/install-chromium.sh || finish 1

if ! dotnet build HardwareAttestation.sln --configuration Release </dev/null 2>&1 | tee "$artifacts/build.log"; then
  echo "The build failed." >&2
  finish 1
fi

# One number out of a results file, by the name of its counter.
counter() {
  local file=$1 name=$2 counters
  counters="$(grep -m 1 -o '<Counters [^>]*>' "$file" 2>/dev/null)" || counters=""
  if [[ $counters =~ [[:space:]]$name=\"([0-9]+)\" ]]; then
    echo "${BASH_REMATCH[1]}"
  else
    echo 0
  fi
}

# A skipped test is counted in the total only.
add_results() {
  local file=$1
  passed=$((passed + $(counter "$file" passed)))
  failed=$((failed + $(counter "$file" failed) + $(counter "$file" error) + $(counter "$file" timeout) + $(counter "$file" aborted)))
  skipped=$((skipped + $(counter "$file" total) - $(counter "$file" executed)))
}

# One run for each project, so that a test host that crashes takes no other project's tests with it.
for project in tests/*.Tests/*.csproj; do
  name="$(basename "$project" .csproj)"
  failed_before=$failed
  status=0
  dotnet test "$project" --configuration Release --no-build --results-directory "$results" \
    --logger "trx;LogFileName=$name.trx" "$@" </dev/null || status=$?

  # A project without tests, or without any that a filter lets through, succeeds and may leave no results.
  add_results "$results/$name.trx"
  if [ "$status" -ne 0 ] && [ "$failed" -eq "$failed_before" ]; then
    # The host crashed or never started: there is nothing to count, but it is a failure.
    echo "$name ended with exit status $status and no failed test: counted as one failure." >&2
    failed=$((failed + 1))
  fi
done

if [ "$failed" -ne 0 ]; then
  finish 1
fi

if [ "$passed" -eq 0 ]; then
  echo "No test ran." >&2
  finish 1
fi

finish 0
