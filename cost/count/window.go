package count

import (
	"cmp"
	"sync"

	"github.com/windage-dev/windage/model"
)

// Window settles rows as they arrive in batches, against the rows that came
// shortly before. A row that was let through as counted stays the one that
// counts: what tells of the same request later is suppressed, however full it
// is. The store decides anew, and for good, when it recomputes the minute from
// all rows.
//
// A batch is settled with those remembered rows only that can have to do with
// it: of its traces, with its response ids, or of its models at its time.
//
// The zero value is ready. It is safe for concurrent use.
type Window struct {
	mu      sync.Mutex
	ring    []*seen // oldest at next, once it is full
	next    int
	spans   map[spanKey]*seen
	traces  map[model.TraceID][]*seen
	ids     map[string][]*seen
	buckets map[bucketKey][]*seen
	told    told
}

// seen is one remembered row.
type seen struct {
	row  model.Span // a copy
	sent bool       // it went on as counted, or as the telling of a tool run
}

// bucketKey gathers calls that may be twins, whatever their service: a client
// and its gateway are of two.
type bucketKey struct {
	kind  model.Kind
	model string
}

// maxWindow bounds how many rows a window remembers, maxRelated how many of
// them one row of a batch is settled with for one reason.
const (
	maxWindow  = 4096
	maxRelated = 32
)

// Settle decides which rows of a batch count, and merges twins within it.
func (w *Window) Settle(batch []*model.Span) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.spans == nil {
		w.spans, w.traces, w.ids, w.buckets = map[spanKey]*seen{}, map[model.TraceID][]*seen{}, map[string][]*seen{}, map[bucketKey][]*seen{}
	}
	related := w.related(batch)
	all := make([]*model.Span, 0, len(related)+len(batch))
	sent := map[*model.Span]bool{}
	for _, e := range related {
		all = append(all, &e.row)
		if e.sent {
			sent[&e.row] = true
		}
	}
	all = append(all, batch...)
	s := settle(all)
	if len(sent) > 0 {
		s.keep(sent)
	}
	w.told.batch(batch)
	for _, r := range batch {
		w.add(r)
	}
}

// keep lets what already counts go on counting.
func (s *settlement) keep(sent map[*model.Span]bool) {
	for root := range s.nodes {
		if s.nodes[root].parent != root {
			continue
		}
		var first *model.Span
		for _, i := range s.nodes[root].members {
			if r := s.nodes[i].row; sent[r] {
				first = r
			}
		}
		if first == nil {
			continue
		}
		for _, i := range s.nodes[root].members {
			switch m := &s.nodes[i]; {
			case m.row == first:
			case m.row.TraceID == first.TraceID && m.row.SpanID == first.SpanID:
				// The same span exported again replaces its row in the store:
				// it goes on counting, or nothing would.
				m.row.CostCounted = !m.tool()
				m.row.CostSuppressedBy, m.row.CostSuppressedRule = "", ""
			default:
				m.row.CostCounted = false
				m.row.CostSuppressedBy, m.row.CostSuppressedRule = first.SpanID.String(), cmp.Or(m.rule, RuleTwin)
			}
		}
	}
	s.keepContainers(sent)
}

// keepContainers does the same for containers: the calls below one that was
// let through come too late to be counted here.
func (s *settlement) keepContainers(sent map[*model.Span]bool) {
	counted := map[spanKey]*model.Span{}
	for _, t := range s.tasks {
		if sent[t] {
			counted[spanKey{t.TraceID, t.SpanID}] = t
		}
	}
	if len(counted) == 0 {
		return
	}
	for _, t := range s.tasks {
		if first := counted[spanKey{t.TraceID, t.SpanID}]; first != nil && first != t {
			t.CostCounted, t.CostSuppressedBy, t.CostSuppressedRule = true, "", "" // the same span again
		}
	}
	for i := range s.nodes {
		r := s.nodes[i].row
		if sent[r] || !r.CostCounted {
			continue
		}
		at := spanKey{r.TraceID, r.ParentSpanID}
		for depth := 0; !at.span.IsZero() && depth < maxDepth; depth++ {
			if t := counted[at]; t != nil && s.explained[t] != nil {
				r.CostCounted, r.CostSuppressedBy, r.CostSuppressedRule = false, t.SpanID.String(), RuleAggregate
				break
			}
			up := s.bySpan[at]
			if up == nil {
				break
			}
			at.span = up.ParentSpanID
		}
	}
}

