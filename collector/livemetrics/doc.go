// Package livemetrics is the exporter that counts what passes straight into
// Prometheus: calls, tokens, cost, latency, what was not understood. It needs
// no store.
//
// What belongs here: counting rows and signals as they pass, bounding labels,
// and not counting a resent row twice. What does not: anything that needs
// history, a window or the store (collector/monitor).
//
//go:generate go tool -modfile=../../tools/mdatagen/go.mod mdatagen metadata.yaml
package livemetrics
