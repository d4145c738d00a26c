// Package pricing is the processor that puts a price, or the reason why there
// is none, on every canonical call. The arithmetic is package cost's.
//
//go:generate go tool -modfile=../../tools/mdatagen/go.mod mdatagen metadata.yaml
package pricing
