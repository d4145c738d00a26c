package model

import (
	"strings"
	"time"
)

// Snapshot is all that the evaluation loop knew at the end of one slot. It is
// immutable: the loop publishes a new one, readers never change one. The
// /metrics page, the status page and GET /api/v1/status all read it, so that
// they cannot disagree.
type Snapshot struct {
	// AsOf is the data time the slot looked at; nothing later was read.
	AsOf time.Time `json:"as_of"`
	// ComputedAt is when the slot ended, by the wall clock.
	ComputedAt time.Time `json:"computed_at"`
	// Interval is the time between slots, and StaleAfter how old ComputedAt
	// may grow before the numbers must no longer be shown as current.
	Interval   time.Duration `json:"interval_ns"`
	StaleAfter time.Duration `json:"stale_after_ns"`

	Products  []ProductStatus `json:"products"`  // by name
	Incidents []Incident      `json:"incidents"` // open ones first, then those closed lately, newest first
	Budgets   []BudgetStatus  `json:"budgets"`
	Infra     []InfraStatus   `json:"infra,omitempty"`
	Changes   []Change        `json:"changes"` // the change log of the last week, newest first
	Tasks     []TaskTotal     `json:"tasks"`   // closed tasks since this process started
	Health    Health          `json:"health"`
	Versions  Versions        `json:"versions"`
}

// Stale reports whether the snapshot is too old at now to stand for the present.
func (s *Snapshot) Stale(now time.Time) bool {
	return s == nil || s.ComputedAt.IsZero() || s.StaleAfter > 0 && now.Sub(s.ComputedAt) > s.StaleAfter
}

// Product is the status of the product, or nil.
func (s *Snapshot) Product(name string) *ProductStatus {
	if s == nil {
		return nil
	}
	for i := range s.Products {
		if s.Products[i].Name == name {
			return &s.Products[i]
		}
	}
	return nil
}

// Open returns the open incidents of a product, or of all with product "".
func (s *Snapshot) Open(product string) []Incident {
	if s == nil {
		return nil
	}
	var out []Incident
	for _, i := range s.Incidents {
		if i.Open() && (product == "" || i.Product == product) {
			out = append(out, i)
		}
	}
	return out
}

// Interval95 is a two-sided interval, 95 % unless the field that holds it
// says otherwise, in the unit of the value it belongs to.
type Interval95 struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Estimate is a number with what makes it one: its interval and its sample
// size. Value is nil where it could not be measured, and Reason says why.
type Estimate struct {
	Value    *float64    `json:"value"`
	Interval *Interval95 `json:"interval,omitempty"`
	N        int64       `json:"n"`
	Reason   string      `json:"reason,omitempty"`
}

// Measured reports whether there is a value.
func (e Estimate) Measured() bool { return e.Value != nil }

// ProductStatus is everything known about one product.
type ProductStatus struct {
	Name     string    `json:"name"`
	Owner    string    `json:"owner,omitempty"`
	Runbook  string    `json:"runbook,omitempty"`
	Services []string  `json:"services,omitempty"`
	LastSeen time.Time `json:"last_seen,omitzero"` // newest span

	Lights  []LayerLight    `json:"lights"` // offline, online, business
	Metrics []LayerMetric   `json:"metrics"`
	Series  []SeriesVerdict `json:"series"`
	// Performance is how well the product's predictions do, estimated without
	// labels and realised on late ones; empty for products without predictions.
	Performance []PerformanceMetric `json:"performance,omitempty"`
	// Judges is how far each judge agrees with the anchors people judged.
	Judges []JudgeAgreement `json:"judges,omitempty"`
	// Divergences are pairs of layers that moved apart.
	Divergences []Divergence `json:"divergences,omitempty"`
	Cost        CostTotals   `json:"cost"`
	// MetricUsage is what services count in metrics of their own, a source
	// beside spans that is part of no other number; most tokens first.
	MetricUsage []MetricSource `json:"metric_usage,omitempty"`
	Freshness   []Freshness    `json:"freshness"`
	// FalsePages is the detector's measured rate of false pages per 30 days
	// on the product's own history.
	FalsePages Estimate `json:"false_pages_per_30d"`
}

// State is the colour of a light.
type State string

// The states of a light, from good to bad; unknown is none of them.
const (
	StateOK       State = "ok"
	StateWarning  State = "warning"
	StateBreached State = "breached"
	StateUnknown  State = "unknown"
)

// LayerLight is the verdict on one layer of one product.
type LayerLight struct {
	Layer Layer  `json:"layer"`
	State State  `json:"state"`
	Why   string `json:"why"` // one sentence
}

// Unit is the unit of a layer metric; it chooses the metric family.
type Unit string

