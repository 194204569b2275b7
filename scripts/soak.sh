#!/bin/sh
# What is too long for every change: the suite three times over in another order,
# with the race detector where a C compiler is at hand, and every fuzz target for
# SOAK_FUZZ (default 5m).
set -eu
race=""
if command -v cc >/dev/null 2>&1; then race="-race"; else echo "soak: no C compiler, so no race detector"; fi
export CGO_ENABLED="${race:+1}"
[ -n "$CGO_ENABLED" ] || unset CGO_ENABLED
# shellcheck disable=SC2086
go test $race -p 1 -count 3 -shuffle on -timeout 2h ./...
for dir in $(grep -rl --include='*_test.go' '^func Fuzz' internal | xargs -r -n1 dirname | sort -u); do
	for target in $(grep -ho --include='*_test.go' -r '^func Fuzz[A-Za-z0-9_]*' "$dir" | cut -d' ' -f2); do
		echo "soak: $dir $target"
		go test "./$dir" -run '^$' -fuzz "^$target\$" -fuzztime "${SOAK_FUZZ:-5m}"
	done
done
