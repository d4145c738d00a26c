// Package pipeline tests the collector as a whole, in this process: real OTLP
// and HTTP clients on one side, a real ClickHouse on the other.
//
// What belongs here: what takes several components to show. What does not:
// one component's own behaviour, and what needs processes that die (test/e2e).
package pipeline
