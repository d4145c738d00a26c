// Package canonical is the codec between pdata and package model: the one
// place that knows how a canonical row is spelt on the wire between the
// normalize processor, which writes it, and everything after it, which reads
// it (pricing, live metrics, the store's exporter, other OTLP backends).
//
// A row travels as an OTLP span with the standard gen_ai.* attributes in
// canonical meaning (inclusive totals, one spelling each) and windage.* for
// what no standard attribute holds. A row that came in as a log record travels
// as a log record with the same attributes. A signal travels as a span event
// or a log record named gen_ai.evaluation.result (or windage.signal).
//
// What does not belong here: reading dialects (package normalize), prices,
// SQL, configuration.
package canonical
