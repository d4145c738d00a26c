package page

import (
	"time"

	"github.com/windage-dev/windage/model"
)

// sampleNow is the time at which the sample is looked at.
var sampleNow = time.Date(2026, 11, 24, 9, 42, 10, 0, time.UTC)

func f(v float64) *float64 { return &v }

func est(v, lo, hi float64, n int64) model.Estimate {
	return model.Estimate{Value: &v, Interval: &model.Interval95{Low: lo, High: hi}, N: n}
}

func ptr(e model.Estimate) *model.Estimate { return &e }

// trend is a history that goes from a to b, one point an hour.
func trend(a, b, half float64) []model.Point {
	var out []model.Point
	for i := range 24 {
		v := a + (b-a)*float64(max(0, i-12))/11
		out = append(out, model.Point{At: sampleNow.Add(time.Duration(i-23) * time.Hour), Value: v, Interval: &model.Interval95{Low: v - half, High: v + half}, N: 200})
	}
	return out
}

// sample is a snapshot with one product in trouble, one that is fine and one
// that is still being learnt.
func sample() *model.Snapshot {
	ago := func(d time.Duration) time.Time { return sampleNow.Add(-d) }
	change := model.Change{At: ago(3 * time.Hour), Product: "support-copilot", Kind: "prompt_version", Name: "answer", From: "v12", To: "v13"}
	base := est(0.81, 0.80, 0.82, 21400)
	drop := est(-0.13, -0.16, -0.10, 1840)
	return &model.Snapshot{
		AsOf: ago(2 * time.Minute), ComputedAt: ago(10 * time.Second), Interval: time.Minute, StaleAfter: 5 * time.Minute,
		Products: []model.ProductStatus{{
			Name: "claims-triage", Owner: "team-claims", Services: []string{"claims"}, LastSeen: ago(20 * time.Second),
			Lights: []model.LayerLight{
				{Layer: model.Offline, State: model.StateOK, Why: "Precision 0.94 holds its objective of 0.9."},
				{Layer: model.Online, State: model.StateOK, Why: "Override rate is as before."},
				{Layer: model.Business, State: model.StateOK, Why: "Cost per successful task holds its objective."},
			},
			Metrics: []model.LayerMetric{
				{Layer: model.Offline, Name: "precision", Title: "Precision", Unit: model.UnitRatio, Tier: model.Blocker, HigherIsBetter: true, Estimate: est(0.942, 0.931, 0.951, 1900), Objective: ">= 0.9", Target: f(0.9), Window: 24 * time.Hour, History: trend(0.94, 0.942, 0.01)},
				{Layer: model.Online, Name: "override_rate", Title: "Override rate", Unit: model.UnitRatio, Tier: model.Warning, Estimate: est(0.034, 0.028, 0.041, 3100), Window: 24 * time.Hour, History: trend(0.033, 0.034, 0.006)},
			},
			Cost:      model.CostTotals{Window: 24 * time.Hour, USD: 12.4, Calls: 8100, UnpricedShare: f(0), ByModel: []model.CostRow{{Provider: "anthropic", Model: "claude-haiku-4-5", USD: 12.4, Calls: 8100}}},
			Series:    []model.SeriesVerdict{{Product: "claims-triage", Series: "score", Kind: "score", State: model.SeriesQuiet, Effect: est(0.012, 0.004, 0.02, 3100), EffectUnit: "psi", Evidence: 1.4, Threshold: 720, Baseline: "rolling 28d"}},
			Freshness: []model.Freshness{{Source: "spans", Last: ago(20 * time.Second)}, {Source: "label", Layer: model.Offline, Last: ago(7 * time.Hour)}},
			Performance: []model.PerformanceMetric{
				{Metric: "accuracy", Source: model.PerformanceEstimated, Estimate: est(0.873, 0.861, 0.885, 3100), Baseline: ptr(est(0.912, 0.908, 0.916, 84000))},
				{Metric: "roc_auc", Source: model.PerformanceEstimated, Estimate: est(0.934, 0.925, 0.943, 3100)},
				{Metric: "accuracy", Source: model.PerformanceRealised, Maturity: 7 * 24 * time.Hour, Estimate: est(0.906, 0.893, 0.918, 2210), Labelled: f(0.71)},
				{Metric: "precision", Source: model.PerformanceRealised, Maturity: 7 * 24 * time.Hour, Estimate: model.Estimate{Reason: "no labelled prediction counts for it"}},
			},
			Judges: []model.JudgeAgreement{
				{Evaluation: "groundedness", Judge: "gpt-5.2 v4", Kappa: est(0.81, 0.72, 0.9, 160), Baseline: ptr(est(0.79, 0.7, 0.88, 640)), Current: true},
				{Evaluation: "groundedness", Judge: "gpt-5 v3", Kappa: model.Estimate{Reason: "no verdict on an anchor in the last week"}},
			},
			FalsePages: est(0.4, 0.1, 1.3, 56),
		}, {
			Name: "support-copilot", Owner: "team-support", Runbook: "https://wiki.example/support", Services: []string{"copilot-api", "copilot-worker"}, LastSeen: ago(4 * time.Second),
			Lights: []model.LayerLight{
				{Layer: model.Offline, State: model.StateOK, Why: "Groundedness 0.951 holds its objective of 0.92."},
				{Layer: model.Online, State: model.StateBreached, Why: "Acceptance fell from 81 % to 68 % while the offline score rose."},
				{Layer: model.Business, State: model.StateWarning, Why: "Cost per successful task is 2.6 times its baseline."},
			},
			Metrics: []model.LayerMetric{
				{Layer: model.Offline, Name: "groundedness", Title: "Groundedness", Unit: model.UnitRatio, Tier: model.Blocker, HigherIsBetter: true, Estimate: est(0.951, 0.938, 0.962, 1200), Objective: ">= 0.92", Target: f(0.92), Window: 24 * time.Hour, History: trend(0.93, 0.951, 0.012)},
				{Layer: model.Online, Name: "acceptance_rate", Title: "Acceptance rate", Unit: model.UnitRatio, Tier: model.Blocker, HigherIsBetter: true, Estimate: est(0.68, 0.65, 0.71, 1840), Bounds: &model.Interval95{Low: 0.61, High: 0.74}, Baseline: &base, Change: &drop, Objective: ">= 0.75", Target: f(0.75), Breached: true, Window: 24 * time.Hour, History: trend(0.81, 0.68, 0.02)},
				{Layer: model.Business, Name: "cost_per_successful_task", Title: "Cost per successful task", Unit: model.UnitUSD, Tier: model.Blocker, Estimate: est(0.214, 0.188, 0.249, 410), Objective: "<= 0.12", Target: f(0.12), Breached: true, Window: 24 * time.Hour, History: trend(0.082, 0.214, 0.02)},
				{Layer: model.Online, Name: "time_to_first_token", Title: "Time to first token (p95)", Unit: model.UnitSeconds, Tier: model.Warning, Estimate: est(0.84, 0.80, 0.89, 9200), Objective: "<= 2", Target: f(2), Window: 24 * time.Hour, History: trend(0.8, 0.84, 0.04)},
				{Layer: model.Business, Name: "retention", Title: "Retention (week 4)", Unit: model.UnitRatio, Tier: model.Context, Estimate: model.Estimate{Reason: "the first cohort is complete on 12 Dec"}, Window: 28 * 24 * time.Hour},
			},
			Series: []model.SeriesVerdict{
				{Product: "support-copilot", Series: "output_tokens{language=de}", Kind: "numeric", State: model.SeriesDrifting, Effect: est(0.41, 0.33, 0.5, 5230), EffectUnit: "psi", Evidence: 1840, Threshold: 720, Baseline: "pinned 2026-10-01/28d", Moved: "Answers in German are shorter: the median fell from 310 to 140 tokens.",
					Bins: []string{"0–50", "50–100", "100–200", "200–400", "400–800", "> 800"}, Reference: []float64{0.05, 0.1, 0.2, 0.4, 0.2, 0.05}, Current: []float64{0.2, 0.3, 0.25, 0.15, 0.08, 0.02}},
				{Product: "support-copilot", Series: "finish_reason", Kind: "categorical", State: model.SeriesSuspect, Effect: est(0.06, 0.02, 0.11, 5230), EffectUnit: "jensen_shannon", Evidence: 96, Threshold: 720, Baseline: "pinned 2026-10-01/28d", Moved: "length: 2 % → 6 %", Bins: []string{"stop", "length", "tool_calls"}, Reference: []float64{0.8, 0.02, 0.18}, Current: []float64{0.77, 0.06, 0.17}},
				{Product: "support-copilot", Series: "embedding", Kind: "vector", State: model.SeriesLearning, LearnUntil: sampleNow.Add(9 * 24 * time.Hour)},
				{Product: "support-copilot", Series: "tool_name", Kind: "categorical", State: model.SeriesQuiet, Effect: est(0.008, 0.001, 0.02, 2100), EffectUnit: "jensen_shannon", Evidence: 0.8, Threshold: 720, Baseline: "pinned 2026-10-01/28d"},
				{Product: "support-copilot", Series: "user_rating", Kind: "score", State: model.SeriesNotMeasurable, Reason: "only 12 ratings in 28 days"},
			},
			Divergences: []model.Divergence{{Better: "offline/groundedness", Worse: "online/acceptance_rate", Up: est(0.021, 0.008, 0.034, 1200), Down: drop, Verdict: "diverging", Why: "offline groundedness rose by 2.1 points while online acceptance fell by 13 points since prompt v13."}},
			MetricUsage: []model.MetricSource{
				{Service: "support-worker", Calls: 900, InputTokens: 812000, OutputTokens: 40100, USD: 2.31, UnpricedTokens: 1200, SpanCalls: 880, SpanTokens: 833000, Gap: f(0.023), Verdict: "differ", Last: ago(time.Minute)},
				{Service: "nightly-batch", InputTokens: 51000, OutputTokens: 900, USD: 0.14, Verdict: "metrics_only", Last: ago(time.Minute)},
			},
			Cost: model.CostTotals{Window: 24 * time.Hour, USD: 1184.2, Calls: 51200, UnpricedCalls: 610, UnpricedShare: f(0.0119), Tasks: 4100,
				Sample:   &model.Sample{SampledCalls: 40960, Calls: 419840, USD: 9712, Interval: model.Interval95{Low: 9301, High: 10123}},
				ByModel:  []model.CostRow{{Provider: "openai", Model: "gpt-5.2", USD: 902.11, Calls: 31000}, {Provider: "anthropic", Model: "claude-sonnet-4-6", USD: 282.09, Calls: 19590}},
				Unpriced: []model.UnpricedRow{{Provider: "azure", Model: "our-private-deployment", Reason: "unknown_model", Calls: 610, Tokens: 912000}}},
			Freshness:  []model.Freshness{{Source: "spans", Last: ago(4 * time.Second)}, {Source: "feedback", Layer: model.Online, Last: ago(90 * time.Second)}, {Source: "suite", Layer: model.Offline, Last: ago(6 * time.Hour)}, {Source: "business", Layer: model.Business}},
			FalsePages: est(0.7, 0.2, 1.8, 56),
		}, {
			Name: "new-search", LastSeen: ago(time.Minute),
			Lights: []model.LayerLight{
				{Layer: model.Offline, State: model.StateUnknown, Why: "No offline data: send the results of an eval suite."},
				{Layer: model.Online, State: model.StateUnknown, Why: "Learning until 26 Nov 09:00 UTC: 14 hours of a first day are known."},
				{Layer: model.Business, State: model.StateUnknown, Why: "No outcome was reported yet."},
			},
			Series: []model.SeriesVerdict{{Product: "new-search", Series: "input_tokens", State: model.SeriesLearning, LearnUntil: sampleNow.Add(47 * time.Hour)}},
		}},
		Incidents: []model.Incident{{
			ID: "a1", Product: "support-copilot", Kind: model.IncidentDrift, Series: "output_tokens{language=de}", Severity: model.Page,
			StartedAt: ago(3 * time.Hour), OpenedAt: ago(140 * time.Minute), UpdatedAt: ago(time.Minute), Effect: est(0.41, 0.33, 0.5, 5230), EffectUnit: "psi",
			Evidence: "Answers in German became shorter than the pinned baseline explains: evidence 1840 against the 720 that one false page a month allows.",
			Moved:    "output_tokens, language=de: median 310 → 140", Causes: []model.Change{change}, Traces: []string{"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7c3ce929d0e0e4799"}, Explains: []string{"output_tokens", "time_to_last_token"}, PagedAt: ago(2 * time.Hour),
			Explained: []model.Explained{
				{Kind: model.IncidentDrift, Series: "output_tokens", Severity: model.Ticket, StartedAt: ago(3 * time.Hour), OpenedAt: ago(2 * time.Hour), Effect: est(0.12, 0.08, 0.17, 21400), EffectUnit: "psi"},
				{Kind: model.IncidentDrift, Series: "time_to_last_token", Severity: model.Ticket, StartedAt: ago(3 * time.Hour), OpenedAt: ago(2 * time.Hour), Effect: model.Estimate{Reason: "nothing measured yet"}},
			},
			Runbook: "https://github.com/windage-dev/windage/blob/main/docs/runbooks/WindageDrift.md",
		}, {
			ID: "a2", Product: "support-copilot", Kind: model.IncidentRunaway, Series: "agent:refund-bot", Severity: model.Page, StartedAt: ago(40 * time.Minute), OpenedAt: ago(38 * time.Minute),
			Effect: est(5.2, 4.4, 6.1, 37), EffectUnit: "times", Evidence: "37 tasks called lookup_order with the same arguments more than ten times; they cost $212 in 40 minutes.", Moved: "calls per task: 6 → 71",
		}, {
			ID: "a3", Product: "support-copilot", Kind: model.IncidentDivergence, Series: "groundedness ↔ acceptance_rate", Severity: model.Ticket, OpenedAt: ago(2 * time.Hour), Evidence: "The offline score rose while acceptance fell.", Causes: []model.Change{change},
		}, {
			ID: "a0", Product: "claims-triage", Kind: model.IncidentVolume, Series: "calls", Severity: model.Ticket, OpenedAt: ago(30 * time.Hour), ClosedAt: ago(26 * time.Hour), Evidence: "Calls stopped for 35 minutes.",
		}},
		Budgets: []model.BudgetStatus{{
			Name: "support", Product: "support-copilot", Limit: 5000 * model.USD, Cap: 6000 * model.USD, Commitment: 3000 * model.USD, Period: "month", Start: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
			UsedUSD: f(4310.2), SeenUSD: f(431), UsedInterval: &model.Interval95{Low: 4180, High: 4440}, Planned: 3890, Forecast: est(6240, 5480, 7010, 7), Burn: map[string]float64{"1h": 15.2, "5m": 16.1}, State: model.StateBreached, Why: "Spend over the last hour is 15.2 times what the budget plans for it.",
		}},
		Infra: []model.InfraStatus{{
			Name: "gpu-pool", Window: 24 * time.Hour, PerHour: 4 * model.USD, USD: 96, IdleUSD: 12, Busy: 0.61, Calls: 5120, Tokens: 4_100_000, PerThousandTokens: f(0.0234),
			Parts: []model.InfraPart{{Product: "claims-triage", Served: "llama-3.3-70b", USD: 84, Calls: 5120, Tokens: 4_100_000, PerThousandTokens: f(0.0205)}},
		}},
		Changes: []model.Change{change, {At: ago(50 * time.Hour), Product: "claims-triage", Kind: "model", Name: "claims", From: "claude-haiku-4", To: "claude-haiku-4-5"}},
		Health: model.Health{StoreUp: true, Leader: true, LastSuccess: ago(10 * time.Second), SlotDuration: 412 * time.Millisecond, EngineUp: func() *bool { b := true; return &b }(), Rows: 1284113, Bytes: 412 << 20,
			NotUnderstood: []model.NotUnderstood{{Reason: "unknown_keys", Service: "support-copilot", Scope: "openinference.instrumentation.openai", ScopeVersion: "0.2.0", Count: 1204, Last: ago(time.Minute), Attributes: []string{"llm.token_count.holographic", "llm.<b>new</b>"}}, {Reason: "call_without_use", Count: 3, Last: ago(time.Hour)}}},
		Versions: model.Versions{Windage: "0.1.0", Revision: "6a8d221", Config: "9c1f2ab4", PriceSource: "bundled", PriceDate: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)},
	}
}
