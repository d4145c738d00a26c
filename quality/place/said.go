package place

import (
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
)

// Said is a signal and what it speaks of. Where the target is not known (yet),
// it stands at its own time and in the product that it names.
type Said struct {
	model.Signal
	ID      model.SignalID
	Minute  time.Time // in which it counts: that of its target
	Task    string
	Slices  []string
	Matched bool
	// Target is what is counted once, however often it is spoken of: the
	// prediction of a label, the task of anything else; where that is not known,
	// the id that the signal names.
	Target string

	// For labels: what the model said of the same case. Probability is of the
	// positive class and Truth 1 where the label is that class.
	Predicted   string
	Probability *float64
	Truth       *float64

	// For evaluations: Judge is who judged, model and version. An Anchor is an
	// item whose right verdict, Expected, is known; it speaks of the judge.
	Judge, Anchor, Expected string
}

// Targets finds rows by what signals name.
type Targets struct {
	p                    Placer
	span                 map[spanKey]*Row
	trace                map[model.TraceID]*Row
	response, prediction map[string]*Row
	session, task        map[string][]*Row
}

type spanKey struct {
	t model.TraceID
	s model.SpanID
}

// NewTargets indexes placed rows.
func (p Placer) NewTargets(rows []Row) *Targets {
	t := &Targets{
		p: p, span: map[spanKey]*Row{}, trace: map[model.TraceID]*Row{}, response: map[string]*Row{}, prediction: map[string]*Row{},
		session: map[string][]*Row{}, task: map[string][]*Row{},
	}
	for i := range rows {
		r := &rows[i]
		t.span[spanKey{r.TraceID, r.SpanID}] = r
		if have := t.trace[r.TraceID]; have == nil || r.Task != "" && (have.Task == "" || before(r, have)) {
			t.trace[r.TraceID] = r
		}
		if r.ResponseID != "" && (t.response[r.ResponseID] == nil || r.CostCounted) {
			t.response[r.ResponseID] = r
		}
		if r.Prediction != nil && r.Prediction.ID != "" {
			t.prediction[r.Prediction.ID] = r
		}
		if r.SessionID != "" {
			t.session[r.SessionID] = append(t.session[r.SessionID], r)
		}
		if r.Task != "" {
			t.task[r.Task] = append(t.task[r.Task], r)
		}
		if r.TaskID != "" && r.TaskID != r.Task {
			t.task[r.TaskID] = append(t.task[r.TaskID], r)
		}
	}
	return t
}

// find is the row that the signal speaks of, the most exact one named, or nil.
func (t *Targets) find(s *model.Signal) *Row {
	if !s.SpanID.IsZero() {
		if r := t.span[spanKey{s.TraceID, s.SpanID}]; r != nil {
			return r
		}
	}
	if r := t.prediction[s.PredictionID]; r != nil && s.PredictionID != "" {
		return r
	}
	if r := t.response[s.ResponseID]; r != nil && s.ResponseID != "" {
		return r
	}
	if r := t.trace[s.TraceID]; r != nil && !s.TraceID.IsZero() {
		return r
	}
	if r := latest(t.task[s.TaskID], s); r != nil && s.TaskID != "" {
		return r
	}
	if r := latest(t.session[s.SessionID], s); r != nil && s.SessionID != "" {
		return r
	}
	return nil
}

// latest is the newest row of a task that began before the signal was said.
func latest(rows []*Row, s *model.Signal) (found *Row) {
	for _, r := range rows {
		if r.Start.After(s.At) && !s.At.IsZero() {
			continue
		}
		if found == nil || before(found, r) {
			found = r
		}
	}
	if found == nil && len(rows) > 0 {
		return rows[0]
	}
	return found
}

// Say resolves one signal.
func (t *Targets) Say(s model.Signal) Said {
	out := Said{Signal: s, ID: s.ID(), Minute: s.At.Truncate(time.Minute)}
	out.Name = quality.SignalName(s.Name)
	out.Label = strings.ToLower(strings.TrimSpace(s.Label))
	if s.Kind == model.SignalEvaluation {
		out.judged()
	}
	if out.Anchor == "" { // an anchor's label is compared as it is
		out.Passed = quality.VerdictOf(&s)
	}
	r := t.find(&s)
	out.Target = target(&s, r)
	if r == nil {
		out.Product = t.p.signalProduct(&s)
		return out
	}
	out.Matched, out.Product, out.Task, out.Slices = true, r.Product, r.Task, r.Slices
	if out.Product == "" {
		out.Product = t.p.signalProduct(&s)
	}
	out.Minute = r.Start.Truncate(time.Minute)
	if out.Model == "" {
		out.Model = r.Span.Model()
	}
	if out.PromptVersion == "" {
		out.PromptVersion = r.PromptVersion
	}
	if s.Kind == model.SignalLabel {
		out.label(t.predicted(r))
	}
	return out
}

