package place

import (
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

// turnAttributes are the names that SDKs give to the turn of a conversation
// (Pipecat, coding agents), looked for where windage.yaml names no other.
var turnAttributes = []string{
	"gen_ai.conversation.turn.id", "gen_ai.conversation.turn", "conversation.turn.id", "conversation.turn", "turn.id", "turn.number", "turn_id", "turn_number",
}

// TaskAttributes are the attributes that the rules of a task read, besides the
// fields of a row.
func TaskAttributes(t spec.Task) []string {
	out := []string{t.ID, t.Type, t.Turn}
	if t.Turn == "" {
		out = append(out, turnAttributes...)
	}
	return out
}

// order is which rules are tried, by the first of them; the trace is what is
// left in the end.
var order = map[spec.TaskRule][]spec.TaskRule{
	"":             {spec.ByID, spec.ByRun, spec.ByTurn},
	spec.ByID:      {spec.ByID, spec.ByRun, spec.ByTurn},
	spec.ByRun:     {spec.ByRun, spec.ByTurn},
	spec.ByTurn:    {spec.ByTurn},
	spec.BySession: {spec.BySession},
	spec.ByTrace:   {},
}

func (p Placer) rule(product string) spec.Task { return p.File.Products[product].Task }

func isRun(r *Row) bool {
	return r.Operation == "invoke_workflow" || r.Operation == "invoke_agent"
}

func isTurn(r *Row) bool { return r.Operation == "turn" && r.Kind == model.KindTask }

// tasks gives each row of a trace the key of its task and the rule that made
// it: the first one of its product's that says something of the row.
func (p Placer) tasks(rows []*Row, byID map[model.SpanID]*Row) {
	t := p.scan(rows, byID)
	for _, r := range rows {
		if r.Product == "" {
			continue
		}
		rules := order[p.rule(r.Product).By]
		// Beside runs and turns a plain span is no task of its own: a request
		// that holds two of them belongs to neither.
		plain := r.Kind == model.KindSpan && t.parts(p.rule(r.Product).By)
		for _, rule := range rules {
			if plain && t.runs && rule == spec.ByTurn && rules[0] != rule {
				continue
			}
			if key := t.key(rule, r); key != "" {
				r.Task, r.Rule = key, rule
				break
			}
		}
		if r.Task == "" && !plain {
			r.Task, r.Rule = r.TraceID.String(), spec.ByTrace
		}
	}
}

// trace is what the rules need to know of a trace as a whole.
type trace struct {
	p     Placer
	byID  map[model.SpanID]*Row
	ids   map[string]bool
	turn  map[*Row]string // the rows that name their turn, with its key
	turns map[string]bool // those keys
	convs map[string]bool
	runs  bool
}

func (p Placer) scan(rows []*Row, byID map[model.SpanID]*Row) *trace {
	t := &trace{p: p, byID: byID, ids: map[string]bool{}, turn: map[*Row]string{}, turns: map[string]bool{}, convs: map[string]bool{}}
	for _, r := range rows {
		if id := p.taskID(r); id != "" {
			t.ids[id] = true
		}
		if key := t.explicitTurn(r); key != "" {
			t.turn[r], t.turns[key] = key, true
		}
		if c := t.conversation(r); c != "" {
			t.convs[c] = true
		}
		t.runs = t.runs || isRun(r)
	}
	return t
}

// parts reports whether the trace holds more than one task, or may.
func (t *trace) parts(first spec.TaskRule) bool {
	switch first {
	case spec.ByTrace, spec.BySession:
		return false
	case spec.ByTurn:
		return len(t.turns) > 0 || len(t.convs) > 1
	default:
		return t.runs || len(t.turns) > 0 || len(t.convs) > 1
	}
}

// key is the task that a rule puts the row in, or "" where it says nothing.
func (t *trace) key(rule spec.TaskRule, r *Row) string {
	switch rule {
	case spec.ByID:
		// On the row or above it, or the only one in the trace.
		if up := nearest(r, t.byID, func(x *Row) bool { return t.p.taskID(x) != "" }); up != nil {
			return t.p.taskID(up)
		}
		return only(t.ids)
	case spec.ByRun:
		if run := outermost(r, t.byID, isRun); run != nil {
			return r.TraceID.String() + "/" + run.SpanID.String()
		}
	case spec.ByTurn:
		return t.turnOf(r)
	case spec.BySession:
		if c := t.conversation(r); c != "" {
			return c
		}
		return only(t.convs)
	}
	return ""
}

// turnOf is the turn of a conversation that the row is part of: the one that the
// row or a span above it names, or else one request, which is what a trace
// does for one conversation. A conversation without an id has none: nobody may
// make one up.
func (t *trace) turnOf(r *Row) string {
	if len(t.turns) > 0 {
		if up := nearest(r, t.byID, func(x *Row) bool { return t.turn[x] != "" }); up != nil {
			return t.turn[up]
		}
		return only(t.turns)
	}
	switch len(t.convs) {
	case 0:
		return ""
	case 1:
		return r.TraceID.String()
	}
	if c := t.conversation(r); c != "" {
		return r.TraceID.String() + "/" + c
	}
	return ""
}

// explicitTurn is the key of the turn that the row itself names, or "".
func (t *trace) explicitTurn(r *Row) string {
	turn := t.p.turnOf(r.Product, r.Attribute)
	if turn == "" {
		if isTurn(r) {
			return r.TraceID.String() + "/" + r.SpanID.String()
		}
		return ""
	}
	if c := t.conversation(r); c != "" {
		return c + "/" + turn
	}
	return r.TraceID.String() + "/" + turn
}

func (p Placer) turnOf(product string, get func(string) string) string {
	if name := p.rule(product).Turn; name != "" {
		return get(name)
	}
	for _, name := range turnAttributes {
		if v := get(name); v != "" {
			return v
		}
	}
	return ""
}

// conversation is the id of the conversation that the row is part of: that of
// the highest span which has one, since what runs inside of it may have a
// thread of its own.
func (t *trace) conversation(r *Row) string {
	if up := outermost(r, t.byID, func(x *Row) bool { return x.SessionID != "" }); up != nil {
		return up.SessionID
	}
	return ""
}

func (p Placer) taskID(r *Row) string {
	if prod, ok := p.File.Products[r.Product]; ok && prod.Task.ID != "" {
		return r.Attribute(prod.Task.ID)
	}
	return r.TaskID
}

// AcrossSession reports whether the task of a row may have more rows in other
// traces of the same session.
func (p Placer) AcrossSession(s *model.Span) bool {
	if s.SessionID == "" {
		return false
	}
	product := p.product(s)
	t := p.rule(product)
	switch t.By {
	case spec.BySession:
		return true
	case spec.ByRun, spec.ByTurn, spec.ByID, "":
		return t.ID != "" && s.Attribute(t.ID) == s.SessionID || p.turnOf(product, s.Attribute) != ""
	default:
		return false
	}
}

// only is the one value of a set, or "".
func only(set map[string]bool) string {
	if len(set) != 1 {
		return ""
	}
	for v := range set {
		return v
	}
	return ""
}
