SPANS ?= 300000
PAIRS ?= 3

bench-ingest: build ## CPU, bytes and speed of ingest beside contrib's clickhouseexporter (SPANS, PAIRS, OUT=file.json)
	cd tools/ingestbench && go build -o ../../bin/contrib ./contrib && go build -o ../../bin/ingestbench .
	bin/ingestbench -windage bin/windage -contrib bin/contrib -spans $(SPANS) -pairs $(PAIRS) $(if $(OUT),-out $(OUT))

.PHONY: bench-ingest
