package livemetrics

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/internal/catalogue"
	"github.com/windage-dev/windage/internal/metrics"
	"github.com/windage-dev/windage/internal/specfile"
	"github.com/windage-dev/windage/model"
)

// Bucket bounds of the OpenTelemetry GenAI metrics.
var (
	durationBuckets = []float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
	ttftBuckets     = []float64{0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
)

// counters are all live metrics. They are safe for concurrent use.
type counters struct {
	cfg Config
	id  component.ID
	log *zap.Logger

	bounds func(now time.Time) canonical.Bounds // of the store; nothing is out of them where there is none
	limit  *limiter
	spans  *seen
	notes  *seen // signals
	// points are those of metrics that count what is new, streams the series of
	// those that count all since they began.
	points  *seen
	streams *streams
	own     func()

	count                       map[string]*prometheus.CounterVec
	hist                        map[string]*prometheus.HistogramVec
	runaways                    *runaways
	spend                       *money
	reported                    *money
	computed                    *money
	metricSpend, metricReported *money
	labels                      map[string][]string

	countSeries seriesOf[prometheus.Counter]
	histSeries  seriesOf[prometheus.Observer]
	sumSeries   seriesOf[*amount]
}

var counterNames = []string{
	"windage_calls_total", "windage_tokens_total", "windage_unpriced_calls_total", "windage_unpriced_tokens_total",
	"windage_suppressed_calls_total", "windage_usage_missing_total", "windage_call_errors_total",
	"windage_metric_tokens_total", "windage_metric_calls_total", "windage_metric_unpriced_tokens_total",
	"windage_spans_total", "windage_signals_total", "windage_runaway_tasks_total",
}

// Start registers the metrics where the monitor extension serves them.
func (c *counters) Start(ctx context.Context, host component.Host) error {
	spec, err := specfile.Load(c.cfg.Spec)
	if err != nil {
		return err
	}
	r := metrics.Registerer(host)
	c.limit = newLimiter(spec.Labels.MaxValues, c.cfg.MaxSeries, metrics.Counter(r, "windage_label_overflow_total"))
	c.spans, c.notes = newSeen(c.cfg.DedupSpans), newSeen(c.cfg.DedupSpans)
	c.points, c.streams = newSeen(c.cfg.DedupSpans), newStreams(c.cfg.DedupSpans, time.Now())
	c.count, c.hist, c.labels = map[string]*prometheus.CounterVec{}, map[string]*prometheus.HistogramVec{}, map[string][]string{}
	for _, m := range catalogue.Metrics {
		c.labels[m.Name] = m.Labels
	}
	for _, name := range counterNames {
		c.count[name] = metrics.Counter(r, name)
	}
	c.bounds = boundsOf(host)
	c.runaways = &runaways{log: c.log, dropped: metrics.Counter(r, "windage_dropped_total").WithLabelValues("runaway_not_stored"), open: bookOf(host)}
	if c.runaways.shelf, err = shelfOf(ctx, host, c.cfg.Storage, c.id); err != nil {
		return err
	}
	c.runaways.start()
	c.hist["windage_call_duration_seconds"] = metrics.Histogram(r, "windage_call_duration_seconds", durationBuckets)
	c.hist["windage_time_to_first_token_seconds"] = metrics.Histogram(r, "windage_time_to_first_token_seconds", ttftBuckets)
	c.spend, c.reported, c.computed = newMoney("windage_cost_usd_total"), newMoney("windage_reported_cost_usd_total"), newMoney("windage_reported_cost_computed_usd_total")
	c.metricSpend, c.metricReported = newMoney("windage_metric_cost_usd_total"), newMoney("windage_metric_reported_cost_usd_total")

	var errs []error
	sums := []prometheus.Collector{c.spend, c.reported, c.computed, c.metricSpend, c.metricReported}
	for _, m := range sums {
		errs = append(errs, r.Register(m))
	}
	c.own = func() {
		for _, m := range sums {
			r.Unregister(m)
		}
	}
	return errors.Join(errs...)
}

// Shutdown stores what is left to store and takes the amounts from the registry, so that a reloaded
// configuration can register its own.
func (c *counters) Shutdown(ctx context.Context) error {
	if c.runaways != nil {
		c.runaways.shutdown(ctx)
	}
	if c.own != nil {
		c.own()
	}
	return nil
}

func (c *counters) traces(_ context.Context, td ptrace.Traces) error {
	var row model.Span
	bounds := c.bounds(time.Now())
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				// what can never be stored is not counted either
				if bounds.Refuse(model.TraceID(span.TraceID()), model.SpanID(span.SpanID()), span.StartTimestamp().AsTime()) != "" {
					c.signalsOf(&row, rs.Resource(), ss.Scope(), span)
					continue
				}
				c.span(&row, rs.Resource(), ss.Scope(), span)
			}
		}
	}
	return nil
}