// related is what the window remembers that can have to do with a batch.
func (w *Window) related(batch []*model.Span) []*seen {
	var out []*seen
	taken := map[*seen]bool{}
	take := func(e *seen) {
		if !taken[e] {
			taken[e] = true
			out = append(out, e)
		}
	}
	traces := map[model.TraceID]bool{}
	for _, r := range batch {
		if !traces[r.TraceID] {
			traces[r.TraceID] = true
			for _, e := range newest(w.traces[r.TraceID], 8*maxRelated) {
				take(e)
			}
		}
		if !remembered(r) {
			continue
		}
		if r.MayCount() {
			w.containers(r, take)
		}
		if r.Kind == model.KindTask {
			continue
		}
		if id := idOf(r); id != "" {
			for _, e := range newest(w.ids[id], maxRelated) {
				take(e)
			}
		}
		n := node{row: r, models: modelsOf(r)}
		for m := range names(&n) {
			for _, e := range newest(w.buckets[bucketKey{r.Kind, m}], maxCandidates) {
				// another scope's twin; or the call whose stream a zero-length row ends
				if other := e.row.ScopeName != r.ScopeName; other && overlap(&e.row, r) || !other && r.Duration == 0 && !e.row.HasUsage() {
					take(e)
				}
			}
		}
	}
	return out
}

// containers takes the calls that ran while a container did, and the other way
// round.
func (w *Window) containers(r *model.Span, take func(*seen)) {
	other := model.KindTask
	if r.Kind == model.KindTask {
		other = model.KindModelCall
	}
	n := node{row: r, models: modelsOf(r)}
	for m := range names(&n) {
		for _, e := range newest(w.buckets[bucketKey{other, m}], maxCandidates) {
			if other == model.KindTask && MayExplain(&e.row, r) || other == model.KindModelCall && MayExplain(r, &e.row) {
				take(e)
			}
		}
	}
}

func newest(l []*seen, n int) []*seen { return l[max(0, len(l)-n):] }

// add remembers a row, and forgets the oldest one.
func (w *Window) add(r *model.Span) {
	k := spanKey{r.TraceID, r.SpanID}
	if old, ok := w.spans[k]; ok {
		old.sent = old.sent || stands(r) // the same span again
		return
	}
	// The oldest one's memory is used again: a row is large, and every one comes by here.
	var e *seen
	if len(w.ring) < maxWindow {
		e = new(seen)
		w.ring = append(w.ring, e)
	} else {
		e = w.ring[w.next]
		w.forget(e)
		w.next = (w.next + 1) % maxWindow
	}
	e.row, e.sent = *r, stands(r)
	// Nothing is settled by these, and what people said is not to be held on to.
	e.row.Content, e.row.Rest, e.row.Documents, e.row.Signals = nil, nil, nil, nil
	w.spans[k] = e
	w.traces[r.TraceID] = append(w.traces[r.TraceID], e)
	if !remembered(r) {
		return
	}
	if id := idOf(r); id != "" && r.Kind != model.KindTask {
		w.ids[id] = append(w.ids[id], e)
	}
	n := node{row: r, models: modelsOf(r)}
	for m := range names(&n) {
		b := bucketKey{r.Kind, m}
		w.buckets[b] = append(w.buckets[b], e)
	}
}

func (w *Window) forget(e *seen) {
	r := &e.row
	delete(w.spans, spanKey{r.TraceID, r.SpanID})
	remove(w.traces, r.TraceID, e)
	if !remembered(r) {
		return
	}
	if id := idOf(r); id != "" && r.Kind != model.KindTask {
		remove(w.ids, id, e)
	}
	n := node{row: r, models: modelsOf(r)}
	for m := range names(&n) {
		remove(w.buckets, bucketKey{r.Kind, m}, e)
	}
}

// remove drops e, which is the oldest of its list but for rows that changed
// since.
func remove[K comparable](m map[K][]*seen, k K, e *seen) {
	l := m[k]
	for i := range l {
		if l[i] != e {
			continue
		}
		l[i] = nil
		if i == 0 {
			l = l[1:]
		} else {
			l = append(l[:i], l[i+1:]...)
		}
		break
	}
	if len(l) == 0 {
		delete(m, k)
		return
	}
	m[k] = l
}

// remembered reports whether a row is found again by more than its trace.
func remembered(r *model.Span) bool { return r.MayCount() || r.Kind == model.KindToolCall }

func modelsOf(r *model.Span) [3]string {
	if r.Kind == model.KindToolCall {
		return [3]string{toolName(r)}
	}
	return [3]string{baseModel(r.RequestModel), baseModel(r.ResponseModel), baseModel(r.PricedModel)}
}
