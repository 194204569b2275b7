# Business Manager. 'make' alone lists what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test lint generate bench dist soak clean build need

# What a binary says of itself. Outside a clone it says that it does not know.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
STAMP   := -X main.version=$(VERSION) -X main.commit=$(COMMIT)

# The stamp names the commit; Go asking git as well would fail where the clone
# belongs to another user.
export GOFLAGS := -buildvcs=false $(filter-out -buildvcs=%,$(GOFLAGS))

# Pinned, and run from the module cache: nobody installs anything. Newer releases
# bring new checks, which is a commit of its own.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Start everything for trying out: embedded database, example data, sandbox
	@exec bin/businessmanager dev

build:
	@test -x bin/businessmanager || echo "Building. The first time takes up to four minutes on two cores; after that a second."
	@go build -ldflags '$(STAMP)' -o bin/businessmanager ./cmd/businessmanager

need:
	@scripts/need.sh

# Two packages at a time: each starts a database, some a browser, and two cores are
# what we promise to be enough. A package that hangs is ended after 15 minutes.
test: need ## Run the whole test suite, browser tests included; installs what it needs
	go test -p 2 -timeout 15m ./...

lint: need ## Check format, generated code and what the compiler lets pass
	@scripts/lint.sh $(STATICCHECK)

generate: need ## Make generated code anew: pages and migrations/schema.sql
	go tool templ generate -path web
	go test ./internal/laws -run TestSchemaForReadingIsWhatTheMigrationsMake -count 1 -args -update

bench: need ## Measure intake beside plain inserts in the same database; prints a table
	go run ./internal/bench

# Longer than the suite may take: fuzzing for minutes, the suite again and again,
# with the race detector where there is a C compiler for it.
soak: need ## Run what takes long: races, repeats, fuzzing (about an hour)
	@scripts/soak.sh

dist: ## Build the static release binary into dist/
	@mkdir -p dist
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w $(STAMP)' -o dist/businessmanager ./cmd/businessmanager
	@ls -l dist/businessmanager

clean: ## Remove what was built; the data in .data stay
	rm -rf bin dist
