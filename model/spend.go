package model

import "time"

// BudgetStatus is one budget in its current period.
type BudgetStatus struct {
	Name    string `json:"budget"`
	Product string `json:"product"`
	Team    string `json:"team,omitempty"`   // whose calls count; empty: everybody's
	Tenant  string `json:"tenant,omitempty"` // the same
	Limit   Money  `json:"limit_usd"`
	// Cap must never be exceeded, Commitment is billed in any case; 0 for none.
	Cap        Money     `json:"cap_usd,omitempty"`
	Commitment Money     `json:"commitment_usd,omitempty"`
	Period     string    `json:"period"` // day, week, month
	TimeZone   string    `json:"time_zone,omitempty"`
	Start      time.Time `json:"period_start"`
	End        time.Time `json:"period_end"`
	UsedUSD    *float64  `json:"used_usd"` // nil where calls were made and none has a price
	// Unpriced calls of the period are not in UsedUSD, which is a lower bound then.
	Unpriced int64 `json:"unpriced_calls"`
	// SeenUSD is what the calls that were seen cost, where UsedUSD is an
	// estimate from sampled traces, and UsedInterval that of UsedUSD; nil else.
	SeenUSD      *float64           `json:"seen_usd,omitempty"`
	UsedInterval *Interval95        `json:"used_interval,omitempty"`
	Planned      float64            `json:"planned_usd"`  // what the shape plans for until now
	Forecast     Estimate           `json:"forecast_usd"` // at the end of the period, 80 % interval
	Burn         map[string]float64 `json:"burn"`         // window ("5m", "1h", …) → spend over plan
	State        State              `json:"state"`
	Why          string             `json:"why"`
}

// InfraStatus is what something paid by the hour cost over Window, and who
// used it. Parts and IdleUSD add up to USD. It stands beside the cost of calls
// and is never added to it: a model may have a price of its own.
type InfraStatus struct {
	Name    string        `json:"resource"`
	Window  time.Duration `json:"window_ns"`
	PerHour Money         `json:"usd_per_hour"`
	USD     float64       `json:"usd"`
	IdleUSD float64       `json:"idle_usd"` // of hours that served nothing
	// Busy is the share of the minutes in which at least one call began.
	Busy   float64 `json:"busy_ratio"`
	Calls  int64   `json:"calls"`
	Tokens int64   `json:"tokens"`
	// PerThousandTokens includes the idle hours; nil where no token was served.
	PerThousandTokens *float64    `json:"usd_per_thousand_tokens"`
	Parts             []InfraPart `json:"parts,omitempty"` // the dearest first
}

// InfraPart is what one product's use of a model or data source is charged,
// without idle hours.
type InfraPart struct {
	Product           string   `json:"product"`
	Served            string   `json:"served"`
	USD               float64  `json:"usd"`
	Calls             int64    `json:"calls"`
	Tokens            int64    `json:"tokens"`
	PerThousandTokens *float64 `json:"usd_per_thousand_tokens"`
}

// CostTotals is what a product's calls cost over Window.
type CostTotals struct {
	Window        time.Duration `json:"window_ns"`
	USD           float64       `json:"usd"` // of the priced part: a lower bound where UnpricedShare > 0
	Calls         int64         `json:"calls"`
	UnpricedCalls int64         `json:"unpriced_calls"`
	PartialCalls  int64         `json:"partial_calls"`
	// UnpricedShare is of calls; nil without calls.
	UnpricedShare *float64      `json:"unpriced_share"`
	Unpriced      []UnpricedRow `json:"unpriced,omitempty"` // the models without a price, most calls first
	ByModel       []CostRow     `json:"by_model,omitempty"` // costliest first
	// ByDimension is the spend by one dimension at a time. The values of each
	// dimension add up to the spend of all calls, exactly.
	ByDimension []DimensionCost `json:"by_dimension,omitempty"`
	// Waste is what closed tasks spent without need; nil without tasks.
	Waste *Waste `json:"waste,omitempty"`
	// Sample is nil where every call was seen.
	Sample     *Sample `json:"sample,omitempty"`
	Tasks      int64   `json:"tasks"`
	Suppressed int64   `json:"suppressed_calls"` // rows that tell of a call already counted
}

// The values of a dimension that stand for no single one.
const (
	UnknownValue = "unknown"   // the calls have none
	OtherValue   = "__other__" // all values beyond the dearest
)

// DimensionCost is what the calls with one value of one dimension cost.
type DimensionCost struct {
	Dimension string `json:"dimension"` // provider, model, team, tenant, prompt_version, variant, environment, tool, outcome, purpose
	Value     string `json:"value"`
	USD       Money  `json:"usd"` // of the priced part
	// Unpriced calls have no price: their cost is unknown, not zero.
	Unpriced int64 `json:"unpriced_calls"`
}