func (c *counters) logs(_ context.Context, ld plog.Logs) error {
	bounds := c.bounds(time.Now())
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				if row, ok := canonical.DecodeRow(rl.Resource(), sl.Scope(), lr); ok {
					if bounds.Refuse(row.TraceID, row.SpanID, row.Start) == "" {
						c.row(row)
					}
				} else if s, ok := canonical.DecodeSignal(rl.Resource(), lr); ok && bounds.RefuseTime(s.At) == "" {
					c.signal(&s)
				}
			}
		}
	}
	return nil
}

// inc adds to a counter of the catalogue, its labels bounded.
func (c *counters) inc(name string, by float64, values ...string) {
	c.counter(name, values...).Add(by)
}

func (c *counters) counter(name string, values ...string) prometheus.Counter {
	return series(&c.countSeries, c, name, values, func(v []string) prometheus.Counter { return c.count[name].WithLabelValues(v...) })
}

func (c *counters) observe(name string, seconds float64, trace model.TraceID, values ...string) {
	o := series(&c.histSeries, c, name, values, func(v []string) prometheus.Observer { return c.hist[name].WithLabelValues(v...) })
	if e, ok := o.(prometheus.ExemplarObserver); ok && !trace.IsZero() {
		e.ObserveWithExemplar(seconds, prometheus.Labels{"trace_id": trace.String()})
		return
	}
	o.Observe(seconds)
}

func (c *counters) amount(m *money, name string, v model.Money, values ...string) {
	series(&c.sumSeries, c, name, values, m.series).add(v)
}

// seriesOf remembers the series of label values that needed no replacing, so
// that the common case is one look-up. What it holds is bounded by the limits.
type seriesOf[S any] struct {
	mu sync.RWMutex
	m  map[seriesKey]S
}

// seriesKey names a series; no metric has more labels.
type seriesKey struct {
	metric string
	values [5]string
}

func series[S any](known *seriesOf[S], c *counters, name string, values []string, create func([]string) S) S {
	key := seriesKey{metric: name}
	copy(key.values[:], values)
	known.mu.RLock()
	s, ok := known.m[key]
	known.mu.RUnlock()
	if ok {
		return s
	}
	bounded := slices.Clone(values)
	c.limit.admit(name, c.labels[name], bounded)
	s = create(bounded)
	if !slices.Equal(bounded, values) {
		return s
	}
	for i := range values {
		key.values[i] = strings.Clone(values[i]) // the text belongs to the request
	}
	known.mu.Lock()
	defer known.mu.Unlock()
	if known.m == nil {
		known.m = map[seriesKey]S{}
	}
	known.m[key] = s
	return s
}

// span decodes a span, into row, only where row does more with it than count that it
// passed: what may count, tool calls (a task may run away on them) and signals.
func (c *counters) span(row *model.Span, res pcommon.Resource, scope pcommon.InstrumentationScope, span ptrace.Span) {
	if kind, dialect := canonical.Kind(span.Attributes()); kind != model.KindToolCall && span.Events().Len() == 0 && !canonical.MayCount(span.Attributes()) {
		if c.spans.firstSpan(span.TraceID(), span.SpanID()) {
			c.inc("windage_spans_total", 1, string(kind), dialect)
		}
		return
	}
	canonical.DecodeInto(row, res, scope, span)
	c.row(row)
}

