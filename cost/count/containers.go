package count

import (
	"cmp"
	"slices"
	"time"

	"github.com/windage-dev/windage/model"
)

// below is what the calls below a container used.
type below struct {
	by      *model.Span // one that explains the container
	in, out int64       // of the calls that count
}

// aggregates counts a container's own usage where no call accounts for it.
// Calls account for a container when they lie below it and are of its model,
// of its own instrumentation, or add up to it; and, in whatever place, when
// they ran while it did and no container of their own accounts for them. A
// call without usage accounts for nothing.
func (s *settlement) aggregates() {
	if len(s.tasks) == 0 {
		return
	}
	byKey := make(map[spanKey]*below, len(s.tasks))
	for _, t := range s.tasks {
		byKey[spanKey{t.TraceID, t.SpanID}] = &below{}
	}
	free := map[string][]int{} // by service: calls below no container with usage
	for i := range s.nodes {
		r := s.nodes[i].row
		if s.nodes[i].tool() || !r.HasUsage() {
			continue
		}
		if !s.climb(r, byKey) {
			free[r.ServiceName] = append(free[r.ServiceName], i)
		}
	}
	within := map[spanKey]bool{} // containers that count
	for _, t := range s.tasks {
		k := spanKey{t.TraceID, t.SpanID}
		if within[k] {
			t.CostSuppressedBy, t.CostSuppressedRule = t.SpanID.String(), RuleResent
			continue
		}
		b := byKey[k]
		by := b.by
		if by == nil && b.in == t.InputTotal.Or(-1) && b.out == t.OutputTotal.Or(-1) {
			by = s.anyBelow(t)
		}
		if by == nil {
			by = s.during(t, free[t.ServiceName])
		}
		if by == nil && t.MayCount() && !s.containerAbove(t, within) {
			t.CostCounted = true
			within[k] = true
			continue
		}
		t.CostSuppressedRule = RuleAggregate
		if by != nil {
			s.explained[t] = by
			t.CostSuppressedBy = by.SpanID.String()
			if by.CostSuppressedBy != "" {
				t.CostSuppressedBy = by.CostSuppressedBy
			}
		}
	}
	if len(within) > 0 {
		s.contained(within)
	}
}

// contained marks the calls without usage whose container tells, and counts,
// what they used.
func (s *settlement) contained(within map[spanKey]bool) {
	for i := range s.nodes {
		r := s.nodes[i].row
		if !r.CostCounted || r.HasUsage() || r.Failed() {
			continue
		}
		at := spanKey{r.TraceID, r.ParentSpanID}
		for range maxDepth {
			up := s.bySpan[at]
			if at.span.IsZero() || up == nil {
				break
			}
			if within[at] && partOf(up, r) {
				r.CostSuppressedBy, r.CostSuppressedRule = up.SpanID.String(), RuleInContainer
				break
			}
			at.span = up.ParentSpanID
		}
	}
}

// partOf reports whether what a container adds up holds a call below it.
func partOf(t, r *model.Span) bool {
	return r.ScopeName == t.ScopeName && r.Kind == model.KindModelCall || alike(t, r)
}

// climb tells the containers above a call of it, and reports whether there are
// any.
func (s *settlement) climb(r *model.Span, byKey map[spanKey]*below) (any bool) {
	at := spanKey{r.TraceID, r.ParentSpanID}
	for range maxDepth {
		if at.span.IsZero() {
			break
		}
		up := s.bySpan[at]
		if up == nil {
			break
		}
		if b := byKey[at]; b != nil {
			any = true
			if r.CostCounted {
				b.in, b.out = b.in+r.InputTotal.Or(0), b.out+r.OutputTotal.Or(0)
			}
			if b.by == nil && partOf(up, r) {
				b.by = r
			}
		}
		at.span = up.ParentSpanID
	}
	return any
}

