package runaway

import (
	"strconv"
	"time"

	"github.com/windage-dev/windage/model"
)

// The attributes of the signal of a finding.
const (
	attrScope    = "runaway.scope"
	attrTaskType = "runaway.task_type"
	attrSince    = "runaway.since"
	attrCalls    = "runaway.calls"
	attrTokens   = "runaway.tokens"
	attrMedian   = "runaway.median_usd"
	attrRuns     = "runaway.runs"
	attrEvidence = "runaway.evidence"
)

// Signal is the finding as it is stored: what was seen, of which run. Its value
// is the spend so far in USD.
func (f *Finding) Signal() model.Signal {
	usd := f.USD.Float()
	s := model.Signal{
		Kind: model.SignalRunaway, Name: f.Reason, At: f.At, TraceID: f.Trace, Product: f.Product, Value: &usd,
		Annotator: "code", Source: "windage",
		Rest: []model.Attr{
			{Key: attrCalls, Value: strconv.FormatInt(f.Calls, 10)},
			{Key: attrEvidence, Value: f.Evidence},
			{Key: attrMedian, Value: f.Median.String()},
			{Key: attrRuns, Value: strconv.FormatInt(f.Runs, 10)},
			{Key: attrScope, Value: f.Scope},
			{Key: attrSince, Value: f.Since.UTC().Format(time.RFC3339Nano)},
			{Key: attrTaskType, Value: f.TaskType},
			{Key: attrTokens, Value: strconv.FormatInt(f.Tokens, 10)},
		},
	}
	switch f.Scope {
	case scopeTask:
		s.TaskID = f.ID
	case scopeSession:
		s.SessionID = f.ID
	}
	return s
}

// FromSignal is the finding that a signal was made of; false for another signal.
func FromSignal(s *model.Signal) (Finding, bool) {
	if s.Kind != model.SignalRunaway || s.Name == "" {
		return Finding{}, false
	}
	f := Finding{Reason: s.Name, At: s.At, Since: s.At, Trace: s.TraceID, Product: s.Product}
	if s.Value != nil {
		f.USD = model.Money(*s.Value * float64(model.USD))
	}
	for _, a := range s.Rest {
		n, _ := strconv.ParseInt(a.Value, 10, 64)
		switch a.Key {
		case attrScope:
			f.Scope = a.Value
		case attrTaskType:
			f.TaskType = a.Value
		case attrSince:
			if t, err := time.Parse(time.RFC3339Nano, a.Value); err == nil {
				f.Since = t
			}
		case attrCalls:
			f.Calls = n
		case attrTokens:
			f.Tokens = n
		case attrRuns:
			f.Runs = n
		case attrMedian:
			f.Median, _ = model.ParseMoney(a.Value)
		case attrEvidence:
			f.Evidence = a.Value
		}
	}
	switch f.Scope {
	case scopeTask:
		f.ID = s.TaskID
	case scopeSession:
		f.ID = s.SessionID
	case scopeTrace:
		f.ID = s.TraceID.String()
	}
	return f, f.ID != ""
}
