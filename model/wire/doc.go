// Package wire is the compact binary form of rows and signals: what lies in a
// queue between the pipeline and the store.
//
// It belongs here how a row becomes bytes and again the same row, and nothing
// of where the bytes go, nor how they are compressed. A field that is not set
// costs one bit, a text that the row before had in the same field one byte.
package wire
