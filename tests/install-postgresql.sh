#!/usr/bin/env bash
# Installs PostgreSQL's server, which the tests and the demonstration of samples/fleet start themselves, in folders of their own. Does nothing, and
# says nothing, where it is there. Debian's package would make and start a cluster for the machine too: it is told not to.
set -euo pipefail

installed() {
  command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null
}

if installed; then
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  {
    echo "Missing: PostgreSQL's server. Install it and try again:"
    echo "  Fedora:     postgresql-server"
    echo "  Arch Linux: postgresql"
    echo "  macOS:      brew install postgresql"
  } >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Missing: PostgreSQL's server. Run $0 as root, or install sudo." >&2
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

echo "Installing PostgreSQL"
run apt-get update

# The common part first, so that it can be told to make no cluster before the server comes.
run env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends postgresql-common
# shellcheck disable=SC2016  # The shell that is started reads this.
run sh -c 'mkdir -p /etc/postgresql-common/createcluster.d && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/no-main-cluster.conf'
run env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends postgresql

if ! installed; then
  echo "Installed postgresql, and its initdb is still missing." >&2
  exit 1
fi
