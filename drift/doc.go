// Package drift is the root of the room for drift: pure statistics, no IO.
//
//	block     what is kept of one series in one block of time: histogram counts
//	          on the universal grid, moments, category counts, vector sums
//	baseline  named, versioned, immutable references and where they come from
//	detect    all series' blocks and a budget of false pages → verdicts, incidents
//	explain   what moved, in which slice, after which change, in one sentence
//	sim       traffic with known truth: seasonal, autocorrelated, with planted shifts
//
// The statistics themselves (divergences, tests, intervals), each by its
// literature name, lie beside these packages. Nothing here reads a clock, a
// file or a database, and nothing draws a random number that is not derived
// from its input: the same history always gives the same answer.
package drift
