// Package deploy holds what deploys Windage: container image, compose file,
// Helm chart, kustomize component, systemd unit, ClickHouse profile; see
// README.md. The Go in it is the tests that keep them true.
package deploy

//go:generate go test -count=1 -run ^TestChartFilesAreGenerated$ . -update
