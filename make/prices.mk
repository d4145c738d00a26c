PRICES_CHECKED_AT ?= $(shell date -u +%F)

prices: ## regenerate the bundled price table from the pinned genai-prices and litellm packages
	@set -e; env=$$(mktemp -d); trap 'rm -rf "$$env"' EXIT; \
	python3 -m venv "$$env"; \
	"$$env/bin/pip" install -q --no-deps genai-prices litellm -c tools/prices/requirements.txt; \
	"$$env/bin/pip" install -q $$(grep ^pydantic tools/prices/requirements.txt) httpx; \
	"$$env/bin/python" tools/prices/generate.py --checked-at $(PRICES_CHECKED_AT) cost/data/prices.json

.PHONY: prices
