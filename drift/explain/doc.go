// Package explain says what a change is: which values or ranges moved, how much
// of it is another mix of rows and how much a change within each kind of row,
// which entry of the change log came just before, and all that in one sentence
// for a tired person.
//
// What belongs here: naming and splitting a change that drift/detect has found.
// What does not: deciding whether there is one.
package explain
