// Package stat holds the two-sample statistics of drift: tests, distances and
// divergences on numbers, counts and vectors, and the special functions that
// gonum lacks.
//
// What belongs here: one function per textbook definition, pure, on slices of
// float64 or cell counts. Samples are one-dimensional slices in any order and
// are never changed; NaN must be removed by the caller (see Finite). What does
// not belong here: how a named library bins, cleans or thresholds (package
// compat), and anything that knows of time or storage.
//
// Every result says how many observations it rests on. A statistic that is not
// defined for its input is NaN, never a number that looks like an answer.
package stat