func target(s *model.Signal, r *Row) string {
	switch {
	case r != nil && s.Kind == model.SignalLabel:
		return "span " + r.TraceID.String() + r.SpanID.String()
	case r != nil && r.Task != "":
		return "task " + r.Task
	case r != nil:
		return "trace " + r.TraceID.String()
	case !s.TraceID.IsZero():
		return "trace " + s.TraceID.String()
	}
	for _, id := range [...][2]string{
		{"prediction", s.PredictionID}, {"response", s.ResponseID}, {"task", s.TaskID}, {"session", s.SessionID}, {"user", s.UserID},
	} {
		if id[1] != "" {
			return id[0] + " " + id[1]
		}
	}
	id := s.ID()
	return "signal " + string(id[:])
}

// verdictWords are expected verdicts that mean passed or not.
var verdictWords = map[string]string{
	"pass": "pass", "passed": "pass", "true": "pass", "yes": "pass", "1": "pass",
	"fail": "fail", "failed": "fail", "false": "fail", "no": "fail", "0": "fail",
}

// judged says who judged, and whether what was judged is an anchor.
func (s *Said) judged() {
	s.Judge = s.AnnotatorID
	for _, a := range s.Rest {
		switch a.Key {
		case model.AttrAnchor:
			s.Anchor = a.Value
		case model.AttrAnchorExpected:
			s.Expected = strings.ToLower(strings.TrimSpace(a.Value))
		}
	}
	if v, ok := verdictWords[s.Expected]; ok {
		s.Expected = v
	}
	if s.Expected == "" {
		s.Anchor = "" // nothing to compare with
	}
}

// predicted is the prediction row that a label on r speaks of.
func (t *Targets) predicted(r *Row) *model.Prediction {
	if r.Prediction != nil {
		return r.Prediction
	}
	for _, x := range t.task[r.Task] {
		if x.Prediction != nil && x.TraceID == r.TraceID {
			return x.Prediction
		}
	}
	return nil
}

// positiveWords are labels that can only be the positive class.
var positiveWords = map[string]bool{"1": true, "true": true, "yes": true, "positive": true, "1.0": true}

// label pairs the truth with the prediction. A score of one of several classes
// is of the label given, which is then what is or is not true. Another is of the
// positive class; which of two labels that is, follows from the label's own
// word, or else from the prediction: the label that a score of at least one half
// was given.
func (s *Said) label(p *model.Prediction) {
	if p == nil {
		return
	}
	s.Predicted = strings.ToLower(strings.TrimSpace(p.Label))
	truth := s.Label
	if truth == "" && s.Value != nil && (*s.Value == 0 || *s.Value == 1) {
		truth = map[float64]string{0: "0", 1: "1"}[*s.Value]
		s.Label = truth
	}
	if p.Score == nil || *p.Score < 0 || *p.Score > 1 || truth == "" {
		return
	}
	positive := false
	switch {
	case p.Classes.Known:
		positive = truth == s.Predicted
	case positiveWords[truth] || positiveWords[s.Predicted]:
		positive = positiveWords[truth]
	case s.Predicted == "":
		return
	default:
		positive = (truth == s.Predicted) == (*p.Score >= 0.5)
	}
	y := 0.0
	if positive {
		y = 1
	}
	s.Probability, s.Truth = p.Score, &y
}

// signalProduct is the product that a signal without a known target names.
func (p Placer) signalProduct(s *model.Signal) string {
	if s.Product != "" {
		if _, ok := p.File.Products[s.Product]; ok || len(p.File.Products) == 0 {
			return s.Product
		}
	}
	return p.File.ProductOf(func(name string) string {
		switch name {
		case "service.name":
			return s.ServiceName
		case "deployment.environment.name", "deployment.environment":
			return s.Environment
		}
		for _, a := range s.Rest {
			if a.Key == name {
				return a.Value
			}
		}
		return ""
	})
}
