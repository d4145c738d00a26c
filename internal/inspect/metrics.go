package inspect

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// metricUsage is token usage that came as a metric: a source of its own, for
// SDKs that send no spans. It is shown beside what spans say, never added.
type metricUsage struct {
	Kind      string  `json:"kind"` // always "metric_usage"
	Service   string  `json:"service_name,omitempty"`
	Metric    string  `json:"metric"`
	Provider  string  `json:"provider,omitempty"`
	Model     string  `json:"model,omitempty"`
	TokenType string  `json:"token_type,omitempty"`
	Tokens    float64 `json:"tokens"`
	Points    uint64  `json:"calls,omitempty"`
}

// usageMetrics are the metrics that count tokens.
var usageMetrics = map[string]bool{"gen_ai.client.token.usage": true, "claude_code.token.usage": true, "gemini_cli.token.usage": true, "gen_ai.usage.tokens": true}

// readMetrics takes the token usage out of md.
func readMetrics(md pmetric.Metrics) (out []metricUsage) {
	for _, rm := range md.ResourceMetrics().All() {
		service := text(rm.Resource().Attributes(), "service.name")
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				if !usageMetrics[m.Name()] {
					continue
				}
				add := func(a pcommon.Map, tokens float64, points uint64) {
					out = append(out, metricUsage{
						Kind: "metric_usage", Service: service, Metric: m.Name(), Tokens: tokens, Points: points,
						Provider: text(a, "gen_ai.provider.name", "gen_ai.system"), Model: text(a, "gen_ai.response.model", "gen_ai.request.model", "model"), TokenType: text(a, "gen_ai.token.type", "type"),
					})
				}
				switch m.Type() {
				case pmetric.MetricTypeHistogram:
					for _, p := range m.Histogram().DataPoints().All() {
						add(p.Attributes(), p.Sum(), p.Count())
					}
				case pmetric.MetricTypeExponentialHistogram:
					for _, p := range m.ExponentialHistogram().DataPoints().All() {
						add(p.Attributes(), p.Sum(), p.Count())
					}
				case pmetric.MetricTypeSum:
					for _, p := range m.Sum().DataPoints().All() {
						v := p.DoubleValue()
						if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
							v = float64(p.IntValue())
						}
						add(p.Attributes(), v, 0)
					}
				}
			}
		}
	}
	return out
}

func text(m pcommon.Map, keys ...string) string {
	for _, k := range keys {
		if v, ok := m.Get(k); ok && v.AsString() != "" {
			return v.AsString()
		}
	}
	return ""
}
