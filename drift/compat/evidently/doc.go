// Package evidently computes drift exactly as Evidently 0.7 does (package
// evidently of PyPI; src/evidently/legacy/calculations/stattests), so that a
// user can compare the product's verdicts with the numbers they know.
//
// The numbers are reproduced with their surprises: equal-width bins over both
// sides together, a one-sample χ², a one-sided Mann-Whitney test. What belongs
// here: cleaning, binning, choice of test, thresholds. The statistics
// themselves are in package stat.
package evidently
