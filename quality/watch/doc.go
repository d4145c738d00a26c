// Package watch turns the history of a product's layer metrics into verdicts
// and incidents: objectives missed, layers that moved apart, critical policy
// violations.
//
// Like drift/detect it is a pure function of history: every hour is judged
// with what was known up to it, so that a restart, a second run or a backfill
// of weeks gives the same incidents. What does not belong here: how a metric
// is measured (quality), drift of distributions (drift), money (cost).
package watch
