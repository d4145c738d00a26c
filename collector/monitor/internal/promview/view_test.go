package promview

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/catalogue"
	"github.com/windage-dev/windage/internal/metrics"
	"github.com/windage-dev/windage/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

var at = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func ptr[V any](v V) *V { return &v }

func est(v, low, high float64, n int64) model.Estimate {
	return model.Estimate{Value: &v, Interval: &model.Interval95{Low: low, High: high}, N: n}
}

// full has something for every family.
func full() *model.Snapshot {
	return &model.Snapshot{
		AsOf: at, ComputedAt: at, StaleAfter: 10 * time.Minute,
		Products: []model.ProductStatus{{
			Name: "support",
			Metrics: []model.LayerMetric{
				{Layer: model.Offline, Name: "groundedness", Unit: model.UnitRatio, Tier: model.Blocker, Estimate: est(0.9, 0.88, 0.92, 500), Target: ptr(0.92), Breached: true},
				{Layer: model.Online, Name: "latency_p95", Unit: model.UnitSeconds, Tier: model.Context, Estimate: est(2, 1.8, 2.2, 500), Target: ptr(3.0)},
				{Layer: model.Business, Name: "cost_per_task", Unit: model.UnitUSD, Tier: model.Warning, Estimate: est(0.1, 0.09, 0.11, 80), Target: ptr(0.2)},
				{Layer: model.Offline, Name: "recall", Unit: model.UnitRatio, Tier: model.Context, Estimate: model.Estimate{Reason: "no labels"}},
			},
			Series: []model.SeriesVerdict{
				{Product: "support", Series: "output_tokens", State: model.SeriesDrifting, Effect: est(-1, -1.2, -0.8, 900), EffectUnit: "sd", Evidence: 30, Threshold: 10},
				{Product: "support", Series: "language", State: model.SeriesNotMeasurable, Reason: "too little"},
			},
			Freshness: []model.Freshness{{Source: "calls", Layer: model.Online, Last: at}, {Source: "labels", Layer: model.Offline}},
			Cost: model.CostTotals{Calls: 40, USD: 3, Waste: &model.Waste{
				Tasks: 80, USD: 3 * model.USD, Retry: model.WasteShare{USD: model.USD, Share: est(0.3, 0.2, 0.4, 80)}, Failed: model.WasteShare{USD: 2 * model.USD, Share: est(0.6, 0.5, 0.7, 80)},
				Any: model.WasteShare{USD: 2 * model.USD, Share: est(0.7, 0.6, 0.8, 80)}, CacheSaved: ptr(model.USD), CacheKnown: 30, Calls: 40,
				Fallback: model.Fallback{Calls: 4, Of: 36, Share: est(0.1, 0.05, 0.2, 36), Saved: ptr(model.USD), Known: 3, QualityDelta: est(-0.1, -0.2, 0, 60), Scored: 10, OthersScored: 50},
			}, ByDimension: []model.DimensionCost{{Dimension: "tenant", Value: "acme", USD: 2 * model.USD}, {Dimension: "tenant", Value: model.OtherValue, USD: model.USD, Unpriced: 2}}, Sample: &model.Sample{
				SampledCalls: 30, USD: 9, Interval: model.Interval95{Low: 6, High: 12}, Tokens: 4000, SeenTokens: 1000, TokensOf: model.Interval95{Low: 3000, High: 5000},
			}},
			FalsePages: est(0.5, 0.1, 1.4, 8),
			Performance: []model.PerformanceMetric{
				{Metric: "accuracy", Source: model.PerformanceEstimated, Estimate: est(0.8, 0.78, 0.82, 4000), Baseline: ptr(est(0.85, 0.84, 0.86, 90000))},
				{Metric: "accuracy", Source: model.PerformanceRealised, Maturity: 72 * time.Hour, Estimate: est(0.81, 0.8, 0.82, 3000), Baseline: ptr(est(0.85, 0.84, 0.86, 80000)), Labelled: ptr(0.9)},
				{Metric: "accuracy", Source: model.PerformanceRealised, Maturity: 24 * time.Hour, Estimate: model.Estimate{Reason: "not measurable yet"}, Labelled: ptr(0.01)},
			},
			Judges: []model.JudgeAgreement{{Evaluation: "groundedness", Judge: "gpt-4.1/3", Kappa: est(0.7, 0.6, 0.8, 200), Current: true}},
		}},
		Incidents: []model.Incident{
			{ID: "1", Product: "support", Kind: model.IncidentDrift, Series: "output_tokens", Severity: model.Page, OpenedAt: at,
				LedBy: &model.Lead{Kind: model.IncidentBudgetBurn, Series: "support/burn_fast"}},
			{ID: "2", Product: "support", Kind: model.IncidentDrift, Series: "input_tokens", Severity: model.Page, OpenedAt: at, ClosedAt: at},
		},
		Budgets: []model.BudgetStatus{{
			Name: "support", Product: "support", Limit: 100 * model.USD, Cap: 120 * model.USD, Commitment: 60 * model.USD, Start: at.Add(-24 * time.Hour), End: at, UsedUSD: ptr(12.0), Unpriced: 3, SeenUSD: ptr(4.0), UsedInterval: &model.Interval95{Low: 9, High: 15},
			Forecast: est(90, 80, 110, 3), Burn: map[string]float64{"1h": 2},
		}},
		Infra: []model.InfraStatus{{Name: "gpu", USD: 98.4, IdleUSD: 24.6, Busy: 0.61, Tokens: 1000, PerThousandTokens: ptr(0.2), Parts: []model.InfraPart{{Product: "support", Served: "llama", USD: 73.8}}}},
		Tasks: []model.TaskTotal{{Product: "support", TaskType: "chat", Outcome: model.OutcomeSuccess, Count: 7, USD: 0.7}},
	}
}

