#!/usr/bin/env bash
# Installs the browser that looks at the fleet's page in the tests: Chromium as the distribution packages it. Does nothing, and says nothing, where
# one is there. CHROMIUM names another that is to be used.
set -euo pipefail

# The same names in the same order as in the tests.
have_browser() {
  local name
  for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
      return 0
    fi
  done
  return 1
}

if have_browser; then
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  {
    echo "Missing: chromium. Install it and try again, or set CHROMIUM to the browser's path:"
    echo "  Fedora:     chromium"
    echo "  Arch Linux: chromium"
    echo "  macOS:      brew install --cask chromium"
  } >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Missing: chromium. Run $0 as root, or install sudo." >&2
    exit 1
  fi
  # Asks nothing: where sudo would want a password, it fails and says so.
  as_root=(sudo -n)
fi

log="$(mktemp)"
trap 'rm -f "$log"' EXIT

# Quiet unless it fails.
run() {
  if ! "${as_root[@]}" "$@" </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    echo "Failed: ${as_root[*]} $*" >&2
    exit 1
  fi
}

echo "Installing chromium"
run apt-get update
run env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium

if ! have_browser; then
  echo "Installed chromium, and there is still none to be found." >&2
  exit 1
fi
