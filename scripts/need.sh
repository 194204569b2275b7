#!/bin/sh
# Sees to it that what the tests need is there: the PostgreSQL server programs and
# a Chromium. As root on Debian it installs what is missing; otherwise it says how.
# Says nothing when there is nothing to do.
set -eu

# The same places in which the product looks for the programs.
has_postgres() {
	[ -n "${BM_POSTGRES_BIN:-}" ] && [ -x "$BM_POSTGRES_BIN/initdb" ] && return 0
	for dir in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
		/usr/local/pgsql/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
		[ -x "$dir/initdb" ] && return 0
	done
	command -v initdb >/dev/null 2>&1
}

has_browser() {
	for name in chromium chromium-browser google-chrome; do
		command -v "$name" >/dev/null 2>&1 && return 0
	done
	return 1
}

missing=""
has_postgres || missing="$missing postgresql"
has_browser || missing="$missing chromium"
[ -z "$missing" ] && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
	echo "The tests need$missing: install them first (Debian: sudo apt-get install$missing)." >&2
	exit 1
fi

# Debian's package would otherwise make a database cluster of the system's own and
# start it on port 5432.
cluster=/etc/postgresql-common/createcluster.d/businessmanager.conf
mkdir -p "${cluster%/*}"
trap 'rm -f "$cluster"; rmdir "${cluster%/*}" 2>/dev/null || true' EXIT
echo "create_main_cluster = false" >"$cluster"

echo "Installing$missing with apt-get; this can take a minute."
export DEBIAN_FRONTEND=noninteractive
# A failed update is no reason to stop: the lists at hand may do.
apt-get update -qq || true
log=$(mktemp)
# shellcheck disable=SC2086 # a list of words on purpose
if ! apt-get install -qq -y --no-install-recommends $missing >"$log" 2>&1; then
	cat "$log" >&2
	rm -f "$log"
	echo "apt-get could not install$missing: see above." >&2
	exit 1
fi
rm -f "$log"
