#!/usr/bin/env bash
# Builds everything and runs all tests: bash tests/run.sh [arguments for dotnet test, e.g. --filter Name~Quote]
# The last line is always "N passed, N failed, N skipped", after the failed tests with their messages. Succeeds only if something passed and nothing failed.
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
failures=""

# Says what failed and how it went, and ends: the end of a long output is what people see first.
finish() {
  local status=$1
  if [ -n "$failures" ]; then
    printf '\nFailed:\n%s' "$failures"
  fi
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

# The failed tests of a results file, each with the beginning of its message. The whole of it is in the output above and in the file.
list_failures() {
  local file=$1
  [ -f "$file" ] || return 0
  awk -v most=12 '
    /<UnitTestResult / {
      failed = /outcome="(Failed|Error|Timeout|Aborted)"/
      name = $0
      sub(/.* testName="/, "", name)
      sub(/".*/, "", name)
      if (failed) print "  " name
    }
    failed && /<Message>/ { sub(/.*<Message>/, ""); inside = 1; lines = 0 }
    inside {
      ended = sub(/<\/Message>.*/, "")
      if (++lines <= most) print "    " $0
      else if (ended) print "    … " (lines - most) " more lines"
      if (ended) inside = 0
    }
  ' "$file" | sed -e 's/&#xD;//g; s/&#xA;/ /g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g'
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
  if [ "$failed" -ne "$failed_before" ]; then
    failures+="$(list_failures "$results/$name.trx")"$'\n'
  elif [ "$status" -ne 0 ]; then
    # The host crashed or never started: there is nothing to count, but it is a failure.
    failed=$((failed + 1))
    failures+="  $name ended with exit status $status and no failed test: counted as one failure."$'\n'
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