// Waste is what the closed tasks of a product spent without need, as
// cost/rollup tells it, and what the cache and cheaper models saved. Amounts
// are of the priced part.
type Waste struct {
	Tasks      int64 `json:"tasks"`
	Incomplete int64 `json:"incomplete"` // tasks with a call without a whole price: USD is a lower bound
	USD        Money `json:"usd"`        // of all of them
	// Retry is what was spent on attempts that a later one repeated, Loop on
	// reading again what a tool had already told, Failed on tasks known not to
	// have succeeded; Any is retried or failed, what is both once.
	Retry  WasteShare `json:"retry"`
	Loop   WasteShare `json:"loop"`
	Failed WasteShare `json:"failed"`
	Any    WasteShare `json:"any"`
	// CacheSaved is what the prompt cache saved less what writing to it cost,
	// over the CacheKnown of Calls that tell; nil where none does.
	CacheSaved *Money   `json:"cache_saved_usd"`
	CacheKnown int64    `json:"cache_known_calls"`
	Calls      int64    `json:"calls"`
	Fallback   Fallback `json:"fallback"`
}

// WasteShare is an amount and its share of what all tasks cost.
type WasteShare struct {
	USD   Money    `json:"usd"`
	Share Estimate `json:"share"`
}

// Fallback is what a model answered other than the one first asked for.
type Fallback struct {
	Calls int64    `json:"calls"` // logical calls, whatever the number of attempts
	Of    int64    `json:"of_calls"`
	Share Estimate `json:"share"`
	USD   Money    `json:"usd"`
	// Saved is what the model asked for would have cost more, over the Known
	// calls of which the price book can tell; nil where of none.
	Saved *Money `json:"saved_usd"`
	Known int64  `json:"known_calls"`
	// QualityDelta is the mean score of tasks with such a call less that of the
	// others, of Scored and OthersScored tasks.
	QualityDelta Estimate `json:"quality_delta"`
	Scored       int64    `json:"scored_tasks"`
	OthersScored int64    `json:"others_scored_tasks"`
}

// Sample is what the calls of all traffic cost, estimated from sampled traces
// (Horvitz-Thompson). Intervals are of 95 % and leave out what sampling does
// not cause.
type Sample struct {
	SampledCalls int64      `json:"sampled_calls"` // of those seen; the others were kept for certain
	Calls        float64    `json:"estimated_calls"`
	USD          float64    `json:"estimated_usd"`
	Interval     Interval95 `json:"interval"`
	USDRatio     float64    `json:"usd_ratio"` // of USD over what was seen, 1 where nothing cost anything
	Tokens       float64    `json:"estimated_tokens"`
	SeenTokens   int64      `json:"seen_tokens"`
	TokensOf     Interval95 `json:"tokens_interval"`
}

// Mixed reports whether some calls are sampled and others are not: a total is
// right, a share or a mean taken without weights is not.
func (s *Sample) Mixed(calls int64) bool { return s.SampledCalls < calls }

// MetricSource is what one service counted in metrics of its own over the last
// day, beside what its spans say of the same time.
type MetricSource struct {
	Service      string `json:"service"`
	Calls        int64  `json:"calls"` // 0 where no metric counts them
	InputTokens  int64  `json:"input_tokens"`
	OutputTokens int64  `json:"output_tokens"`
	// USD is an estimate: the tokens at list price, less UnpricedTokens.
	USD            float64   `json:"usd"`
	UnpricedTokens int64     `json:"unpriced_tokens"`
	SpanCalls      int64     `json:"span_calls"`
	SpanTokens     int64     `json:"span_tokens"`
	Last           time.Time `json:"last"`
	// Gap is tokens of metrics over those of spans, less 1; nil where one says
	// nothing. Verdict is agree (within 1 %), differ or metrics_only.
	Gap     *float64 `json:"gap"`
	Verdict string   `json:"verdict"`
}

// Compare sets Gap and Verdict.
func (m *MetricSource) Compare() {
	tokens := m.InputTokens + m.OutputTokens
	m.Gap = nil
	switch {
	case m.SpanCalls == 0:
		m.Verdict = "metrics_only"
		return
	case tokens == 0 || m.SpanTokens == 0:
		m.Verdict = "differ"
		return
	}
	gap := float64(tokens)/float64(m.SpanTokens) - 1
	m.Gap, m.Verdict = &gap, "agree"
	if gap > 0.01 || gap < -0.01 {
		m.Verdict = "differ"
	}
}

// UnpricedRow is a model that has no price.
type UnpricedRow struct {
	Provider string `json:"provider"`
	Model    string `json:"model"`
	Reason   string `json:"reason"`
	Calls    int64  `json:"calls"`
	Tokens   int64  `json:"tokens"`
}

// CostRow is what one model cost.
type CostRow struct {
	Provider string  `json:"provider"`
	Model    string  `json:"model"`
	USD      float64 `json:"usd"` // of the calls that have a price
	Calls    int64   `json:"calls"`
	Unpriced int64   `json:"unpriced_calls"`
	// EstimatedUSD is that of all traffic: USD where nothing is sampled.
	EstimatedUSD float64 `json:"estimated_usd"`
}

// TaskTotal counts closed tasks; it only grows while a process lives.
type TaskTotal struct {
	Product  string  `json:"product"`
	TaskType string  `json:"task_type,omitempty"`
	Outcome  Outcome `json:"outcome"`
	Count    int64   `json:"count"`
	USD      float64 `json:"usd"`
}
