HELM := $(CURDIR)/bin/tools/helm

$(HELM): tools/helm/go.mod
	@mkdir -p $(@D)
	go build -modfile=tools/helm/go.mod -o $@ helm.sh/helm/v3/cmd/helm

test-deploy: $(HELM) ## render the Helm chart with the pinned helm and check what comes out
	WINDAGE_HELM=$(HELM) go test -json -count=1 ./deploy | $(TESTSUM)

.PHONY: test-deploy
