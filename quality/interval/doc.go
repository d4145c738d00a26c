// Package interval holds confidence intervals of proportions, rates and means,
// and of their differences and ratios, with the tests that belong to them.
//
// Counts are float64 because weighted counts are allowed where a formula allows
// them; confidence levels are in (0, 1), for example 0.95. Intervals without a
// defined value are NaN. What does not belong here: what is counted.
package interval
