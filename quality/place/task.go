package place

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/windage-dev/windage/cost/rollup"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

// Settle is how long a task whose first span has ended may be silent before it
// is closed; one whose first span is still missing waits for the product's
// abandon_after.
const Settle = 30 * time.Second

// DefaultAbandonAfter holds where windage.yaml says nothing.
const DefaultAbandonAfter = 30 * time.Minute

// Task is one unit of user value, all its rows together. It is a function of
// the rows and signals only: whether it is closed or abandoned by now is
// asked with ClosesAt and AbandonsAt.
type Task struct {
	Product, ID, Type         string
	Rule                      spec.TaskRule // that made it; of its earliest row
	Service, Environment      string
	Session, User, Tenant     string
	Agent, Model              string
	Prompt, Variant, Language string
	Trace                     model.TraceID // of the earliest row
	Start, End                time.Time
	// Ended is false while the root, or the span that its rows hang from, has
	// not arrived.
	Ended                bool
	ClosesAt, AbandonsAt time.Time

	Outcome       model.Outcome
	OutcomeSource string // attribute, signal, rule, error; "" unknown
	Escalated     bool
	Overridden    bool
	Violated      bool

	Spans, Calls, ToolCalls, Retrievals, Errors int64
	// Unpriced calls have no price, partial ones a lower bound.
	Unpriced, Partial int64
	Input, Output     model.Int
	// Cost is what they cost, by cost/rollup: that of the product's own calls
	// with what of it was waste, and that of judges and shadow traffic apart.
	Cost rollup.CallCost
	// Quality is the mean score of its evaluations, from 0 to 1; nil where none
	// was given.
	Quality *float64

	// Weight is how many tasks like it the sampling of its traces leaves it
	// standing for; 1 where they were kept for certain.
	Weight float64

	Slices []string
}

// TaskKey names a task within an installation.
type TaskKey struct{ Product, ID string }

// Tasks puts the rows of whole tasks together, in order of product and id.
// Rows that only watch (plain spans, evaluations) make no task by themselves,
// and a prediction does only where it names one, or where windage.yaml says
// that every trace, or session, is one: scored by itself it is an answer to be
// right or wrong, not a unit of user value.
func (p Placer) Tasks(rows []Row, said []Said) []Task {
	groups := map[TaskKey][]*Row{}
	for i := range rows {
		if r := &rows[i]; r.Task != "" {
			k := TaskKey{r.Product, r.Task}
			groups[k] = append(groups[k], r)
		}
	}
	about := map[TaskKey][]*Said{}
	for i := range said {
		if s := &said[i]; s.Task != "" {
			k := TaskKey{s.Product, s.Task}
			about[k] = append(about[k], s)
		}
	}
	var out []Task
	for k, rs := range groups {
		if !works(rs, p.File.Products[k.Product].Task.By) {
			continue
		}
		out = append(out, p.task(k, rs, about[k]))
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Product != out[j].Product {
			return out[i].Product < out[j].Product
		}
		return out[i].ID < out[j].ID
	})
	return out
}

func works(rows []*Row, by spec.TaskRule) bool {
	for _, r := range rows {
		switch r.Kind {
		case model.KindPrediction:
			if r.Rule != spec.ByID && r.Rule != spec.BySession && (r.Rule != spec.ByTrace || by != spec.ByTrace) {
				continue
			}
			fallthrough
		case model.KindModelCall, model.KindEmbedding, model.KindRerank, model.KindToolCall, model.KindRetrieval, model.KindTask:
			if r.Purpose == "" {
				return true
			}
		}
	}
	return false
}

