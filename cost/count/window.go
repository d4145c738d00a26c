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
// The zero value is ready. It is safe for concurrent use.
type Window struct {
	mu   sync.Mutex
	rows []*model.Span // copies, oldest first
	sent map[*model.Span]bool
}

// maxWindow bounds how many rows a window remembers.
const maxWindow = 2048

// Settle decides which rows of a batch count, and merges twins within it.
func (w *Window) Settle(batch []*model.Span) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sent == nil {
		w.sent = map[*model.Span]bool{}
	}
	all := make([]*model.Span, 0, len(w.rows)+len(batch))
	all = append(append(all, w.rows...), batch...)
	s := settle(all)
	for root := range s.nodes {
		n := &s.nodes[root]
		if n.parent != root {
			continue
		}
		var first *model.Span // what already counts
		for _, i := range n.members {
			if r := s.nodes[i].row; w.sent[r] {
				first = r
			}
		}
		if first == nil {
			continue
		}
		for _, i := range n.members {
			switch m := &s.nodes[i]; {
			case m.row == first:
			case m.row.TraceID == first.TraceID && m.row.SpanID == first.SpanID:
				// The same span exported again replaces its row in the store:
				// it goes on counting, or nothing would.
				m.row.CostCounted = true
				m.row.CostSuppressedBy, m.row.CostSuppressedRule = "", ""
			default:
				m.row.CostCounted = false
				m.row.CostSuppressedBy, m.row.CostSuppressedRule = first.SpanID.String(), cmp.Or(m.rule, RuleTwin)
			}
		}
	}
	for _, r := range batch {
		if r.Kind == model.KindSpan && r.ParentSpanID.IsZero() {
			continue // nothing can hang on it
		}
		c := *r
		w.rows = append(w.rows, &c)
		if r.CostCounted {
			w.sent[&c] = true
		}
	}
	if drop := len(w.rows) - maxWindow; drop > 0 {
		for _, r := range w.rows[:drop] {
			delete(w.sent, r)
		}
		w.rows = append(w.rows[:0:0], w.rows[drop:]...)
	}
}
