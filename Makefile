# Windage. `make help` lists the targets; those of one subject lie in make/<subject>.mk.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
export GOFLAGS ?= -trimpath
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/windage-dev/windage/internal/version.Version=$(VERSION)
TESTSUM := go run ./tools/testsum

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  \033[1m%-18s\033[0m %s\n", $$1, $$2}'

build: ## build bin/windage
	@mkdir -p bin
	go build -ldflags '$(LDFLAGS)' -o bin/windage ./cmd/windage

demo: engine build ## get what is needed, build, and watch Windage find three incidents
	bin/windage demo $(ARGS)

# The engine is fetched first, so that no test has to skip for want of it;
# where it cannot be had, those that need it say so.
test: build ## run every test a fresh machine can
	@$(MAKE) --no-print-directory engine || echo "make test: going on without the embedded engine; tests that need it are skipped" >&2
	go test -json -timeout 20m ./... | $(TESTSUM)

e2e: engine build ## run the end-to-end tests only: real engine, Prometheus, Alertmanager, Chromium
	go test -json -count=1 -timeout 20m ./test/... | $(TESTSUM)

-include make/*.mk

.PHONY: help build demo test e2e
