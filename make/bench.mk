bench: ## run the micro-benchmarks of every package (bench-… targets compare with peers)
	go test -run '^$$' -bench . -benchmem ./...

.PHONY: bench
