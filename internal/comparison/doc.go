// Package comparison compares two data files column by column and shows the
// result on a terminal, as JSON or as an HTML page.
//
// What belongs here: opening files, pairing columns, spreading the work over
// the cores, and the forms of the report. What does not: file formats (package
// table) and statistics (package drift/compare).
package comparison
