package model

import "time"

// SignalKind says what a signal is.
type SignalKind string

// The kinds of signal: things said about a span, trace, session or task
// after the fact.
const (
	SignalEvaluation SignalKind = "evaluation" // a judge's or code's score of an output
	SignalFeedback   SignalKind = "feedback"   // a human's score, label, correction; accepted/edited/rejected
	SignalLabel      SignalKind = "label"      // the true value of a prediction, usually late
	SignalOutcome    SignalKind = "outcome"    // how a task ended
	SignalViolation  SignalKind = "violation"  // a policy violation
	SignalSuite      SignalKind = "suite"      // one case of an offline evaluation suite run
	SignalBusiness   SignalKind = "business"   // activation, retention, resolution and the like
	SignalRunaway    SignalKind = "runaway"    // a run that got out of hand, caught from the stream by Windage itself
	SignalChange     SignalKind = "change"     // deploy, prompt version, model, flag, price: the change log
)

// The attributes that make an evaluation one of an anchor: an item that people
// have judged, sent to the judge again and again to see whether it moves.
const (
	AttrAnchor         = "windage.anchor.id"
	AttrAnchorExpected = "windage.anchor.expected" // the right verdict: pass, fail, or a label
)

// Signal is one thing said about a target. ID is the identity that makes a
// late or repeated delivery replace the earlier one.
type Signal struct {
	Kind SignalKind `json:"kind"`
	Name string     `json:"name"` // e.g. groundedness, acceptance, resolution, policy id
	At   time.Time  `json:"at"`   // when it was said

	// The target; the most exact one known.
	TraceID      TraceID `json:"trace_id,omitzero"`
	SpanID       SpanID  `json:"span_id,omitzero"`
	ResponseID   string  `json:"response_id,omitempty"`
	SessionID    string  `json:"session_id,omitempty"`
	TaskID       string  `json:"task_id,omitempty"`
	PredictionID string  `json:"prediction_id,omitempty"`
	UserID       string  `json:"user_id,omitempty"`

	Product     string `json:"product,omitempty"`
	ServiceName string `json:"service_name,omitempty"`
	Environment string `json:"environment,omitempty"`

	// Value is the number said, nil where only a label was given.
	Value *float64 `json:"value,omitempty"`
	Label string   `json:"label,omitempty"`
	// Passed is the verdict where the signal is one.
	Passed Bool `json:"passed,omitzero"`

	Annotator   string `json:"annotator,omitempty"` // human, llm, code
	AnnotatorID string `json:"annotator_id,omitempty"`
	Severity    string `json:"severity,omitempty"` // of a violation
	Reason      string `json:"reason,omitempty"`   // a reason code, never free text

	// Suite runs: Suite names the suite, Run the run, Case the case.
	Suite string `json:"suite,omitempty"`
	Run   string `json:"run,omitempty"`
	Case  string `json:"case,omitempty"`

	Model         string `json:"model,omitempty"`
	PromptVersion string `json:"prompt_version,omitempty"`
	Variant       string `json:"variant,omitempty"`

	Source   string `json:"source,omitempty"` // system it came from, or SourceHTTP, SourceOTLP
	SourceID string `json:"source_id,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`

	Rest       []Attr    `json:"-"`
	ReceivedAt time.Time `json:"-"`
}

// Outcome is how a task ended.
type Outcome string

// The outcomes of a task.
const (
	OutcomeSuccess    Outcome = "success"
	OutcomeFailure    Outcome = "failure"
	OutcomeEscalated  Outcome = "escalated"
	OutcomeOverridden Outcome = "overridden"
	OutcomeAbandoned  Outcome = "abandoned"
	OutcomeUnknown    Outcome = "unknown"
)

// Layer is one of the three metric layers.
type Layer string

// The layers.
const (
	Offline  Layer = "offline"
	Online   Layer = "online"
	Business Layer = "business"
)

// Tier says how much a metric weighs.
type Tier string

// The tiers.
const (
	Blocker Tier = "blocker" // pages and fails gates; at most three per product
	Warning Tier = "warning" // opens a ticket
	Context Tier = "context" // is shown
)
