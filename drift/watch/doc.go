// Package watch judges all series of an installation as windage.yaml says:
// which are watched, each against which reference, and with what part of the
// budget of false pages. The evaluator and `windage drift replay` both run it,
// so that a replay tells what would have been paged.
//
// What belongs here: the choice of reference for each series, and what is said
// where there is none. What does not: reading the store, and the detector itself
// (drift/detect).
package watch
