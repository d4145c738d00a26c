package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/windage-dev/windage/model"
)

// metricUsage is what an SDK's own metrics count: a source of its own, for
// SDKs that send no spans. It is shown beside what spans say, never added.
type metricUsage struct {
	Kind      string  `json:"kind"` // always "metric_usage"
	Service   string  `json:"service_name,omitempty"`
	Metric    string  `json:"metric"`
	Provider  string  `json:"provider,omitempty"`
	Model     string  `json:"model,omitempty"`
	Operation string  `json:"operation,omitempty"`
	TokenType string  `json:"token_type,omitempty"`
	ErrorType string  `json:"error_type,omitempty"`
	Tokens    float64 `json:"tokens,omitempty"`
	USD       float64 `json:"reported_cost_usd,omitempty"`
	Seconds   float64 `json:"seconds,omitempty"`
	Calls     int64   `json:"calls,omitempty"` // observations
}

// metricTotals adds points up: what each series has counted, however many
// points say so.
func metricTotals(points []model.UsagePoint) []metricUsage {
	type series struct {
		stream uint64
		start  int64
	}
	points = slices.Clone(points)
	slices.SortStableFunc(points, func(a, b model.UsagePoint) int { return a.At.Compare(b.At) })
	last := map[series]model.UsagePoint{}
	seen := map[series]map[int64]bool{}
	totals := map[metricUsage]*metricUsage{}
	for _, p := range points {
		k := series{p.Stream, p.Start.UnixNano()}
		value, count := p.Value, p.Count.Or(0)
		if seen[k] == nil {
			seen[k] = map[int64]bool{}
		}
		if seen[k][p.At.UnixNano()] {
			continue // the same point again
		}
		seen[k][p.At.UnixNano()] = true
		if p.Cumulative {
			if before, ok := last[k]; ok && value >= before.Value && count >= before.Count.Or(0) {
				value, count = value-before.Value, count-before.Count.Or(0)
			}
			last[k] = p
		}
		of := metricUsage{Kind: "metric_usage", Service: p.ServiceName, Metric: p.Metric, Provider: p.Provider, Model: p.Model, Operation: p.Operation, TokenType: p.TokenType, ErrorType: p.ErrorType}
		t := totals[of]
		if t == nil {
			t = new(metricUsage)
			*t = of
			totals[of] = t
		}
		switch p.Counts {
		case model.CountsTokens:
			t.Tokens += value
		case model.CountsCalls:
			t.Seconds += value
		case model.CountsUSD:
			t.USD += value
		}
		t.Calls += count
	}
	out := make([]metricUsage, 0, len(totals))
	for _, t := range totals {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b metricUsage) int {
		return cmp.Or(strings.Compare(a.Service, b.Service), strings.Compare(a.Metric, b.Metric), strings.Compare(a.Model, b.Model),
			strings.Compare(a.Operation, b.Operation), strings.Compare(a.TokenType, b.TokenType), strings.Compare(a.ErrorType, b.ErrorType), strings.Compare(a.Provider, b.Provider))
	})
	return out
}

func (u *metricUsage) text() string {
	parts := []string{u.Metric + ":"}
	for _, x := range [...]string{u.Model, u.Operation, u.TokenType, u.ErrorType} {
		if x != "" {
			parts = append(parts, x)
		}
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	switch {
	case u.Tokens > 0:
		parts = append(parts, number(u.Tokens)+" tokens")
	case u.USD > 0:
		parts = append(parts, number(u.USD)+" USD reported")
	default:
		parts = append(parts, fmt.Sprintf("%d calls in %s s", u.Calls, number(u.Seconds)))
	}
	return strings.Join(parts, " ")
}
