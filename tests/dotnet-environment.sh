# Sourced by scripts that run dotnet: no greetings on a first run, output in English (some of it is read), no build servers that stay
# behind, and a home to write to.
# shellcheck shell=bash
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export DOTNET_SKIP_WORKLOAD_INTEGRITY_CHECK=1 DOTNET_CLI_UI_LANGUAGE=en
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
if [ ! -w "${HOME:-}" ]; then
  HOME="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/artifacts/home"
  mkdir -p "$HOME"
  export HOME
fi
