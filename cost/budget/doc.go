// Package budget compares spend with what was planned: calendar periods in a
// time zone, the shape of the week, a forecast of the period's end with its
// interval, and burn rates over several windows.
//
// The entry is [Evaluate]: a budget, the spend series so far, an instant; out
// comes everything there is to say. It is a pure function, so the same series
// always gives the same status, and a backtest is a loop.
//
// What belongs here: judgements of spend against a plan. What does not: where
// spend comes from (store), what a blowout without a budget is (cost/blowout).
package budget
