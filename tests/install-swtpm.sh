#!/usr/bin/env bash
# Installs what the tests and samples need beside the .NET SDK: swtpm with its tools (and with them libtpms), tpm2-tools, and the libraries
# through which tpm2-tools talk to swtpm and to whatever speaks the protocol of Microsoft's simulator. Does nothing, and says nothing, where all
# is there.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/debian-packages.sh"

# Administrators' folders are not on every user's path.
PATH="$PATH:/usr/sbin:/sbin"

have_tcti() {
  local name="libtss2-tcti-$1"
  # Not piped into grep -q: ldconfig would be killed by the closed pipe, and pipefail would call that a failure.
  case "$(ldconfig -p 2>/dev/null)" in *"$name".so*) return 0 ;; esac
  # Homebrew and systems without ldconfig.
  compgen -G "/usr/lib*/$name.so*" >/dev/null || compgen -G "/opt/homebrew/lib/$name*" >/dev/null
}

missing() {
  local tool tcti
  for tool in swtpm swtpm_setup swtpm_localca swtpm_ioctl tpm2_getcap; do
    command -v "$tool" >/dev/null || printf '%s ' "$tool"
  done
  for tcti in swtpm mssim; do
    have_tcti "$tcti" || printf 'libtss2-tcti-%s ' "$tcti"
  done
}

lacking="$(missing)"
if [ -z "$lacking" ]; then
  exit 0
fi

begin_installing "swtpm and tpm2-tools (missing: ${lacking% })" \
  "Fedora:     swtpm swtpm-tools tpm2-tools" "Arch Linux: swtpm tpm2-tools" \
  "macOS:      brew install swtpm (tpm2-tools are not to be had there: the tests that need them fail)"

packages=(swtpm swtpm-tools tpm2-tools)
# The libraries have packages of their own on some releases, under names that changed with the 64-bit time type, and none on others.
mapfile -t tcti < <(apt-cache search --names-only '^libtss2-tcti-(swtpm|mssim)0' | cut -d ' ' -f 1)
packages+=("${tcti[@]}")
install_packages "${packages[@]}"

lacking="$(missing)"
if [ -n "$lacking" ]; then
  echo "Installed ${packages[*]}, and still missing: ${lacking% }." >&2
  exit 1
fi
