package count

import "github.com/windage-dev/windage/model"

// runningTotals lets, of the calls of a tool loop whose instrumentation adds
// the usage of the calls before to each one's own, the last one count: what it
// says holds that of the others. They lie side by side, one after the other.
func (s *settlement) runningTotals() {
	type loop struct {
		trace  model.TraceID
		parent model.SpanID
		scope  string
	}
	var last map[loop]int
	for i := range s.nodes {
		r := s.nodes[i].row
		if !r.IsAggregate || !r.CostCounted || r.ParentSpanID.IsZero() || !r.HasUsage() {
			continue
		}
		if last == nil {
			last = map[loop]int{}
		}
		k := loop{r.TraceID, r.ParentSpanID, r.ScopeName}
		if j, ok := last[k]; ok {
			if before := s.nodes[j].row; addsUp(before, r) && s.compatible(i, j) {
				before.CostCounted, before.CostSuppressedBy, before.CostSuppressedRule = false, r.SpanID.String(), RuleRunning
				s.nodes[j].running = &s.nodes[i]
			}
		}
		last[k] = i
	}
}

// addsUp reports whether the usage of a call can hold that of one before it.
func addsUp(before, r *model.Span) bool {
	return !before.End().After(r.Start) && r.InputTotal.Or(0) > before.InputTotal.Or(0) && r.OutputTotal.Or(0) > before.OutputTotal.Or(0)
}

// apportion gives each call of such a loop its own part of the running totals,
// where all of them are at hand: the calls then count side by side.
func (s *settlement) apportion() {
	for i := len(s.nodes) - 1; i >= 0; i-- { // each takes from the next what it has itself
		before := s.nodes[i].row
		if before.CostSuppressedRule != RuleRunning {
			continue
		}
		next := s.nodes[i].running.row
		for _, f := range [...]struct{ of, less *model.Int }{
			{&next.InputTotal, &before.InputTotal}, {&next.OutputTotal, &before.OutputTotal}, {&next.TotalReported, &before.TotalReported},
		} {
			if f.of.Known && f.less.Known {
				f.of.N -= f.less.N
			}
		}
		if next.UsageSource == model.UsageProvider {
			next.UsageSource = model.UsageEstimated
		}
		before.IsAggregate, next.IsAggregate = false, false
		before.CostCounted, before.CostSuppressedBy, before.CostSuppressedRule = true, "", ""
	}
}
