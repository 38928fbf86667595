# Sourced by the scripts that install what the tests need: Debian packages, as root or through sudo, quietly. Sets a trap for EXIT.
# shellcheck shell=bash

# begin_installing WHAT NAME...: ends with what is missing, and its names elsewhere, where there is no apt-get or no way to become root.
begin_installing() {
  local what=$1 name
  shift
  if ! command -v apt-get >/dev/null; then
    echo "Missing: $what. Install it and try again:" >&2
    for name in "$@"; do
      echo "  $name" >&2
    done
    exit 1
  fi

  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Missing: $what. Run $0 as root, or install sudo." >&2
      exit 1
    fi
    # Asks nothing: where sudo would want a password, it fails and says so.
    as_root=(sudo -n)
  fi

  log="$(mktemp)"
  trap 'rm -f "$log"' EXIT
  echo "Installing $what"
  run apt-get update
}

# run COMMAND...: as root, and quiet unless it fails.
run() {
  if ! "${as_root[@]}" "$@" </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    echo "Failed: ${as_root[*]} $*" >&2
    exit 1
  fi
}

# install_packages PACKAGE...
install_packages() {
  run env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}
