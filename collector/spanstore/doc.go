// Package spanstore is the exporter that writes canonical rows and signals to
// ClickHouse: queue on disk, batches, retries by class of error, and the dead
// letter file for rows that the store can never take.
//
// What belongs here: from pdata to the store's insert. What does not: reading
// dialects, SQL, the connection (collector/storage).
//
//go:generate go tool -modfile=../../tools/mdatagen/go.mod mdatagen metadata.yaml
package spanstore
