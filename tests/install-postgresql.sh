#!/usr/bin/env bash
# Installs PostgreSQL's server, which the tests and the demonstration of samples/fleet start themselves, in folders of their own. Does nothing, and
# says nothing, where it is there. Debian's package would make and start a cluster for the machine too: it is told not to.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/debian-packages.sh"

installed() {
  command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null
}

if installed; then
  exit 0
fi

begin_installing PostgreSQL "Fedora:     postgresql-server" "Arch Linux: postgresql" "macOS:      brew install postgresql"

# The common part first, so that it can be told to make no cluster before the server comes.
install_packages postgresql-common
# shellcheck disable=SC2016  # The shell that is started reads this.
run sh -c 'mkdir -p /etc/postgresql-common/createcluster.d && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/no-main-cluster.conf'
install_packages postgresql

if ! installed; then
  echo "Installed postgresql, and its initdb is still missing." >&2
  exit 1
fi
