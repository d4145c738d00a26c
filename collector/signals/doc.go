// Package signals is the receiver for everything said about a span, session
// or task after the fact: evaluations, feedback, labels, outcomes, policy
// violations, suite results, business events and changes, over HTTP as JSON.
// It emits them as OTLP log records.
//
// What belongs here: the HTTP endpoint and the form of its rows. What does
// not: what a signal means (package model), how it is stored.
//
//go:generate go tool -modfile=../../tools/mdatagen/go.mod mdatagen metadata.yaml
package signals
