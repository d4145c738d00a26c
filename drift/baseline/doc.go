// Package baseline holds pinned references: the blocks of the series of a
// product as they were at one time, under a name and a version, never changed
// afterwards.
//
// What belongs here: what a baseline is, its hash, how it lies under the live
// history of a series, its description and the comparison of two. What does
// not: where it is kept (store), how files become blocks (internal/replay), and
// the judgement of live series (drift/detect).
package baseline
