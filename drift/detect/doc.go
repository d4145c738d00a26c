// Package detect decides which series have drifted, and which of them deserve
// a page.
//
// It is a pure function of history: all series' blocks in the order of time,
// and settings, give verdicts and incidents. There is no state to lose, so a
// restart changes nothing, and a second run of the same slot says the same.
// Every decision about a block reads only blocks up to it, so that the history
// of incidents is the one that would have been paged.
//
// The setting a person turns is the number of false pages the installation may
// send in thirty days; thresholds, windows and the split over series follow
// from it. docs/drift.md derives them.
//
// What belongs here: scores, their null distribution, evidence, incidents,
// hierarchy and the page budget. What does not: how blocks are counted
// (drift/block) and what is said about a change (drift/explain).
package detect
