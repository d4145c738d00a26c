// Package cost prices model calls: the usage algebra, the price book and its
// loaders, and the provenance of every amount.
//
// What belongs here: what a call costs and why ([Book.Price], [Book.Explain]),
// the canonical price file and the loaders of other projects' files, and
// hot reload. Its sub-packages hold what is done with priced calls: task
// roll-ups (cost/taskcost), budgets (cost/budget), blowout detectors
// (cost/blowout), invoices (cost/reconcile), totals by dimension
// (cost/attribution) and infrastructure (cost/infra).
//
// What does not: SQL, the network, the wall clock, pdata. Times come in as
// arguments.
//
// # How a call is priced
//
//  1. The provider and model names find a row of the book: user overrides
//     first, then user files, then the bundled table.
//  2. The row valid at the call's start instant, with the variant of its
//     service tier, batch flag and region, becomes a plan: priced units.
//  3. Leaf subtraction: each priced unit pays for what no more specific
//     priced unit pays for. Nothing is counted twice, and usage that
//     contradicts itself is an error, never clamped.
//  4. Count × rate in whole pico-USD.
//
// A call that cannot be priced is unpriced with a reason code; it never
// costs 0. The rules are documented in docs/reference/cost-reasons.md.
package cost