func (p Placer) task(k TaskKey, rows []*Row, said []*Said) Task {
	sort.Slice(rows, func(i, j int) bool { return before(rows[i], rows[j]) })
	first := rows[0]
	t := Task{Product: k.Product, ID: k.ID, Rule: first.Rule, Trace: first.TraceID, Start: first.Start, Service: first.ServiceName, Environment: first.Environment, Slices: first.Slices}
	present := make(map[model.SpanID]bool, len(rows))
	for _, r := range rows {
		present[r.SpanID] = true
	}
	t.Ended, t.Weight = true, 1
	spans := make([]*model.Span, len(rows))
	for i, r := range rows {
		spans[i] = r.Span
	}
	t.Cost = *rollup.Sum(rollup.Calls(spans))
	t.Calls, t.Unpriced = int64(t.Cost.Calls), int64(t.Cost.Unpriced)
	t.Quality = score(said)
	var unknownTokens bool
	for _, r := range rows {
		t.Weight = max(t.Weight, r.Sample.Weight)
		if r.End().After(t.End) {
			t.End = r.End()
		}
		if !r.ParentSpanID.IsZero() && r.TraceID == t.Trace && r == first && !present[r.ParentSpanID] {
			t.Ended = false
		}
		set(&t.Type, r.TaskType, p.attribute(k.Product, r, func(x spec.Task) string { return x.Type }), r.WorkflowName, r.AgentName)
		set(&t.Session, r.SessionID)
		set(&t.User, r.UserID)
		set(&t.Tenant, r.Tenant)
		set(&t.Agent, r.AgentName)
		set(&t.Prompt, r.PromptVersion)
		set(&t.Variant, r.Variant)
		set(&t.Language, r.Language)
		t.Spans++
		if r.Failed() {
			t.Errors++
		}
		switch {
		case r.Repeats():
		case r.Kind == model.KindToolCall:
			t.ToolCalls++
		case r.Kind == model.KindRetrieval:
			t.Retrievals++
		case r.CostCounted:
			t.call(r, &unknownTokens)
		case r.Kind == model.KindPrediction:
			set(&t.Model, r.Span.Model())
		}
	}
	if unknownTokens {
		t.Input, t.Output = model.Int{}, model.Int{}
	}
	abandon := DefaultAbandonAfter
	if a := p.File.Products[k.Product].Task.AbandonAfter; a > 0 {
		abandon = a
	}
	t.AbandonsAt = t.End.Add(abandon)
	t.ClosesAt = t.AbandonsAt
	if t.Ended {
		t.ClosesAt = t.End.Add(Settle)
	}
	p.outcome(&t, rows, said)
	return t
}

func (t *Task) call(r *Row, unknown *bool) {
	if r.Purpose != "" && r.Purpose != "canary" {
		return
	}
	set(&t.Model, r.Span.Model())
	if r.InContainer() {
		return
	}
	if r.Cost != nil && r.Cost.Status == model.CostPartial {
		t.Partial++
	}
	if !r.InputTotal.Known || !r.OutputTotal.Known {
		*unknown = true
		return
	}
	t.Input = model.Some(t.Input.Or(0) + r.InputTotal.N)
	t.Output = model.Some(t.Output.Or(0) + r.OutputTotal.N)
}

// score is the mean score of evaluations: a verdict is 1 or 0, a value counts
// where it is on the scale from 0 to 1. What judges say of anchors is about
// the judges.
func score(said []*Said) *float64 {
	var sum float64
	n := 0
	for _, s := range said {
		if s.Kind != model.SignalEvaluation || s.Anchor != "" {
			continue
		}
		switch {
		case s.Value != nil && *s.Value >= 0 && *s.Value <= 1:
			sum += *s.Value
		case s.Passed == model.True:
			sum++
		case s.Passed != model.False:
			continue
		}
		n++
	}
	if n == 0 {
		return nil
	}
	mean := sum / float64(n)
	return &mean
}

func (p Placer) attribute(product string, r *Row, which func(spec.Task) string) string {
	if name := which(p.File.Products[product].Task); name != "" {
		return r.Attribute(name)
	}
	return ""
}

func set(dst *string, values ...string) {
	for _, v := range values {
		if *dst == "" {
			*dst = v
		}
	}
}

