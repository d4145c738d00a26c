// Package place says where rows belong: which product a span is of, which
// task it is part of, which slices it falls in, and which of them a signal
// speaks of.
//
// What belongs here: the rules of membership and how a task ended. What does
// not: what a task costs over many (quality, cost), reading and writing
// (store). Pure.
package place
