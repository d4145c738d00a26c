package promview

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/windage-dev/windage/internal/catalogue"
	"github.com/windage-dev/windage/model"
)

// Other is the label value that stands for all values past the cap.
const Other = model.OtherValue

// View is a prometheus.Collector over the latest snapshot.
type View struct {
	snapshot func() *model.Snapshot
	now      func() time.Time
	maxLabel int
	descs    map[string]*family

	overflow *prometheus.CounterVec // observations whose label was past the cap

	mu      sync.Mutex
	counted time.Time // the snapshot whose overflow was counted
}

type family struct {
	catalogue.Metric
	desc *prometheus.Desc
}

// Names are the metric families that come out of the snapshot.
var Names = func() map[string]bool {
	out := map[string]bool{}
	for _, m := range catalogue.Metrics {
		if catalogue.FromSnapshot(m.Name) {
			out[m.Name] = true
		}
	}
	return out
}()

// New returns a view of what snapshot returns, at the clock now. No label
// takes more than maxLabel values; what is beyond is counted in overflow.
func New(snapshot func() *model.Snapshot, now func() time.Time, maxLabel int, overflow *prometheus.CounterVec) *View {
	v := &View{snapshot: snapshot, now: now, maxLabel: max(1, maxLabel), descs: map[string]*family{}, overflow: overflow}
	for _, m := range catalogue.Metrics {
		if Names[m.Name] {
			v.descs[m.Name] = &family{m, prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)}
		}
	}
	return v
}

// Describe sends the families of the snapshot.
func (v *View) Describe(ch chan<- *prometheus.Desc) {
	for _, f := range v.descs {
		ch <- f.desc
	}
}

// Collect sends the values of the snapshot, or nothing where it is stale.
func (v *View) Collect(ch chan<- prometheus.Metric) {
	s := v.snapshot()
	if s.Stale(v.now()) {
		return
	}
	out := newSink(v.descs, v.maxLabel)
	// First, so that where the cap of label values cuts, an incident keeps its name.
	for _, i := range s.Incidents {
		if !i.Open() {
			continue
		}
		labels := []string{i.Product, string(i.Kind), i.Series, string(i.Severity)}
		out.add("windage_incident_active", 1, labels...)
		out.add("windage_incident_opened_timestamp_seconds", seconds(i.OpenedAt), labels...)
		if l := i.LedBy; l != nil {
			out.add("windage_incident_lead_info", 1, i.Product, string(i.Kind), i.Series, string(l.Kind), l.Series)
		}
	}
	held := suppressed(s)
	for i := range s.Products {
		product(out, &s.Products[i])
		out.add("windage_suppressed_pages", held[s.Products[i].Name], s.Products[i].Name)
	}
	for _, t := range s.Tasks {
		labels := []string{t.Product, t.TaskType, string(t.Outcome)}
		out.add("windage_tasks_total", float64(t.Count), labels...)
		out.add("windage_task_cost_usd_total", t.USD, labels...)
	}
	for _, b := range s.Budgets {
		budget(out, b)
	}
	for i := range s.Infra {
		infra(out, &s.Infra[i])
	}
	out.send(ch)
	v.countOverflow(s.ComputedAt, out)
}

// countOverflow counts what the caps cut off, once per snapshot however often
// it is scraped.
func (v *View) countOverflow(at time.Time, out *sink) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.counted.Equal(at) {
		return
	}
	v.counted = at
	for k, n := range out.cut {
		v.overflow.WithLabelValues(k[0], k[1]).Add(n)
	}
}

func product(out *sink, p *model.ProductStatus) {
	newest := map[model.Layer]time.Time{}
	for _, f := range p.Freshness {
		if f.Layer != "" && f.Last.After(newest[f.Layer]) {
			newest[f.Layer] = f.Last
		}
	}
	for l, at := range newest {
		out.add("windage_layer_last_data_timestamp_seconds", seconds(at), p.Name, string(l))
	}
	sampling(out, p.Name, &p.Cost)
	for _, c := range p.Cost.ByDimension {
		out.add("windage_cost_by_dimension_usd", c.USD.Float(), p.Name, c.Dimension, c.Value)
		out.add("windage_unpriced_calls_by_dimension", float64(c.Unpriced), p.Name, c.Dimension, c.Value)
	}
	waste(out, p.Name, p.Cost.Waste)
	for i := range p.Metrics {
		layerMetric(out, p.Name, &p.Metrics[i])
	}
	// Where the cap cuts, what needs attention stays.
	series := append([]model.SeriesVerdict(nil), p.Series...)
	sort.SliceStable(series, func(a, b int) bool { return urgency(series[a].State) > urgency(series[b].State) })
	for i := range series {
		drift(out, p.Name, &series[i])
	}
	performance(out, p)
	if p.FalsePages.Measured() {
		out.add("windage_drift_false_pages_per_30d", *p.FalsePages.Value, p.Name)
		if p.FalsePages.Interval != nil {
			out.add("windage_drift_false_pages_per_30d_upper", p.FalsePages.Interval.High, p.Name)
		}
	}
}