// The units of layer metrics.
const (
	UnitRatio   Unit = "ratio"
	UnitUSD     Unit = "usd"
	UnitSeconds Unit = "seconds"
)

// LayerMetric is one metric of one layer of one product over its window.
type LayerMetric struct {
	Layer Layer  `json:"layer"`
	Name  string `json:"metric"`
	Title string `json:"title"` // for people: "Acceptance rate"
	Unit  Unit   `json:"unit"`
	Tier  Tier   `json:"tier"`
	// HigherIsBetter is the direction of good.
	HigherIsBetter bool `json:"higher_is_better"`

	Estimate
	// Bounds are the values that the tasks with unknown outcome leave
	// possible; nil where there are none.
	Bounds *Interval95 `json:"bounds,omitempty"`
	// LowerBound is true of a cost that calls without a price would add to: the
	// value and the low end of its interval hold, its high end says nothing.
	LowerBound bool `json:"lower_bound,omitempty"`
	// Baseline is the same metric over the baseline window, and Change their
	// difference (value − baseline) with its interval.
	Baseline *Estimate `json:"baseline,omitempty"`
	Change   *Estimate `json:"change,omitempty"`

	Objective string        `json:"objective,omitempty"` // as written, e.g. ">= 0.92"
	Target    *float64      `json:"target,omitempty"`    // the number in it
	Breached  bool          `json:"breached"`            // the whole interval lies on the wrong side
	Window    time.Duration `json:"window_ns"`
	AsOf      time.Time     `json:"as_of,omitzero"` // newest data in it
	History   []Point       `json:"history,omitempty"`
}

// Unproven reports whether the objective asks for at most something of which
// only a lower bound, below it, is known: neither held nor missed.
func (m *LayerMetric) Unproven() bool {
	return m.LowerBound && !m.Breached && m.Target != nil && strings.HasPrefix(m.Objective, "<")
}

// Point is one value of a metric's recent past.
type Point struct {
	At       time.Time   `json:"at"`
	Value    float64     `json:"value"`
	Interval *Interval95 `json:"interval,omitempty"`
	N        int64       `json:"n"`
}

// SeriesState is what the detector thinks of one series.
type SeriesState string

// The states of a series.
const (
	SeriesLearning      SeriesState = "learning"
	SeriesQuiet         SeriesState = "quiet"
	SeriesSuspect       SeriesState = "suspect"
	SeriesDrifting      SeriesState = "drifting"
	SeriesNotMeasurable SeriesState = "not_measurable"
)

// SeriesVerdict is the drift verdict on one series: product × signal (× slice).
type SeriesVerdict struct {
	Product string      `json:"product"`
	Series  string      `json:"series"` // e.g. output_tokens, finish_reason, language; "output_tokens{language=de}" for a slice
	Kind    string      `json:"kind"`   // numeric, score, categorical, rate, vector
	State   SeriesState `json:"state"`
	Reason  string      `json:"reason,omitempty"` // why not measurable, or what is being learnt until when

	Effect     Estimate  `json:"effect"` // of the current window against the baseline
	EffectUnit string    `json:"effect_unit,omitempty"`
	Evidence   float64   `json:"evidence"`
	Threshold  float64   `json:"evidence_threshold"`
	Baseline   string    `json:"baseline,omitempty"` // name of the baseline
	Moved      string    `json:"what_moved,omitempty"`
	LearnUntil time.Time `json:"learning_until,omitzero"`
	AsOf       time.Time `json:"as_of,omitzero"`

	// Reference and Current are coarse histograms for display: the same bins.
	Bins      []string  `json:"bins,omitempty"`
	Reference []float64 `json:"reference,omitempty"` // shares
	Current   []float64 `json:"current,omitempty"`   // shares
}

// PerformanceMetric is one measure of a predictive model.
type PerformanceMetric struct {
	Metric string `json:"metric"` // accuracy, precision, recall, f1, specificity, roc_auc
	// Source says where it comes from: estimated (from calibrated scores, no
	// label needed) or realised (on labels).
	Source string `json:"source"`
	// Maturity is the age up to which labels count, the same for value and
	// baseline; zero for estimates.
	Maturity time.Duration `json:"maturity_ns,omitempty"`
	Estimate
	Baseline *Estimate `json:"baseline,omitempty"`
	// Labelled is the share of the predictions that had a label at Maturity.
	Labelled *float64 `json:"labelled,omitempty"`
}

// The sources of performance.
const (
	PerformanceEstimated = "estimated"
	PerformanceRealised  = "realised"
)

