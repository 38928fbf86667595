#!/usr/bin/env bash
# Shows a fleet: bash samples/fleet/run.sh [--check] [--postgres]
# A server with SQLite and five emulated machines, each with its agent: they enrol and attest, one is power-cycled, one is cloned and refused. Stays until Ctrl-C.
#   --check     ends by itself, and succeeds only if each step went as it should
#   --postgres  two servers on one PostgreSQL, in a cluster of its own that is gone at the end
# Installs the TPM emulator, and PostgreSQL for --postgres, where they are missing.
set -euo pipefail

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cd "$repository"
source tests/dotnet-environment.sh

if ! command -v dotnet >/dev/null; then
  echo "dotnet was not found. Install the .NET 10 SDK: https://dotnet.microsoft.com/download" >&2
  exit 1
fi

bash tests/install-swtpm.sh
for argument in "$@"; do
  if [ "$argument" = --postgres ]; then
    bash tests/install-postgresql.sh
  fi
done

# The analysers have their say in tests/run.sh; here they would double the time to the first line of the story.
echo "Building the sample (about a minute the first time) ..."
mkdir -p artifacts
if ! dotnet build samples/fleet/demo --configuration Release --nologo --verbosity quiet -p:RunAnalyzers=false >artifacts/fleet-build.log 2>&1 </dev/null; then
  cat artifacts/fleet-build.log >&2
  exit 1
fi

dotnet samples/fleet/demo/bin/Release/net10.0/fleet-demo.dll "$@"