func gather(t *testing.T, s *model.Snapshot, now time.Time, maxLabel int) (map[string]*dto.MetricFamily, *prometheus.CounterVec) {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	overflow := metrics.Counter(r, "windage_label_overflow_total")
	r.MustRegister(New(func() *model.Snapshot { return s }, func() time.Time { return now }, maxLabel, overflow))
	fams, err := r.Gather()
	require.NoError(t, err)
	out := map[string]*dto.MetricFamily{}
	for _, f := range fams {
		out[f.GetName()] = f
	}
	return out, overflow
}

func TestEveryFamilyIsThatOfTheCatalogue(t *testing.T) {
	got, _ := gather(t, full(), at, 50)
	types := map[dto.MetricType]catalogue.Type{dto.MetricType_COUNTER: catalogue.Counter, dto.MetricType_GAUGE: catalogue.Gauge}
	seen := 0
	for _, m := range catalogue.Metrics {
		if !Names[m.Name] {
			continue
		}
		seen++
		f := got[m.Name]
		require.NotNil(t, f, "%s has no sample though the snapshot has everything", m.Name)
		require.Equal(t, m.Type, types[f.GetType()], m.Name)
		require.Equal(t, m.Help, f.GetHelp(), m.Name)
		want := append([]string(nil), m.Labels...)
		sort.Strings(want)
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		require.Equal(t, want, labels, m.Name)
	}
	require.Len(t, Names, seen, "a family that is not in the catalogue")
	require.Len(t, got, seen)
}

func TestExposition(t *testing.T) {
	got, _ := gather(t, full(), at, 50)
	names := make([]string, 0, len(got))
	for n := range got {
		names = append(names, n)
	}
	sort.Strings(names)
	var b bytes.Buffer
	for _, n := range names {
		_, err := expfmt.MetricFamilyToText(&b, got[n])
		require.NoError(t, err)
	}
	path := filepath.Join("testdata", "metrics.golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String(), "after a wanted change: go test ./collector/monitor/internal/promview -update")
}

func TestNothingRatherThanZeroOrStale(t *testing.T) {
	for name, s := range map[string]*model.Snapshot{"never computed": {}, "too old": full()} {
		got, _ := gather(t, s, at.Add(time.Hour), 50)
		require.Empty(t, got, name)
	}
	got, _ := gather(t, full(), at, 50)
	for _, m := range got["windage_layer_ratio"].GetMetric() {
		require.NotContains(t, m.String(), "recall", "not measured")
	}
	require.Len(t, got["windage_incident_active"].GetMetric(), 1, "a closed incident is not active")
	require.Len(t, got["windage_layer_last_data_timestamp_seconds"].GetMetric(), 1, "a layer that never had data has no time")
}

func TestTheCapCutsWhatIsCalm(t *testing.T) {
	s := full()
	for i := range 100 {
		state := model.SeriesQuiet
		if i == 99 {
			state = model.SeriesDrifting
		}
		s.Products[0].Series = append(s.Products[0].Series, model.SeriesVerdict{Series: fmt.Sprintf("s%02d", i), State: state, Effect: est(0, -1, 1, 5), EffectUnit: "sd"})
		s.Tasks = append(s.Tasks, model.TaskTotal{Product: "support", TaskType: fmt.Sprintf("t%02d", i), Outcome: model.OutcomeSuccess, Count: 1})
	}
	got, overflow := gather(t, s, at, 10)
	var drifting, tasks float64
	for _, m := range got["windage_drift_state"].GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetValue() == "s99" {
				drifting++
			}
		}
	}
	for _, m := range got["windage_tasks_total"].GetMetric() {
		tasks += m.GetCounter().GetValue()
	}
	require.EqualValues(t, 1, drifting, "what drifts is shown")
	require.EqualValues(t, 107, tasks, "the sum is right, whatever the cap")
	require.LessOrEqual(t, len(got["windage_tasks_total"].GetMetric()), 11)
	var m dto.Metric
	require.NoError(t, overflow.WithLabelValues("windage_drift_state", "series").Write(&m))
	require.Greater(t, m.GetCounter().GetValue(), 80.0)
}