// signalsOf counts the signals on a span that is not counted itself.
func (c *counters) signalsOf(row *model.Span, res pcommon.Resource, scope pcommon.InstrumentationScope, span ptrace.Span) {
	if span.Events().Len() == 0 {
		return
	}
	canonical.DecodeInto(row, res, scope, span)
	for i := range row.Signals {
		c.signal(&row.Signals[i])
	}
}

// row counts a span row the first time it passes.
func (c *counters) row(r *model.Span) {
	for i := range r.Signals {
		c.signal(&r.Signals[i])
	}
	if !c.spans.firstSpan(r.TraceID, r.SpanID) {
		return
	}
	c.inc("windage_spans_total", 1, string(r.Kind), r.Dialect)
	if r.Kind == model.KindToolCall && !r.Repeats() || r.Kind.IsCall() && r.CostCounted {
		c.runaways.observe(r, func(reason string) prometheus.Counter {
			return c.counter("windage_runaway_tasks_total", r.Product, reason)
		})
	}
	switch {
	case !r.MayCount():
	case r.CostCounted:
		c.call(r)
	case r.CostSuppressedRule != "":
		c.inc("windage_suppressed_calls_total", 1, r.Product, r.CostSuppressedRule)
	}
}

func (c *counters) call(r *model.Span) {
	name := modelName(r)
	status := string(model.CostUnpriced)
	if r.Cost != nil {
		status = string(r.Cost.Status)
	}
	c.inc("windage_calls_total", 1, r.Product, r.Provider, name, r.Operation, status)
	c.observe("windage_call_duration_seconds", r.Duration.Seconds(), r.TraceID, r.Product, r.Provider, name, r.Operation)
	if r.TTFT.Known && r.TTFT.N >= 0 {
		c.observe("windage_time_to_first_token_seconds", time.Duration(r.TTFT.N).Seconds(), r.TraceID, r.Product, r.Provider, name)
	}
	if r.Failed() {
		c.inc("windage_call_errors_total", 1, r.Product, r.Provider, name, r.ErrorType)
	}
	if r.InContainer() {
		return
	}
	if r.UsageMissingReason != "" {
		c.inc("windage_usage_missing_total", 1, r.Product, r.Dialect, r.UsageMissingReason)
	}
	var buf [11]model.Leaf
	tokens := int64(0)
	for _, leaf := range r.Leaves(buf[:0]) {
		tokens += leaf.Tokens
		c.inc("windage_tokens_total", float64(leaf.Tokens), r.Product, r.Provider, name, leaf.Type)
	}
	c.cost(r, name, tokens)
}

func (c *counters) cost(r *model.Span, name string, tokens int64) {
	if r.Cost == nil || r.Cost.Status == model.CostUnpriced {
		reason := "not_priced"
		if r.Cost != nil {
			reason = r.Cost.Reason
		}
		c.inc("windage_unpriced_calls_total", 1, r.Product, r.Provider, reason)
		c.inc("windage_unpriced_tokens_total", float64(tokens), r.Product, r.Provider, reason)
	} else {
		for _, p := range [...]struct {
			component string
			v         model.Money
		}{{"input", r.Cost.Input}, {"output", r.Cost.Output}, {"cache_read", r.Cost.CacheRead}, {"cache_write", r.Cost.CacheWrite}, {"other", r.Cost.Other}} {
			if p.v != 0 {
				c.amount(c.spend, "windage_cost_usd_total", p.v, r.Product, r.Provider, name, p.component)
			}
		}
	}
	if r.ReportedCost != nil {
		c.amount(c.reported, "windage_reported_cost_usd_total", *r.ReportedCost, r.Product, r.Provider)
		if r.Cost != nil && r.Cost.Status != model.CostUnpriced {
			c.amount(c.computed, "windage_reported_cost_computed_usd_total", r.Cost.USD, r.Product, r.Provider)
		}
	}
}

// modelName is the model that answered, else the one that was asked.
func modelName(r *model.Span) string {
	if r.ResponseModel != "" {
		return r.ResponseModel
	}
	return r.RequestModel
}

// signal counts a signal the first time it passes.
func (c *counters) signal(s *model.Signal) {
	var room [256]byte
	if c.notes.first(s.AppendIdentity(room[:0])) {
		c.inc("windage_signals_total", 1, string(s.Kind), s.Source)
	}
}
