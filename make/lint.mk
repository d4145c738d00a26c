GOLANGCI := go tool -modfile=tools/golangci-lint/go.mod golangci-lint

lint: ## run the linters and the room rules (.golangci.yml)
	$(GOLANGCI) run ./...

lint-fix: ## let the linters mend what they can
	$(GOLANGCI) run --fix ./...

.PHONY: lint lint-fix