// JudgeAgreement is how far one judge agrees with people on anchors.
type JudgeAgreement struct {
	Evaluation string `json:"evaluation"` // groundedness
	Judge      string `json:"judge"`      // model and version of its prompt
	// Kappa is Cohen's, with its interval and the number of verdicts.
	Kappa    Estimate  `json:"kappa"`
	Baseline *Estimate `json:"baseline,omitempty"` // the same of the weeks before
	Current  bool      `json:"current"`            // it judges the product's traffic now
}

// IncidentKind says what went wrong.
type IncidentKind string

// The kinds of incident.
const (
	IncidentDrift       IncidentKind = "drift"        // a series left its baseline
	IncidentModelChange IncidentKind = "model_change" // the served model changed without being asked
	IncidentDataQuality IncidentKind = "data_quality" // nulls, schema, unseen values, freshness
	IncidentVolume      IncidentKind = "volume"       // traffic stopped or multiplied
	IncidentBreach      IncidentKind = "breach"       // an objective is missed
	IncidentDivergence  IncidentKind = "divergence"   // the layers moved apart
	IncidentBudgetBurn  IncidentKind = "budget_burn"  // money goes faster than the budget plans
	IncidentCostShift   IncidentKind = "cost_shift"   // cost per task moved
	IncidentRunaway     IncidentKind = "runaway"      // a task spends without end
	IncidentCacheBreak  IncidentKind = "cache_break"  // the prompt cache stopped hitting
	IncidentViolation   IncidentKind = "violation"    // a policy violation that pages whatever the volume
	IncidentPerformance IncidentKind = "performance"  // predictions got worse, as estimated or as labels show
	IncidentCalibration IncidentKind = "calibration"  // probabilities no longer mean what they say
	IncidentJudge       IncidentKind = "judge_drift"  // a judge no longer agrees with people as it did
	IncidentJudgeChange IncidentKind = "judge_change" // scores moved when their judge did: no news of the product
)

// Severity says whom an incident reaches.
type Severity string

// The severities.
const (
	Page   Severity = "page"
	Ticket Severity = "ticket"
)

// Incident is one thing that went wrong, from when it opened to when it closed.
type Incident struct {
	ID       string       `json:"id"` // stable: a hash of product, kind, series and start
	Product  string       `json:"product"`
	Kind     IncidentKind `json:"kind"`
	Series   string       `json:"series"`
	Severity Severity     `json:"severity"`

	StartedAt time.Time `json:"started_at"`         // when the change began, as far as the data tell
	OpenedAt  time.Time `json:"opened_at"`          // when the page would have gone out (data time)
	UpdatedAt time.Time `json:"updated_at"`         // last slot that saw it
	ClosedAt  time.Time `json:"closed_at,omitzero"` // zero while open

	Effect     Estimate `json:"effect"`
	EffectUnit string   `json:"effect_unit,omitempty"`
	Evidence   string   `json:"evidence"` // in words
	Moved      string   `json:"what_moved,omitempty"`
	Region     *Region  `json:"moved_to,omitempty"`    // where rows of a series went
	Causes     []Change `json:"causes,omitempty"`      // changes shortly before the start, likeliest first
	Traces     []string `json:"trace_ids,omitempty"`   // examples
	Explains   []string `json:"explains,omitempty"`    // series that moved for the same cause
	Runbook    string   `json:"runbook,omitempty"`     // link
	CleanSlots int      `json:"clean_slots,omitempty"` // slots in a row that no longer showed it

	// PagedAt is when it first paged: later than OpenedAt where a ticket was
	// escalated. Zero for a ticket.
	PagedAt time.Time `json:"paged_at,omitzero"`
	// LedBy is the finding that explains the incident best, where that is
	// another than the one it opened with. Kind and Series stay those of the
	// opening, since alerts are told apart by them; effect, evidence and what
	// moved are of LedBy.
	LedBy *Lead `json:"led_by,omitempty"`
	// Explained are the findings this incident stands for, which are no
	// incidents of their own.
	Explained []Explained `json:"explained,omitempty"`
	// SuppressedBy says why it does not page although its evidence would: a
	// volume anomaly of the product, and until when.
	SuppressedBy string `json:"suppressed_by,omitempty"`
	// FoldedInto is the id of the incident that stands for this one since it
	// became clear that both tell of one cause; empty for an incident of its own.
	FoldedInto string `json:"folded_into,omitempty"`
}

// Region is where rows of a series moved to: a range of numbers, one value of
// a category, or rows without a value. It is what example traces are taken from.
type Region struct {
	Series  string   `json:"series"`
	Low     *float64 `json:"low,omitempty"`  // nil: no lower end
	High    *float64 `json:"high,omitempty"` // nil: no upper end
	Value   string   `json:"value,omitempty"`
	Missing bool     `json:"missing,omitempty"`
}