// outcome decides how the task ended. The latest outcome that was said wins
// over one on a span, which wins over an error of the root; the product's own
// condition of success, where it has one, decides between success and failure.
// An OK status alone is unknown: nobody said that the user was served.
func (p Placer) outcome(t *Task, rows []*Row, said []*Said) {
	t.Outcome = model.OutcomeUnknown
	attrs := map[string]string{}
	for i := len(rows) - 1; i >= 0; i-- {
		if o := rows[i].TaskOutcome; o != "" {
			t.Outcome, t.OutcomeSource = OutcomeOf(o), "attribute"
			attrs["outcome"] = o
			break
		}
	}
	sort.SliceStable(said, func(i, j int) bool { return said[i].At.Before(said[j].At) })
	for _, s := range said {
		switch s.Kind {
		case model.SignalOutcome:
			label := s.Label
			if label == "" {
				label = passWord(s.Passed)
			}
			t.Outcome, t.OutcomeSource = OutcomeOf(label), "signal"
			attrs["outcome"] = label
		case model.SignalViolation:
			t.Violated = true
		case model.SignalFeedback:
			t.Overridden = t.Overridden || OutcomeOf(s.Label) == model.OutcomeOverridden
			t.Escalated = t.Escalated || OutcomeOf(s.Label) == model.OutcomeEscalated
		}
		attrs[s.Name] = s.Label
		if s.Value != nil {
			attrs[s.Name+".value"] = strconv.FormatFloat(*s.Value, 'g', -1, 64)
			if s.Label == "" {
				attrs[s.Name] = attrs[s.Name+".value"]
			}
		}
	}
	if text := p.File.Products[t.Product].Task.Success; text != "" {
		p.condition(t, text, attrs, rows)
	}
	if t.Outcome == model.OutcomeUnknown && rows[0].Failed() && (rows[0].ParentSpanID.IsZero() || isRun(rows[0])) {
		t.Outcome, t.OutcomeSource = model.OutcomeFailure, "error"
	}
	t.Escalated = t.Escalated || t.Outcome == model.OutcomeEscalated
	t.Overridden = t.Overridden || t.Outcome == model.OutcomeOverridden
}

// condition applies the product's own test of success. Where nothing it could
// read was said yet, the outcome stays unknown.
func (p Placer) condition(t *Task, text string, attrs map[string]string, rows []*Row) {
	c, err := spec.ParseCondition(text)
	if err != nil {
		return // refused when the file was read
	}
	known := false
	holds := c.Holds(func(name string) string {
		v, ok := attrs[name]
		for i := 0; !ok && i < len(rows); i++ {
			v = rows[i].Attribute(name)
			ok = v != ""
		}
		known = known || ok && v != ""
		return v
	})
	switch {
	case holds:
		t.Outcome, t.OutcomeSource = model.OutcomeSuccess, "rule"
	case known && (t.Outcome == model.OutcomeSuccess || t.Outcome == model.OutcomeUnknown):
		t.Outcome, t.OutcomeSource = model.OutcomeFailure, "rule"
	}
}

func passWord(b model.Bool) string {
	switch b {
	case model.True:
		return string(model.OutcomeSuccess)
	case model.False:
		return string(model.OutcomeFailure)
	default:
		return ""
	}
}

var outcomeWords = map[string]model.Outcome{
	"success": model.OutcomeSuccess, "succeeded": model.OutcomeSuccess, "successful": model.OutcomeSuccess, "resolved": model.OutcomeSuccess,
	"completed": model.OutcomeSuccess, "complete": model.OutcomeSuccess, "done": model.OutcomeSuccess, "ok": model.OutcomeSuccess,
	"pass": model.OutcomeSuccess, "passed": model.OutcomeSuccess, "true": model.OutcomeSuccess, "solved": model.OutcomeSuccess,
	"failure": model.OutcomeFailure, "failed": model.OutcomeFailure, "fail": model.OutcomeFailure, "error": model.OutcomeFailure,
	"unresolved": model.OutcomeFailure, "not_resolved": model.OutcomeFailure, "reopened": model.OutcomeFailure, "false": model.OutcomeFailure,
	"rejected": model.OutcomeFailure, "timeout": model.OutcomeFailure,
	"escalated": model.OutcomeEscalated, "escalation": model.OutcomeEscalated, "handoff": model.OutcomeEscalated,
	"handed_off": model.OutcomeEscalated, "human": model.OutcomeEscalated, "transferred": model.OutcomeEscalated,
	"overridden": model.OutcomeOverridden, "override": model.OutcomeOverridden, "overruled": model.OutcomeOverridden,
	"corrected": model.OutcomeOverridden,
	"abandoned": model.OutcomeAbandoned, "cancelled": model.OutcomeAbandoned, "canceled": model.OutcomeAbandoned, "dropped": model.OutcomeAbandoned,
}

// OutcomeWords are the labels that OutcomeOf knows, by outcome, in order.
func OutcomeWords() map[model.Outcome][]string {
	out := map[model.Outcome][]string{}
	for w, o := range outcomeWords {
		out[o] = append(out[o], w)
	}
	for _, words := range out {
		sort.Strings(words)
	}
	return out
}

// OutcomeOf reads an outcome in the words that products use; what it does not
// know is unknown, never a guess.
func OutcomeOf(label string) model.Outcome {
	label = strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(label)))
	if o, ok := outcomeWords[label]; ok {
		return o
	}
	return model.OutcomeUnknown
}
