// Package reconcile compares what windage computed with what a provider
// billed, per day, model and kind of token, and says the likeliest reason of
// each gap.
//
// What belongs here: reading invoice exports (OpenAI, Anthropic, Azure, AWS,
// Google, plain CSV) from bytes, and the comparison. What does not: files and
// the store; they hand in bytes and priced rows.
package reconcile
