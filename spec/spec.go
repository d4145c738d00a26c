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
	Drift   Drift
}

// Task says what a unit of user value is, and when it succeeded.
type Task struct {
	ID           string        // attribute that holds the task id; default: the rules of model.Span.TaskID
	Type         string        // attribute that holds the task type
	Success      string        // e.g. outcome == 'resolved'
	AbandonAfter time.Duration // default 30m
}

// Metric sets the tier and the objective of one layer metric.
type Metric struct {
	Layer     model.Layer
	Tier      model.Tier
	Objective *Objective
	Window    time.Duration // 0: the metric's own, mostly 24h
	MinSample int           // fewer samples than this never breach; 0: 30
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
	Limit    model.Money
	Period   string // day, week, month
	TimeZone string // IANA; default UTC
	Shape    string // always_on (default), working_hours, learnt
	HardCap  bool
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
}
