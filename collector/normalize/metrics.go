package normalize

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.yaml.in/yaml/v3"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
)

// Why a data point of a metric that counts usage was refused.
const (
	refusedType        = "metric_type"        // neither a histogram nor a monotonic sum
	refusedValue       = "metric_value"       // negative, not a number, or infinite
	refusedTemporality = "metric_temporality" // neither delta nor cumulative
	refusedTime        = "metric_no_time"     // no timestamp
	refusedTokenType   = "metric_token_type"  // tokens of a kind that no table knows
)

// MetricRule says what a metric of a dialect counts.
type MetricRule struct {
	// Counts is tokens, calls, usd, or ignore.
	Counts string `yaml:"counts"`
	// Input is exclusive where cached tokens are counted beside the input, and
	// Output where reasoning is counted beside the output.
	Input  string `yaml:"input"`
	Output string `yaml:"output"`
	// Type is the type of tokens that a metric without an attribute for it counts.
	Type string `yaml:"type"`
}

// countsNothing is of a metric that says what another one of the dialect says.
const countsNothing = "ignore"

// UnmarshalYAML accepts "tokens" or {counts: tokens, …}.
func (r *MetricRule) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		r.Counts = n.Value
		return nil
	}
	type plain MetricRule
	return n.Decode((*plain)(r))
}

func (r *MetricRule) check() error {
	switch r.Counts {
	case model.CountsTokens, model.CountsCalls, model.CountsUSD, countsNothing:
	default:
		return fmt.Errorf("counts %q: want tokens, calls, usd or ignore", r.Counts)
	}
	for _, x := range [...]string{r.Input, r.Output} {
		if x != "" && x != inclusive && x != exclusive {
			return fmt.Errorf("%q: want inclusive or exclusive", x)
		}
	}
	if _, ok := tokenTypes[r.Type]; r.Type != "" && !ok {
		return fmt.Errorf("type %q is no type of tokens", r.Type)
	}
	return nil
}

// tokenTypes are the spellings of what tokens are.
var tokenTypes = map[string]string{
	"input": "input", "prompt": "input", "output": "output", "completion": "output",
	"cacheread": "cache_read", "cache_read": "cache_read", "cached": "cache_read", "cache": "cache_read", "input_cached": "cache_read", "cache_read_input": "cache_read",
	"cachecreation": "cache_write", "cache_creation": "cache_write", "cache_write": "cache_write", "cachewrite": "cache_write", "cache_creation_input": "cache_write",
	"reasoning": "reasoning", "thought": "reasoning", "thoughts": "reasoning", "thinking": "reasoning", "tool": "input_tool_use",
	"input_audio": "input_audio", "output_audio": "output_audio", "input_image": "input_image", "output_image": "output_image",
}

// total is the inclusive total that tokens of a type are part of, "" where
// they are a subset of what is counted already.
func (r MetricRule) total(tokens string) string {
	switch tokens {
	case "input", "output":
		return tokens
	case "cache_read", "cache_write":
		if r.Input == exclusive {
			return "input"
		}
	case "input_tool_use":
		return "input"
	case "reasoning":
		if r.Output == exclusive {
			return "output"
		}
	}
	return ""
}

// MetricsTold is what Metrics asks of its caller. Both may be nil.
type MetricsTold struct {
	// Refused is told why a point cannot be read.
	Refused func(reason string)
	// Product is the product of what has these attributes.
	Product func(get func(attribute string) string) string
}

// Metrics reads the data points of the metrics in which SDKs count what calls
// used. Other metrics are not looked at. md is left as it is.
func (n *Normalizer) Metrics(md pmetric.Metrics, told MetricsTold) []model.UsagePoint {
	var out []model.UsagePoint
	canonical.EachPoint(md, func(p model.UsagePoint, _ pcommon.Map) { out = append(out, p) }) // it went through another normalize already
	r := &pointReader{n: n, MetricsTold: told}
	for _, rm := range md.ResourceMetrics().All() {
		r.resource(rm.Resource())
		for _, sm := range rm.ScopeMetrics().All() {
			r.scope = sm.Scope()
			from := n.reg.scope(sm.Scope().Name()).dialect
			for _, m := range sm.Metrics().All() {
				rule, dialect, ok := n.reg.metric(m.Name(), from)
				if !ok || rule.Counts == countsNothing {
					continue
				}
				r.metric, r.rule, r.dialect = m, rule, dialect
				r.read()
			}
		}
	}
	return append(out, r.points...)
}

// metric is the rule of a metric's name: that of the scope's dialect, else the
// one that any dialect has.
func (r *registry) metric(name string, from *Dialect) (MetricRule, *Dialect, bool) {
	if from != nil {
		if rule, ok := from.Metrics[name]; ok {
			return rule, from, true
		}
	}
	d := r.metrics[name]
	if d == nil {
		return MetricRule{}, nil, false
	}
	return d.Metrics[name], d, true
}

// operation is the kind of row that a standard operation is.
func (r *registry) operation(name string) (model.Kind, bool) {
	for i := range r.byName["otel-genai"].kinds {
		if k := &r.byName["otel-genai"].kinds[i]; name != "" && k.attribute == "gen_ai.operation.name" {
			v, ok := k.match(name)
			return v.kind, ok
		}
	}
	return "", false
}

// pointReader reads the points of one request.
type pointReader struct {
	MetricsTold
	n       *Normalizer
	res     pcommon.Resource
	row     model.Span // what the resource says
	scope   pcommon.InstrumentationScope
	metric  pmetric.Metric
	rule    MetricRule
	dialect *Dialect
	points  []model.UsagePoint
}

func (r *pointReader) refuse(reason string) {
	if r.Refused != nil {
		r.Refused(reason)
	}
}

