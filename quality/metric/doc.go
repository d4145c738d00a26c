// Package metric computes how well predictions match the truth: classification
// by threshold or by score, several classes, numbers, and rankings.
//
// Everything is pure and on slices of equal length. A metric that the data do
// not define (precision without a predicted positive) is NaN here; what a
// library puts in its place is the caller's choice. What does not belong here:
// calibration of probabilities (package calibration), intervals (package
// interval) and comparisons of groups (package fairness).
package metric
