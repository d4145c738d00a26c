# Windage. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export GOFLAGS ?= -trimpath
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/windage-dev/windage/internal/version.Version=$(VERSION)

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  \033[1m%-18s\033[0m %s\n", $$1, $$2}'

build: ## build bin/windage
	@mkdir -p bin
	go build -ldflags '$(LDFLAGS)' -o bin/windage ./cmd/windage

test: ## run every test a fresh machine can
	go test ./...

-include make/*.mk

.PHONY: help build test
