// Package count decides which call rows are counted. One request to a model
// is often told by several spans: two instrumentations of one client, a
// framework's wrapper, a client and its gateway, an exporter that sends twice.
// Exactly one of them counts; each of the others says which one, and by which
// rule.
//
// The decision is a pure function of the set of rows: the order in which they
// came, how they were batched, and whether some came twice make no difference.
// It needs only what the store keeps of a row (ids, scope, times, models,
// usage, response id, kind, parent, status, service), so that the same code
// runs on a batch at ingest and on a whole minute read back from the store.
//
// What does not belong here: prices, dialects, IO.
package count
