// Package blowout finds money that goes where nobody planned it, without a
// budget to compare with: spend off its own daily and weekly shape ([Pace]),
// a dearer task ([CostPerTask]), a model, tier or price that changed
// ([PriceChange]), a prompt cache that stopped hitting ([CacheBreak]). Runs
// that spend without end are caught from the stream by blowout/runaway.
//
// Each detector is a pure function of what was and what is, and says its
// evidence in words. What does not belong here: budgets (cost/budget), when to
// evaluate and whom to tell (collector/monitor).
package blowout
