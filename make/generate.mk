generate: ## write every generated file anew
	go generate ./...

# Compares the tree before and after, so that it also works with uncommitted changes.
check-generated: ## fail where a generated file is not what its source says
	@before=$$(mktemp) after=$$(mktemp); trap 'rm -f "$$before" "$$after"' EXIT; \
	state() { git diff --no-color --no-ext-diff; git ls-files --others --exclude-standard -z | xargs -0 -r sha256sum; }; \
	state >"$$before"; $(MAKE) --no-print-directory generate || exit 1; state >"$$after"; \
	if ! cmp -s "$$before" "$$after"; then \
	  echo "check-generated: these differ from their source; run 'make generate' and commit:" >&2; \
	  diff "$$before" "$$after" | sed -n '1,120p' >&2; exit 1; fi; \
	echo "check-generated: everything generated is up to date"

.PHONY: generate check-generated
