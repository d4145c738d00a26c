// Package spend is money over time: a series of exact amounts on a regular
// grid, and the daily and weekly shape learnt from it.
//
// What belongs here: the series, the shape, what is expected of a span of
// time. What does not: judgements (cost/budget, cost/blowout).
package spend
