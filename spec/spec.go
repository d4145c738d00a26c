// Package spec is the user's file, windage.yaml: its types, defaults,
// validation with line numbers, and JSON schema. Pure: it reads bytes, not
// files.
package spec

import (
	"time"

	"github.com/windage-dev/windage/model"
)

// File is a whole windage.yaml. Every field has a default, so that an empty
// file watches every service seen.
type File struct {
	// Products by name. With none, every service.name seen is a product.
	Products map[string]Product
	Pages    Pages
	Privacy  Privacy
	Prices   Prices
	Infra    []Infra
	Labels   Labels
}

// Product is one AI product surface to watch.
type Product struct {
	// Match holds attribute → value (a trailing * matches any rest); all must
	// hold. Default: service.name equals the product's name.
	Match   map[string]string
	Owner   string
	Runbook string
	Task    Task
	Metrics map[string]Metric
	Slices  []string
	Budgets []Budget
	// PageFrom is the least spend above the usual that wakes anybody; 0: 2 USD.
	PageFrom model.Money
	Drift    Drift
}

// Task says what a unit of user value is, and when it succeeded.
type Task struct {
	By           TaskRule      // the first rule to try; default ByID
	ID           string        // attribute that holds the task id; default: the rules of model.Span.TaskID
	Turn         string        // attribute that holds the id or number of a conversation's turn
	Type         string        // attribute that holds the task type
	Success      string        // e.g. outcome == 'resolved'
	AbandonAfter time.Duration // default 30m
}

// TaskRule is a rule that says which rows make one task. A row that it says
// nothing of is placed by the next rule in the order id, run, turn, trace.
type TaskRule string

// The task rules.
const (
	ByID      TaskRule = "id"      // an explicit task id
	ByRun     TaskRule = "run"     // the outermost agent or workflow run
	ByTurn    TaskRule = "turn"    // one turn of a conversation
	BySession TaskRule = "session" // a whole conversation or session
	ByTrace   TaskRule = "trace"   // the trace
)

// Metric sets the tier and the objective of one layer metric.
type Metric struct {
	Layer     model.Layer
	Tier      model.Tier
	Objective *Objective
	Window    time.Duration // 0: the metric's own, mostly 24h
	MinSample int           // fewer samples than this never breach; 0: 30
	Margin    *Margin       // nil: the gate's own
}

// Margin is how much worse than its baseline a candidate may be and still pass
// a release gate: an amount in the metric's unit, or a share of the baseline.
type Margin struct {
	Value    float64
	Relative bool
	// Unit is the one that was written: ratio, usd, seconds, or "" for none.
	Unit string
}

// Objective is a bound such as ">= 0.92" or "<= 0.12".
type Objective struct {
	Op    string // <, <=, >, >=
	Value float64
	// Unit is the one that was written: ratio, usd, seconds, or "" for none.
	Unit string
}

// Budget is an amount for a period.
type Budget struct {
	Name     string // default: the product's name
	Team     string // whose calls count; empty: everybody's
	Tenant   string // the same; not together with Team
	Limit    model.Money
	Period   string // day, week, month
	TimeZone string // IANA; default UTC
	Shape    string // always_on (default), working_hours, learnt
	HardCap  bool   // Limit itself must never be exceeded
	// Cap must never be exceeded; 0 for none, and at least Limit.
	Cap model.Money
	// Commitment is the least that is billed for the period; 0 for none.
	Commitment model.Money
}

// Infra is something paid by the hour that serves models or data sources of
// one's own: its cost is shared out among what it served.
type Infra struct {
	Name        string
	PerHour     model.Money
	By          string   // busy_time (default) or tokens
	Models      []string // that it serves
	Provider    string   // of those models; "" for any
	DataSources []string // that it serves: a vector store
	From, To    time.Time
}

// Drift sets how drift is watched.
type Drift struct {
	Baseline Baseline
	// Signals to watch; empty means all.
	Signals []string
	Off     bool
}

// Baseline says what the present is compared with.
type Baseline struct {
	// Pinned names a baseline of `windage baseline pin`: NAME (its newest version
	// that is not retired) or NAME@VERSION. Series that it does not hold are
	// compared with a rolling reference of Length.
	Pinned  string
	Pin     time.Time     // end of the pinned reference; zero: rolling
	Length  time.Duration // default 28d
	Rolling bool          // the default
}

// Pages is an installation's budget of false pages: the one setting a person turns.
type Pages struct {
	PerMonth float64 // default 1
}

// Privacy says what may be kept.
type Privacy struct {
	CaptureContent bool
	UserHashKey    string // file that holds the key
	Redact         []string
}

// Prices names the user's own price files.
type Prices struct {
	Files []string
}

// Labels caps what becomes a Prometheus label.
type Labels struct {
	MaxValues int // per label; default 50
	// TopValues is how many values of a dimension have a series of their own in
	// the cost by dimension, the dearest of the last day; default 10.
	TopValues int
}
