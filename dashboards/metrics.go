package dashboards

import (
	"regexp"
	"slices"
)

var metricName = regexp.MustCompile(`\b(?:[a-z]+:)?windage[_:][a-z0-9_:]+`)

// metricsOf are the metrics that queries use, each once, in order.
func metricsOf(queries []query) []string {
	var out []string
	for _, q := range queries {
		for _, name := range metricName.FindAllString(q.expr, -1) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}
