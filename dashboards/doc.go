// Package dashboards generates the Grafana dashboards from Go.
//
// What belongs here: the dashboards, their panels and queries, and the checks
// that hold them to the catalogue. What does not: the status page, which is
// the package page below, and anything that asks the store.
package dashboards

//go:generate go test -count=1 -run ^TestGenerated$ . -update
