// Package store is the only room that knows SQL and the ClickHouse drivers:
// the schema and its migrations (schema/), the queries (query/), typed
// writers and readers, and the classes of ClickHouse's errors.
//
// What belongs here: everything that is said to ClickHouse. What does not:
// when it is said (collector/monitor owns time), what is concluded from it
// (the pure rooms), and how ClickHouse is run (store/engine).
//
// Raw tables are called <something>_rows; people and dashboards read the
// views spans, calls, tasks, signals and results, whose columns are a
// contract.
package store
