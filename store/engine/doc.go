// Package engine runs an embedded ClickHouse beside the process that needs
// one: a supervised child process that loads libchdb and serves ClickHouse's
// native TCP protocol on a loopback port, so that clickhouse-go connects to
// it exactly as it connects to a server.
//
// What belongs here: finding, fetching and loading the library; the child
// (library → sessions → native protocol); the supervisor in the parent. What
// does not: any knowledge of windage's tables, which is package store's.
//
// The life of the parts:
//
//	Start ── locks the data folder, opens the listener, starts the child and
//	         hands it lock, listener, configuration and a lifeline as inherited files
//	child ── loads libchdb, serves connections; ends when the lifeline closes
//	watch ── starts another child, with backoff, when one dies; address and
//	         password stay the same, so every DSN handed out stays valid
package engine
