// Package promview shows a snapshot of the evaluation loop as Prometheus
// metrics. It reads nothing but the snapshot: a scrape never waits for the
// store. Names, types and labels come from internal/catalogue; values older
// than the snapshot's time to live are not shown at all, because a gauge that
// keeps its last value lies.
package promview