func (r *pointReader) resource(res pcommon.Resource) {
	r.res, r.row = res, model.Span{}
	canonical.Resource(&r.row, res)
}

func (r *pointReader) read() {
	switch m := r.metric; m.Type() {
	case pmetric.MetricTypeHistogram:
		h := m.Histogram()
		for _, p := range h.DataPoints().All() {
			if !p.HasSum() {
				r.refuse(refusedValue)
				continue
			}
			r.point(p.Attributes(), h.AggregationTemporality(), p.StartTimestamp(), p.Timestamp(), p.Flags(), p.Sum(), model.Some(clampCount(p.Count())))
		}
	case pmetric.MetricTypeExponentialHistogram:
		h := m.ExponentialHistogram()
		for _, p := range h.DataPoints().All() {
			if !p.HasSum() {
				r.refuse(refusedValue)
				continue
			}
			r.point(p.Attributes(), h.AggregationTemporality(), p.StartTimestamp(), p.Timestamp(), p.Flags(), p.Sum(), model.Some(clampCount(p.Count())))
		}
	case pmetric.MetricTypeSum:
		s := m.Sum()
		for _, p := range s.DataPoints().All() {
			if !s.IsMonotonic() || r.rule.Counts == model.CountsCalls {
				r.refuse(refusedType)
				continue
			}
			v := p.DoubleValue()
			if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
				v = float64(p.IntValue())
			}
			r.point(p.Attributes(), s.AggregationTemporality(), p.StartTimestamp(), p.Timestamp(), p.Flags(), v, model.Int{})
		}
	case pmetric.MetricTypeGauge:
		for range m.Gauge().DataPoints().Len() {
			r.refuse(refusedType)
		}
	case pmetric.MetricTypeSummary:
		for range m.Summary().DataPoints().Len() {
			r.refuse(refusedType)
		}
	}
}

func clampCount(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

func (r *pointReader) point(a pcommon.Map, t pmetric.AggregationTemporality, start, at pcommon.Timestamp, flags pmetric.DataPointFlags, value float64, count model.Int) {
	switch {
	case flags.NoRecordedValue():
		return // the series has ended; it says nothing
	case t != pmetric.AggregationTemporalityDelta && t != pmetric.AggregationTemporalityCumulative:
		r.refuse(refusedTemporality)
		return
	case at == 0:
		r.refuse(refusedTime)
		return
	case math.IsNaN(value) || math.IsInf(value, 0) || value < 0 || value > 1<<53:
		r.refuse(refusedValue)
		return
	}
	p := model.UsagePoint{
		ServiceName: r.row.ServiceName, Environment: r.row.Environment, ScopeName: r.scope.Name(), Dialect: r.dialect.Name,
		Metric: r.metric.Name(), Counts: r.rule.Counts, Stream: r.stream(a), Cumulative: t == pmetric.AggregationTemporalityCumulative,
		At: at.AsTime(), Value: value, Count: count,
		Model:     textOf(a, "gen_ai.response.model", "gen_ai.request.model", "model"),
		Operation: strings.ToLower(textOf(a, "gen_ai.operation.name")), ErrorType: textOf(a, "error.type"),
	}
	if start != 0 {
		p.Start = start.AsTime()
	}
	p.Provider = provider(textOf(a, "gen_ai.provider.name", "gen_ai.system"), p.Model)
	if kind, ok := r.n.reg.operation(p.Operation); ok && !kind.IsCall() {
		return // an agent's or a tool's: the calls in it are counted themselves
	}
	switch p.Counts {
	case model.CountsTokens:
		said := strings.ToLower(textOf(a, "gen_ai.token.type", "gen_ai.usage.token_type", "llm.usage.token_type", "token_type", "type"))
		if said == "" {
			said = r.rule.Type
		}
		if said == "total" {
			return // the sum of the others
		}
		known := false
		if p.TokenType, known = tokenTypes[said]; !known {
			r.refuse(refusedTokenType)
			return
		}
		p.Total = r.rule.total(p.TokenType)
	case model.CountsCalls:
		if u := strings.ToLower(r.metric.Unit()); strings.HasPrefix(u, "ms") || strings.HasPrefix(u, "milli") {
			p.Value /= 1000
		}
	}
	if r.Product != nil {
		p.Product = r.Product(func(k string) string {
			if v, ok := a.Get(k); ok {
				return v.AsString()
			}
			if v, ok := r.res.Attributes().Get(k); ok {
				return v.AsString()
			}
			return ""
		})
	}
	r.points = append(r.points, p)
}

// stream is the identity of a point's series: two processes, two
// instrumentations and two sets of attributes are different series.
func (r *pointReader) stream(a pcommon.Map) uint64 {
	h := fnv.New64a()
	text := func(s string) {
		var n [4]byte
		binary.LittleEndian.PutUint32(n[:], uint32(len(s)))
		_, _ = h.Write(n[:])
		_, _ = h.Write([]byte(s))
	}
	all := func(m pcommon.Map) {
		keys := make([]string, 0, m.Len())
		for k := range m.All() {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			v, _ := m.Get(k)
			text(k)
			text(v.AsString())
		}
		text("")
	}
	all(r.res.Attributes())
	text(r.scope.Name())
	text(r.scope.Version())
	text(r.metric.Name())
	all(a)
	return h.Sum64()
}

func textOf(m pcommon.Map, keys ...string) string {
	for _, k := range keys {
		if v, ok := m.Get(k); ok {
			if s := v.AsString(); s != "" && !looksLikeText(s) {
				if len(s) > maxMetricLabel {
					s = s[:maxMetricLabel]
				}
				return strings.ToValidUTF8(s, "")
			}
		}
	}
	return ""
}

// maxMetricLabel bounds what is kept of an attribute of a metric.
const maxMetricLabel = 200
