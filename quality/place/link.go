package place

import (
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

// MaxLinked bounds how many traces are joined over links. A group of more is
// no task that goes on elsewhere but a fan-out, and none of it is joined,
// whichever of its traces is looked at first.
const MaxLinked = 64

// Continues is the trace whose work a span goes on with, by its links: that of
// a queue's consumer, or of what starts a trace, where all its links lead to
// one other trace. A span that is linked with several, as of a batch, goes on
// with none of them.
func Continues(s *model.Span) (other model.TraceID, ok bool) {
	if s.OTelKind != "consumer" && !s.ParentSpanID.IsZero() {
		return other, false
	}
	for _, l := range s.Links {
		switch {
		case l.TraceID == s.TraceID || l.TraceID.IsZero() || ok && l.TraceID == other:
		case ok:
			return model.TraceID{}, false
		default:
			other, ok = l.TraceID, true
		}
	}
	return other, ok
}

// links joins what goes on in another trace to the task that it goes on with:
// the rows at and below the linking span. An explicit id, a named turn and a
// session stand, and so does a run that the linking span is part of; a
// conversation's turn goes on only in a queue's consumer, since one turn may
// be linked with the one before. Tasks of different products stay apart.
func links(rows []Row) {
	l := linker{at: map[spanKey]*Row{}, traces: map[model.TraceID][]*Row{}, linked: NewLinked(), next: map[*Row]*Row{}}
	for i := range rows {
		if to, ok := Continues(rows[i].Span); ok {
			l.linked.Join(rows[i].TraceID, to)
		}
	}
	if l.linked.empty() {
		return
	}
	for i := range rows {
		r := &rows[i]
		if l.linked.Has(r.TraceID) && l.linked.Size(r.TraceID) <= MaxLinked {
			l.at[spanKey{r.TraceID, r.SpanID}] = r
			l.traces[r.TraceID] = append(l.traces[r.TraceID], r)
		}
	}
	for _, trace := range l.traces {
		for _, r := range trace {
			if to, ok := Continues(r.Span); ok {
				if t := l.target(r, to); t != nil {
					l.next[r] = t
				}
			}
		}
	}
	l.open()
	// All is looked up before anything moves, so that the order is of no matter.
	type move struct {
		row  *Row
		task string
		rule spec.TaskRule
	}
	var moves []move
	for _, trace := range l.traces {
		for _, r := range trace {
			if to := l.end(r); to != r {
				moves = append(moves, move{r, to.Task, to.Rule})
			}
		}
	}
	for _, m := range moves {
		m.row.Task, m.row.Rule = m.task, m.rule
	}
}

type linker struct {
	at     map[spanKey]*Row
	traces map[model.TraceID][]*Row
	linked *Linked
	next   map[*Row]*Row // a span that goes on with another's work → a row of that task
}

// up walks from a row to its ancestors.
func (l *linker) up(r *Row, found func(*Row) bool) *Row {
	for steps := 0; r != nil && steps <= len(l.traces[r.TraceID]); steps++ {
		if found(r) {
			return r
		}
		if r.ParentSpanID.IsZero() {
			return nil
		}
		r = l.at[spanKey{r.TraceID, r.ParentSpanID}]
	}
	return nil
}

// target is the row that the span is linked with, or one above it that is
// part of a task; where it is not there, the first of the trace, if that holds
// one task only. Links that lead to several tasks lead to none.
func (l *linker) target(r *Row, trace model.TraceID) *Row {
	var found *Row
	for _, link := range r.Links {
		if link.TraceID != trace {
			continue
		}
		t := l.up(l.at[spanKey{link.TraceID, link.SpanID}], func(x *Row) bool { return x.Task != "" })
		if t == nil {
			t = l.only(trace)
		}
		if t == nil || found != nil && (found.Task != t.Task || found.Product != t.Product) {
			return nil
		}
		found = t
	}
	return found
}

func (l *linker) only(trace model.TraceID) *Row {
	var first *Row
	for _, x := range l.traces[trace] {
		switch {
		case x.Task == "":
		case first == nil:
			first = x
		case x.Task != first.Task || x.Product != first.Product:
			return nil
		case before(x, first):
			first = x
		}
	}
	return first
}

// from is the span over which the row is part of what goes on elsewhere, or nil.
func (l *linker) from(r *Row) *Row {
	if r.Task == "" {
		return nil
	}
	over := l.up(r, func(x *Row) bool { return l.next[x] != nil })
	if over == nil || l.next[over].Product != r.Product {
		return nil
	}
	switch r.Rule {
	case spec.ByTrace:
		return over
	case spec.ByRun:
		if !over.ParentSpanID.IsZero() {
			if run := l.up(l.at[spanKey{over.TraceID, over.ParentSpanID}], isRun); run != nil {
				return nil
			}
		}
		return over
	case spec.ByTurn:
		if over.OTelKind == "consumer" && r.Task == r.TraceID.String() {
			return over
		}
	}
	return nil
}

// end is the row whose task the row is part of in the end: itself where it
// goes on with nothing.
func (l *linker) end(r *Row) *Row {
	for over := l.from(r); over != nil; over = l.from(r) {
		r = l.next[over]
	}
	return r
}

// open undoes circles: where spans go on with each other's work in a circle,
// the first of them began it.
func (l *linker) open() {
	done := map[*Row]bool{}
	for over := range l.next {
		var way []*Row
		on := map[*Row]int{}
		for x := over; x != nil && !done[x]; x = l.from(l.next[x]) {
			if i, ok := on[x]; ok {
				first := x
				for _, y := range way[i:] {
					if before(y, first) {
						first = y
					}
				}
				delete(l.next, first)
				break
			}
			on[x] = len(way)
			way = append(way, x)
		}
		for _, x := range way {
			done[x] = true
		}
	}
}

// Linked groups traces that are linked with each other.
type Linked struct {
	parent map[model.TraceID]model.TraceID
	size   map[model.TraceID]int
}

// NewLinked knows no trace yet.
func NewLinked() *Linked {
	return &Linked{map[model.TraceID]model.TraceID{}, map[model.TraceID]int{}}
}

func (g *Linked) empty() bool { return len(g.parent) == 0 }

// Has reports whether the trace is known.
func (g *Linked) Has(t model.TraceID) bool { _, ok := g.parent[t]; return ok }

func (g *Linked) root(t model.TraceID) model.TraceID {
	if !g.Has(t) {
		g.parent[t], g.size[t] = t, 1
	}
	for g.parent[t] != t {
		g.parent[t] = g.parent[g.parent[t]]
		t = g.parent[t]
	}
	return t
}

// Size is the number of traces in the trace's group.
func (g *Linked) Size(t model.TraceID) int { return g.size[g.root(t)] }

// Join puts two traces in one group.
func (g *Linked) Join(a, b model.TraceID) {
	a, b = g.root(a), g.root(b)
	if a == b {
		return
	}
	if g.size[a] < g.size[b] {
		a, b = b, a
	}
	g.parent[b] = a
	g.size[a] += g.size[b]
}