// suppressed counts the open findings of each product whose page is held back.
func suppressed(s *model.Snapshot) map[string]float64 {
	held := map[string]float64{}
	for _, i := range s.Incidents {
		if i.Open() && i.SuppressedBy != "" && i.Severity != model.Page {
			held[i.Product]++
		}
		for _, e := range i.Explained {
			if i.Open() && e.ClosedAt.IsZero() && e.SuppressedBy != "" && e.Severity != model.Page {
				held[i.Product]++
			}
		}
	}
	return held
}

// performance are the predictions and the judges of a product.
func performance(out *sink, p *model.ProductStatus) {
	for i := range p.Performance {
		m := &p.Performance[i]
		family, samples, labels := "windage_estimated_performance_ratio", "windage_estimated_performance_samples", []string{p.Name, m.Metric}
		if m.Source == model.PerformanceRealised {
			if m.Maturity == 0 {
				continue // nothing is known of its labels
			}
			age := m.Maturity.Hours()
			family, samples, labels = "windage_realised_performance_ratio", "windage_realised_performance_samples", append(labels, fmt.Sprintf("%gh", age))
			if m.Labelled != nil {
				out.add("windage_labelled_ratio", *m.Labelled, p.Name, labels[2])
			}
		}
		if interval(out, family, m.Estimate, labels) {
			out.add(samples, float64(m.N), labels...)
			if m.Baseline != nil && m.Baseline.Measured() {
				out.add(family+"_baseline", *m.Baseline.Value, labels...)
			}
		}
	}
	for _, j := range p.Judges {
		labels := []string{p.Name, j.Evaluation, j.Judge}
		if interval(out, "windage_judge_agreement_kappa", j.Kappa, labels) {
			out.add("windage_judge_agreement_samples", float64(j.Kappa.N), labels...)
		}
	}
}

// interval sends an estimate with its ends, or nothing where it is not measured.
func interval(out *sink, family string, e model.Estimate, labels []string) bool {
	if !e.Measured() {
		return false
	}
	out.add(family, *e.Value, labels...)
	if e.Interval != nil {
		out.add(family+"_lower", e.Interval.Low, labels...)
		out.add(family+"_upper", e.Interval.High, labels...)
	}
	return true
}

// sampling says how much more all traffic costs than what was seen of it.
func sampling(out *sink, product string, c *model.CostTotals) {
	if c.Calls == 0 {
		return
	}
	ratio := func(of string, seen, all float64, i model.Interval95) {
		if seen <= 0 {
			return
		}
		out.add("windage_sampling_ratio", all/seen, product, of)
		out.add("windage_sampling_ratio_lower", i.Low/seen, product, of)
		out.add("windage_sampling_ratio_upper", i.High/seen, product, of)
	}
	s := c.Sample
	if s == nil {
		one := model.Interval95{Low: 1, High: 1}
		ratio("cost", 1, 1, one)
		ratio("tokens", 1, 1, one)
		out.add("windage_sampled_calls_ratio", 0, product)
		return
	}
	ratio("cost", c.USD, s.USD, s.Interval)
	ratio("tokens", float64(s.SeenTokens), s.Tokens, s.TokensOf)
	out.add("windage_sampled_calls_ratio", float64(s.SampledCalls)/float64(c.Calls), product)
}

func layerMetric(out *sink, product string, m *model.LayerMetric) {
	labels := []string{product, string(m.Layer), m.Name, string(m.Tier)}
	family := "windage_layer_" + string(m.Unit)
	if m.Target != nil {
		out.add(family+"_objective", *m.Target, labels...)
	}
	if !m.Measured() { // nothing rather than zero
		return
	}
	out.add(family, *m.Value, labels...)
	if m.Interval != nil {
		out.add(family+"_lower", m.Interval.Low, labels...)
		if !m.LowerBound {
			out.add(family+"_upper", m.Interval.High, labels...)
		}
	}
	out.add("windage_layer_samples", float64(m.N), labels...)
	if m.Target != nil {
		out.add("windage_layer_breached", bit(m.Breached), labels...)
	}
}

func drift(out *sink, product string, s *model.SeriesVerdict) {
	out.add("windage_drift_state", 1, product, s.Series, string(s.State))
	if s.State == model.SeriesNotMeasurable {
		return
	}
	out.add("windage_drift_samples", float64(s.Effect.N), product, s.Series)
	if s.Effect.Measured() {
		out.add("windage_drift_effect", *s.Effect.Value, product, s.Series, s.EffectUnit)
		if i := s.Effect.Interval; i != nil {
			out.add("windage_drift_effect_lower", lowerSize(*i), product, s.Series, s.EffectUnit)
		}
	}
	if s.Threshold > 0 {
		out.add("windage_drift_evidence", s.Evidence, product, s.Series)
		out.add("windage_drift_evidence_threshold", s.Threshold, product, s.Series)
	}
}

// lowerSize is the smallest size of the effect that the interval allows.
func lowerSize(i model.Interval95) float64 {
	switch {
	case i.Low > 0:
		return i.Low
	case i.High < 0:
		return -i.High
	default:
		return 0
	}
}

