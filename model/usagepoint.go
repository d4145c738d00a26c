package model

import "time"

// What the value of a UsagePoint counts.
const (
	CountsTokens = "tokens"
	CountsCalls  = "calls" // how long calls took, and how many there were
	CountsUSD    = "usd"   // what an SDK says that calls cost
)

// UsagePoint is one data point of a metric in which an SDK counts what its
// calls used: a source of its own beside spans, never added to them. A point
// of a cumulative series stands for all since Start, another for what was
// between Start and At.
type UsagePoint struct {
	ServiceName, Environment, Product string
	ScopeName                         string
	Dialect                           string
	Metric                            string // as the SDK names it
	Counts                            string
	Stream                            uint64 // identity of the series, of all its attributes

	Provider, Model, Operation string
	TokenType                  string // input, output, cache_read, cache_write, reasoning, …
	Total                      string // the inclusive total that the tokens are part of: input, output, or "" for a subset of one
	ErrorType                  string

	Cumulative bool
	Start, At  time.Time // Start is zero where the SDK does not say
	Value      float64   // tokens, seconds or USD
	Count      Int       // observations: for CountsCalls, calls

	// USDPerToken is the list price of one such token at At; Priced where
	// there is one.
	Priced      bool
	USDPerToken Money
	PriceRow    string
	PriceReason string // why there is no price
}
