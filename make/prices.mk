PRICES_CHECKED_AT ?= $(shell date -u +%F)

# A throw-away environment with the two packages, whose data files are read;
# litellm's own dependencies are not needed for that.
define prices-env
set -e; env=$$(mktemp -d); trap 'rm -rf "$$env"' EXIT; \
python3 -m venv "$$env"; \
"$$env/bin/pip" install -q --disable-pip-version-check --no-deps $$(grep ^litellm tools/prices/requirements.txt); \
"$$env/bin/pip" install -q --disable-pip-version-check $$(grep -v -e ^litellm -e '^\#' tools/prices/requirements.txt)
endef

prices: ## regenerate the bundled price table from the pinned genai-prices and litellm packages
	@$(prices-env); \
	"$$env/bin/python" tools/prices/generate.py --checked-at $(PRICES_CHECKED_AT) cost/data/prices.json cost/data/litellm.json

verify-prices: build ## price random calls of every bundled model with genai-prices and with windage, and compare
	@$(prices-env); \
	"$$env/bin/python" tools/prices/verify.py bin/windage

.PHONY: prices verify-prices