// Lead names the finding that leads an incident.
type Lead struct {
	Kind   IncidentKind `json:"kind"`
	Series string       `json:"series"`
}

// Lead is the finding that the words of the incident are about: the one that
// explains it best, which is the one it opened with unless LedBy says otherwise.
func (i Incident) Lead() Lead {
	if i.LedBy != nil {
		return *i.LedBy
	}
	return Lead{Kind: i.Kind, Series: i.Series}
}

// Explained is one finding that an incident stands for.
type Explained struct {
	Kind       IncidentKind `json:"kind"`
	Series     string       `json:"series"`
	Severity   Severity     `json:"severity"` // what it would have been alone
	StartedAt  time.Time    `json:"started_at"`
	OpenedAt   time.Time    `json:"opened_at"`
	ClosedAt   time.Time    `json:"closed_at,omitzero"`
	Effect     Estimate     `json:"effect"` // with its interval and sample
	EffectUnit string       `json:"effect_unit,omitempty"`
	Moved      string       `json:"what_moved,omitempty"`
	// SuppressedBy says why it would not have paged alone.
	SuppressedBy string `json:"suppressed_by,omitempty"`
}

// Open reports whether the incident is not closed yet.
func (i Incident) Open() bool { return i.ClosedAt.IsZero() }

// Change is one entry of the change log.
type Change struct {
	At      time.Time `json:"at"`
	Product string    `json:"product,omitempty"`
	Kind    string    `json:"kind"` // deploy, prompt_version, model, flag, price, source
	Name    string    `json:"name"`
	From    string    `json:"from,omitempty"`
	To      string    `json:"to,omitempty"`
}

// Divergence is a pair of layers that moved apart since the baseline.
type Divergence struct {
	Better  string   `json:"better"` // "offline/groundedness"
	Worse   string   `json:"worse"`  // "online/acceptance_rate"
	Up      Estimate `json:"better_change"`
	Down    Estimate `json:"worse_change"`
	Verdict string   `json:"verdict"` // diverging, inconclusive
	Why     string   `json:"why"`
}

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

// Freshness is when a source last said something.
type Freshness struct {
	Source string    `json:"source"` // spans, or a kind of signal
	Layer  Layer     `json:"layer,omitempty"`
	Last   time.Time `json:"last,omitzero"` // zero: never
}

// TaskTotal counts closed tasks; it only grows while a process lives.
type TaskTotal struct {
	Product  string  `json:"product"`
	TaskType string  `json:"task_type,omitempty"`
	Outcome  Outcome `json:"outcome"`
	Count    int64   `json:"count"`
	USD      float64 `json:"usd"`
}

// Health is the state of windage itself.
type Health struct {
	StoreUp      bool          `json:"store_up"`
	StoreError   string        `json:"store_error,omitempty"`
	Leader       bool          `json:"leader"` // this process holds the evaluator's lease
	LeaderName   string        `json:"leader_name,omitempty"`
	LastSuccess  time.Time     `json:"last_success,omitzero"` // by the wall clock
	SlotDuration time.Duration `json:"slot_duration_ns"`
	SlotsMissed  int64         `json:"slots_missed"`
	DirtyMinutes int64         `json:"dirty_minutes"`
	Error        string        `json:"error,omitempty"` // of the last slot that failed
	EngineUp     *bool         `json:"engine_up,omitempty"`
	EngineStarts int64         `json:"engine_restarts,omitempty"`
	Rows         int64         `json:"rows,omitempty"`  // span rows in the store
	Bytes        int64         `json:"bytes,omitempty"` // on disk
	Notes        []string      `json:"notes,omitempty"` // anything a person should know, in words

	NotUnderstood []NotUnderstood `json:"not_understood,omitempty"` // since this process started, most frequent first
}

// NotUnderstood is traffic of one instrumentation that could not be read, or
// not wholly.
type NotUnderstood struct {
	Reason       string    `json:"reason"` // as the label of windage_not_understood_total
	Service      string    `json:"service,omitempty"`
	Scope        string    `json:"scope,omitempty"` // the instrumentation
	ScopeVersion string    `json:"scope_version,omitempty"`
	Count        int64     `json:"count"`
	Last         time.Time `json:"last"`
	Attributes   []string  `json:"attributes,omitempty"` // names, never values, of one example
}

// Versions is what produced the numbers.
type Versions struct {
	Windage     string    `json:"windage"`
	Revision    string    `json:"revision,omitempty"`
	Config      string    `json:"config"` // hash of windage.yaml
	PriceTable  string    `json:"price_table,omitempty"`
	PriceSource string    `json:"price_source,omitempty"`
	PriceDate   time.Time `json:"price_date,omitzero"`
}
