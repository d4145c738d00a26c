// Package table reads data files (CSV, JSON lines, Parquet) as typed columns.
//
// What belongs here: file formats, types of columns, missing values. What does
// not: statistics, and any meaning of a column.
//
// Parquet is read one column at a time, so a comparison of two large files
// needs the memory of a few columns. CSV and JSON lines hold rows; they are
// parsed in one pass on all cores into compact columns.
package table
