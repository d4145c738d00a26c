// Package table reads data files (CSV, JSON lines, Parquet) as typed columns.
//
// What belongs here: file formats, types of columns, missing values. What does
// not: statistics, and any meaning of a column.
//
// A table is read one column at a time, so that a comparison of two large files
// needs the memory of a few columns. Parquet is stored so; CSV and JSON lines
// hold rows, and are parsed once, on all cores, into columns in a temporary
// file ($TMPDIR), of small files in memory.
package table
