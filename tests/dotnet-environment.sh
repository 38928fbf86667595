# Sourced by scripts that run dotnet: no greetings on a first run, output in English (some of it is read), no build servers that stay
# behind, a home to write to, and a temporary folder of its own. Sets a trap for EXIT.
# shellcheck shell=bash
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export DOTNET_SKIP_WORKLOAD_INTEGRITY_CHECK=1 DOTNET_CLI_UI_LANGUAGE=en
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
if [ ! -w "${HOME:-}" ]; then
  HOME="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/artifacts/home"
  mkdir -p "$HOME"
  export HOME
fi

# Each dotnet command leaves two empty folders in the temporary folder: it gets one that goes away with the script. Emulators that end at
# the same moment clean up there too, and may win a race.
TMPDIR="$(mktemp -d)"
export TMPDIR
# PostgreSQL does not run as root: the user that it runs as must get through to its own folder.
chmod 711 "$TMPDIR"
trap 'rm -rf -- "$TMPDIR" 2>/dev/null || true' EXIT
