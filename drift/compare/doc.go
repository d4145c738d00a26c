// Package compare says how a column of current data differs from the same
// column of reference data: statistics with intervals, a verdict, and what
// moved.
//
// What belongs here: the panel of statistics per kind of column and the rules
// of the verdict. Rows are taken as independent of each other; streams with a
// time order belong to package detect. What does not belong here: reading
// files and showing results.
//
// # The verdict
//
// A column has drifted when an effect that people can read (a share of rows)
// is larger than a tolerance with confidence, never because a p-value is small:
// with a million rows every p-value is. The effects are the largest gap between
// the distribution functions (numbers), the total variation distance
// (categories), the share of missing values, of unseen categories, and of rows
// beyond the reference's 1 % and 99 % quantiles. A difference that is certain
// (after Holm's correction over all columns) but smaller than the tolerance is
// a small change.
package compare
