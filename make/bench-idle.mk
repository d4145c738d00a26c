bench-idle: engine build ## start-up time and idle memory of each role (OUT=file.json)
	go run ./test/idlebench -windage bin/windage $(if $(OUT),-out $(OUT))

.PHONY: bench-idle