func urgency(s model.SeriesState) int {
	switch s {
	case model.SeriesDrifting:
		return 3
	case model.SeriesSuspect:
		return 2
	case model.SeriesQuiet:
		return 1
	default:
		return 0
	}
}

func budget(out *sink, b model.BudgetStatus) {
	labels := []string{b.Name, b.Product}
	out.add("windage_budget_usd", b.Limit.Float(), labels...)
	if b.Cap > 0 {
		out.add("windage_budget_cap_usd", b.Cap.Float(), labels...)
	}
	if b.Commitment > 0 {
		out.add("windage_budget_commitment_usd", b.Commitment.Float(), labels...)
	}
	out.add("windage_budget_period_seconds", b.End.Sub(b.Start).Seconds(), labels...)
	out.add("windage_budget_period_end_timestamp_seconds", seconds(b.End), labels...)
	out.add("windage_budget_unpriced_calls", float64(b.Unpriced), labels...)
	if b.UsedUSD != nil {
		out.add("windage_budget_used_usd", *b.UsedUSD, labels...)
	}
	if b.SeenUSD != nil {
		out.add("windage_budget_used_seen_usd", *b.SeenUSD, labels...)
	}
	if i := b.UsedInterval; i != nil {
		out.add("windage_budget_used_lower_usd", i.Low, labels...)
		out.add("windage_budget_used_upper_usd", i.High, labels...)
	}
	if b.Forecast.Measured() {
		out.add("windage_budget_forecast_usd", *b.Forecast.Value, labels...)
		if i := b.Forecast.Interval; i != nil {
			out.add("windage_budget_forecast_lower_usd", i.Low, labels...)
			out.add("windage_budget_forecast_upper_usd", i.High, labels...)
		}
	}
	for w, r := range b.Burn {
		out.add("windage_budget_burn_ratio", r, b.Name, b.Product, w)
	}
}

func infra(out *sink, r *model.InfraStatus) {
	out.add("windage_infra_cost_usd", r.USD, r.Name)
	out.add("windage_infra_idle_usd", r.IdleUSD, r.Name)
	out.add("windage_infra_busy_ratio", r.Busy, r.Name)
	if r.PerThousandTokens != nil {
		out.add("windage_infra_usd_per_thousand_tokens", *r.PerThousandTokens, r.Name)
	}
	for _, p := range r.Parts {
		out.add("windage_infra_allocated_usd", p.USD, r.Name, p.Product, p.Served)
	}
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func bit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// sink gathers samples, so that label values past the cap can be put together
// before anything is sent.
type sink struct {
	descs map[string]*family
	max   int
	seen  map[string]map[string]bool // label → values let through, over all families
	out   map[string]*sample
	order []string
	cut   map[[2]string]float64
}

type sample struct {
	f      *family
	value  float64
	labels []string
}

func newSink(descs map[string]*family, maxLabel int) *sink {
	return &sink{descs: descs, max: maxLabel, seen: map[string]map[string]bool{}, out: map[string]*sample{}, cut: map[[2]string]float64{}}
}

// add takes one sample. A value past the cap of its label becomes Other. Under
// Other, counters add up and so do active incidents; another gauge of many
// things at once would mean nothing and is left out, and counted.
func (s *sink) add(name string, v float64, labels ...string) {
	f, ok := s.descs[name]
	if !ok || len(labels) != len(f.Labels) {
		panic(fmt.Sprintf("promview: %s%v is not in the catalogue", name, labels)) // a programming error, caught by the contract test
	}
	other := false
	key := name
	labels = append([]string(nil), labels...)
	for i, l := range f.Labels {
		labels[i] = strings.ToValidUTF8(labels[i], "\uFFFD")
		if !s.admit(l, labels[i]) {
			s.cut[[2]string{name, l}]++
			labels[i] = Other
			other = true
		}
		key += "\x00" + labels[i]
	}
	if other && f.Type != catalogue.Counter && name != "windage_incident_active" {
		return
	}
	if have := s.out[key]; have != nil {
		if other || f.Type == catalogue.Counter {
			have.value += v
		}
		return
	}
	s.out[key] = &sample{f, v, labels}
	s.order = append(s.order, key)
}

func (s *sink) admit(label, value string) bool {
	if label == "value" {
		return true // of a dimension of cost, whose values are bounded where they are made: cut here, they would no longer add up
	}
	m := s.seen[label]
	if m == nil {
		m = map[string]bool{}
		s.seen[label] = m
	}
	if m[value] {
		return true
	}
	if len(m) >= s.max {
		return false
	}
	m[value] = true
	return true
}

func (s *sink) send(ch chan<- prometheus.Metric) {
	for _, k := range s.order {
		m := s.out[k]
		t := prometheus.GaugeValue
		if m.f.Type == catalogue.Counter {
			t = prometheus.CounterValue
		}
		ch <- prometheus.MustNewConstMetric(m.f.desc, t, m.value, m.labels...)
	}
}
