// Package calibration measures whether predicted probabilities come true.
//
// Everything is pure, on truths and probabilities of equal length. Binned
// errors depend on the bins and are biased upwards for few rows: a perfectly
// calibrated model has a positive ECE. What does not belong here: how well a
// model separates classes (package metric).
package calibration
