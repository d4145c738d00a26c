// Package alerts turns the user's file into Prometheus rules: what pages,
// what opens a ticket, and what each of them says.
//
// What belongs here: the rules, the recording rules they lean on, their
// rendering as a Prometheus rule file or a PrometheusRule object, and their
// promtool tests. What does not: deciding whether something drifted or burns
// (the monitor does, and exports the verdict), routing (Alertmanager does;
// see alertmanager.example.yml), IO.
//
// A rule compares exported numbers and never copies one from windage.yaml:
// docs/adr/0003-alerts-follow-exported-thresholds.md says why.
//
// generated/ holds the rules of an empty windage.yaml, which serve every
// product, and one promtool test file for each alert.
package alerts

//go:generate go test -count=1 -run ^TestGenerated$ . -update
