#!/usr/bin/env bash
# Tells the story of two emulated machines and one server: bash samples/run.sh [--verbose]
# Installs the TPM emulator where it is missing. Succeeds only if every step went as it should.
set -euo pipefail

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$repository"
source tests/dotnet-environment.sh

if ! command -v dotnet >/dev/null; then
  echo "dotnet was not found. Install the .NET 10 SDK: https://dotnet.microsoft.com/download" >&2
  exit 1
fi

bash tests/install-swtpm.sh

# The analysers have their say in tests/run.sh; here they would double the time to the first line of the story.
echo "Building the sample (about a minute the first time) ..."
mkdir -p artifacts
if ! dotnet build samples/quickstart --configuration Release --nologo --verbosity quiet -p:RunAnalyzers=false >artifacts/sample-build.log 2>&1 </dev/null; then
  cat artifacts/sample-build.log >&2
  exit 1
fi

dotnet samples/quickstart/bin/Release/net10.0/quickstart.dll "$@"
