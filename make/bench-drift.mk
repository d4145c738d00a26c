# Drift detection against ground truth (docs/benchmarks/drift.md).
SIZE ?= quick
DRIFT_CACHE := .cache/bench-drift
FLIGHTS := $(DRIFT_CACHE)/package/data/flights-3m.parquet

$(FLIGHTS):
	@mkdir -p $(DRIFT_CACHE)
	cd $(DRIFT_CACHE) && npm pack --silent vega-datasets@3.2.1 && tar xzf vega-datasets-3.2.1.tgz package/data/flights-3m.parquet && touch package/data/flights-3m.parquet

bench-drift: ## false pages and delays on known truth, with other tools' rules (OUT=file.json, SIZE=quick|full, NOFLIGHTS=1)
	@$(if $(NOFLIGHTS),,$(MAKE) --no-print-directory $(FLIGHTS) || echo "flights: npm could not fetch them, skipped")
	go run ./test/benchdrift -size $(SIZE) $(if $(OUT),-out $(OUT)) $$(test -f $(FLIGHTS) && echo -flights $(FLIGHTS))

bench-evaluate: ## time to judge 1,000 series over 30 days, and with ten times the traffic (OUT=file.json)
	go run ./test/benchdrift -only evaluation $(if $(OUT),-out $(OUT))

.PHONY: bench-drift bench-evaluate
