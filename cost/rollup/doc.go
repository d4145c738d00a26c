// Package rollup adds the prices of calls up to what a task costs, and what a
// successful one costs: retry waste, loop waste, failed spend, fallback to
// cheaper models, cache savings, judges and shadow traffic apart, with the
// bounds that unknown outcomes and unpriced calls leave.
//
// What belongs here: sums over priced calls and closed tasks. What does not:
// prices (cost), which spans count (cost/count), when a task is closed and
// how it ended (quality/task).
package rollup
