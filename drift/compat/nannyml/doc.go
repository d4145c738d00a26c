// Package nannyml computes univariate drift exactly as NannyML 0.13 does
// (nannyml/drift/univariate): statistics per chunk against the whole reference,
// thresholds from the reference's own chunks.
//
// What belongs here: NannyML's bins, cells, chunks and thresholds, with their
// surprises. The statistics themselves are in package stat.
package nannyml
