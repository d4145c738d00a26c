// Package quality measures the three metric layers: does the model behave on
// the eval set (offline), are users getting value (online), does it earn its
// cost and risk (business).
//
// What belongs here: the definition of every layer metric, from additive
// counts (Facts) to a value with its interval and sample size; objectives;
// the comparison with a baseline; the verdict that layers moved apart; the
// three lights. What does not: SQL, the clock, task assembly (quality/task),
// drift of distributions (drift). Pure: it imports model, spec and the
// standard library.
package quality
