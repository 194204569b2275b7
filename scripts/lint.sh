#!/bin/sh
# Every check that is not a test. $1 is the pinned staticcheck. All of them run,
# so that one mistake does not hide the next.
set -u
failed=0

step() {
	echo "lint: $1"
	shift
	"$@" || failed=1
}

ours() { git ls-files --cached --others --exclude-standard -- "$@"; }

format() {
	wrong=$(ours '*.go' | while read -r f; do [ -f "$f" ] && gofmt -l "$f"; done)
	[ -z "$wrong" ] && return 0
	echo "not formatted; run gofmt -w on:" && echo "$wrong"
	return 1
}

# What is generated is committed, so that a clone builds without the generators.
# Making it anew must change nothing.
drift() {
	before=$(generated)
	go tool templ generate -path web 2>/dev/null || { echo "templ generate failed"; return 1; }
	[ "$before" = "$(generated)" ] && return 0
	echo "generated code was out of date. It is new now: look at it and commit it."
	return 1
}
generated() { ours '*_templ.go' | sort | while read -r f; do [ -f "$f" ] && sha256sum "$f"; done; }

step "go format" format
step "page format" go tool templ fmt -fail web
step "generated pages" drift
step "schema for reading" go test ./internal/laws -run TestSchemaForReadingIsWhatTheMigrationsMake
step "go vet" go vet ./...
step "staticcheck" go run "$1" ./...
exit $failed
