// Package block holds the sufficient statistics of one series in one block of
// time: enough for every drift statistic that Windage judges by, in a size that
// does not grow with traffic, and mergeable, so that minutes add up to hours
// and hours to a baseline in any order.
//
// What belongs here: the universal grid and its codes, the pinned transform,
// the block types and how they merge. What does not: any judgement about them.
//
// SQL fills the same types; grid.go gives the formulas that both sides use and
// grid_test.go the table of test vectors.
package block
