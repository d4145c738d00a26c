// Command costbench measures the cost detectors on simulated spend with daily
// and weekly shape: false pages per 30 days, the time to detect a ×1.5, ×3 and
// ×10 blowout, how much a runaway session has spent when it is caught, and how
// many calls a broken prompt cache takes to be seen, beside a fixed threshold,
// a three-sigma rule and a linear prediction. `make bench-cost` runs it.
package main
