#!/usr/bin/env bash
# Installs the browser that looks at the fleet's page in the tests: Chromium as the distribution packages it. Does nothing, and says nothing, where
# one is there. CHROMIUM names another that is to be used.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/debian-packages.sh"

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

begin_installing chromium "Fedora:     chromium" "Arch Linux: chromium" "macOS:      brew install --cask chromium" "Or set CHROMIUM to a browser's path."
install_packages chromium

if ! have_browser; then
  echo "Installed chromium, and there is still none to be found." >&2
  exit 1
fi
