// Package storage is the extension that owns the ClickHouse connection and
// its schema, and the embedded engine where no server is given. Other
// components find it by its id and ask it for the store.
//
// What belongs here: life and state of the connection. What does not: SQL and
// the driver (package store).
//
//go:generate go tool -modfile=../../tools/mdatagen/go.mod mdatagen metadata.yaml
package storage
