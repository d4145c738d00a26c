package model

import "time"

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

// Freshness is when a source last said something.
type Freshness struct {
	Source string    `json:"source"` // spans, or a kind of signal
	Layer  Layer     `json:"layer,omitempty"`
	Last   time.Time `json:"last,omitzero"` // zero: never
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
