OUT ?= bench-cost.json

bench-cost: ## measure the cost detectors on simulated spend (OUT=file.json): false pages, time to detect
	go run ./test/costbench -out $(OUT)

.PHONY: bench-cost
