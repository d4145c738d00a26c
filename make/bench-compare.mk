bench-compare: build ## time drift compare against Evidently and NannyML (OUT=file.json, ROWS=100000,1000000, REPEATS=3)
	python3 bench/compare/run.py bin/windage $(or $(OUT),bench-compare.json) --rows $(or $(ROWS),100000,1000000) --repeats $(or $(REPEATS),3)

.PHONY: bench-compare
