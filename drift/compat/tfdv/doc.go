// Package tfdv computes the drift comparators of TensorFlow Data Validation
// 1.16: the standard histogram of a numeric feature and the Jensen-Shannon
// divergence of two of them, and the three distances of string features.
//
// TFDV's quantile sketch keeps every value up to 5701 distinct ones and
// approximates above; this package is exact at any size.
package tfdv
