// Package replay turns a data file with a time column into the history of
// series that drift/detect judges: what would have been paged on this data.
//
// What belongs here: which columns become which kind of series, how rows fall
// into blocks, and the report. What does not: file formats (internal/table) and
// any judgement (drift/detect).
package replay
