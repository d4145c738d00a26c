// Package series says which series windage watches and how: what kind each
// is, whether a change in it may page, which direction is good. It gathers
// their hourly blocks into what drift/detect takes.
//
// What belongs here: names and roles of series, the history of blocks. What
// does not: how blocks are counted (store), what is concluded (drift/detect).
package series
