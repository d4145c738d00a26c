// Package release runs a release gate: it takes the traffic of both sides from
// the store, the eval results of both sides from files, has quality/gate judge
// every metric, and writes the report for people, CI and programs.
//
// What does not belong here: the statistics (quality/gate) and SQL (store).
package release
