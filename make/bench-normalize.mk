bench-normalize: ## what reading a span costs, beside the contrib transform processor renaming the same attributes
	GOMAXPROCS=1 go test ./collector/normalize -run '^$$' -bench 'Read|Annotate' -benchtime 1500x
	cd tools/normalizebench && GOMAXPROCS=1 go test -run '^$$' -bench . -benchtime 1000x

fuzz-normalize: ## feed anything that parses as OTLP to normalize; FUZZTIME=10m
	go test ./collector/normalize -run '^$$' -fuzz FuzzNormalize -fuzztime $(or $(FUZZTIME),10m) -fuzzminimizetime 1x

.PHONY: bench-normalize fuzz-normalize