// anyBelow is the first call below a container.
func (s *settlement) anyBelow(t *model.Span) *model.Span {
	for i := range s.nodes {
		r := s.nodes[i].row
		if r.TraceID != t.TraceID || !r.CostCounted {
			continue
		}
		for at, depth := (spanKey{r.TraceID, r.ParentSpanID}), 0; !at.span.IsZero() && depth < maxDepth; depth++ {
			if at.span == t.SpanID {
				return r
			}
			up := s.bySpan[at]
			if up == nil {
				break
			}
			at.span = up.ParentSpanID
		}
	}
	return nil
}

// alike reports whether a call may be of a container's model.
func alike(t, r *model.Span) bool {
	if gateway(r) {
		return true // an alias stands for the model
	}
	known := false
	for _, x := range modelsOf(t) {
		for _, y := range modelsOf(r) {
			if x == "" || y == "" {
				continue
			}
			known = true
			if sameModel(x, y) {
				return true
			}
		}
	}
	return !known
}

func (s *settlement) containerAbove(t *model.Span, within map[spanKey]bool) bool {
	at := spanKey{t.TraceID, t.ParentSpanID}
	for range maxDepth {
		if at.span.IsZero() {
			return false
		}
		if within[at] {
			return true
		}
		up := s.bySpan[at]
		if up == nil {
			return false
		}
		at.span = up.ParentSpanID
	}
	return false
}

// during is a call of the same service and model that ran while t did, in any
// trace, and can be part of what t used.
func (s *settlement) during(t *model.Span, free []int) *model.Span {
	from, _ := slices.BinarySearchFunc(free, t.Start.Add(-aggregateMargin), func(i int, at time.Time) int { return s.nodes[i].row.Start.Compare(at) })
	for _, i := range free[from:] {
		r := s.nodes[i].row
		if r.Start.After(t.End().Add(aggregateMargin)) {
			break
		}
		if MayExplain(t, r) {
			return r
		}
	}
	return nil
}

// MayExplain reports whether a call of the same service that is not below a
// container may be one of those whose usage the container adds up.
func MayExplain(t, r *model.Span) bool {
	return r.Kind.IsCall() && r.ServiceName == t.ServiceName && r.HasUsage() && alike(t, r) &&
		!r.Start.Before(t.Start.Add(-aggregateMargin)) && !r.Start.After(t.End().Add(aggregateMargin)) &&
		r.InputTotal.Or(0) <= t.InputTotal.Or(0) && r.OutputTotal.Or(0) <= t.OutputTotal.Or(0)
}

// told remembers, of a bounded number of spans, that a call lies below them:
// what the window forgets before a long task ends. Spans end inside out, so
// that a container comes after all that lies below it.
type told struct {
	spans map[spanKey]struct{}
	ring  []spanKey
	next  int
}

const maxTold = 1 << 16

// batch takes the rows of a batch in, innermost first, and takes back what was
// decided of containers that calls of earlier batches account for.
func (o *told) batch(rows []*model.Span) {
	if o.spans == nil {
		o.spans = map[spanKey]struct{}{}
	}
	order := rows
	if len(rows) > 1 {
		order = slices.Clone(rows)
		slices.SortStableFunc(order, func(a, b *model.Span) int {
			return cmp.Or(b.Start.Compare(a.Start), cmp.Compare(a.Duration, b.Duration))
		})
	}
	for _, r := range order {
		_, under := o.spans[spanKey{r.TraceID, r.SpanID}]
		switch {
		case r.Kind == model.KindTask && under && r.CostCounted:
			r.CostCounted, r.CostSuppressedRule = false, RuleAggregate
		case r.Kind == model.KindToolCall:
			continue // what happens inside a tool is no part of what is around it
		}
		if (under || r.HasUsage() && (r.Kind.IsCall() || r.CostCounted)) && !r.ParentSpanID.IsZero() {
			o.add(spanKey{r.TraceID, r.ParentSpanID})
		}
	}
}

func (o *told) add(k spanKey) {
	if _, ok := o.spans[k]; ok {
		return
	}
	o.spans[k] = struct{}{}
	if len(o.ring) < maxTold {
		o.ring = append(o.ring, k)
		return
	}
	delete(o.spans, o.ring[o.next])
	o.ring[o.next] = k
	o.next = (o.next + 1) % maxTold
}
