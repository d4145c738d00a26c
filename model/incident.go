package model

import "time"

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
