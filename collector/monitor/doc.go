// Package monitor is the extension that holds the one evaluation loop of an
// installation, and the HTTP surface that shows what it found: /metrics, the
// status page, the API and the health endpoints.
//
// What belongs here: time (slots, lateness, the lease), the order of the steps
// of one slot, and HTTP. What does not: SQL (store), any judgement (quality,
// drift, cost), HTML (dashboards/page).
//
//go:generate go tool -modfile=../../tools/mdatagen/go.mod mdatagen metadata.yaml
package monitor
