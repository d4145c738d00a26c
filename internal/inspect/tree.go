package inspect

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// tree prints each trace as a tree, with tokens and cost at each node.
func (r *report) tree(w io.Writer) error {
	known := map[spanID]bool{}
	kids := map[spanID][]*model.Span{}
	for _, row := range r.rows {
		known[spanID{row.TraceID, row.SpanID}] = true
	}
	var roots []*model.Span
	for _, row := range r.rows {
		up := spanID{row.TraceID, row.ParentSpanID}
		if row.ParentSpanID.IsZero() || !known[up] || row.ParentSpanID == row.SpanID {
			roots = append(roots, row)
			continue
		}
		kids[up] = append(kids[up], row)
	}
	byStart := func(a, b *model.Span) int {
		return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.SpanID.String(), b.SpanID.String()))
	}
	slices.SortFunc(roots, byStart)
	seen := map[*model.Span]bool{}
	var walk func(row *model.Span, first, rest string)
	walk = func(row *model.Span, first, rest string) {
		if seen[row] {
			return // ids that form a loop
		}
		seen[row] = true
		_, _ = fmt.Fprintf(w, "%s%s\n", first, r.describe(row))
		below := kids[spanID{row.TraceID, row.SpanID}]
		slices.SortFunc(below, byStart)
		for i, k := range below {
			if i == len(below)-1 {
				walk(k, rest+"└─ ", rest+"   ")
			} else {
				walk(k, rest+"├─ ", rest+"│  ")
			}
		}
	}
	last := model.TraceID{}
	for _, root := range roots {
		if root.TraceID != last {
			_, _ = fmt.Fprintf(w, "trace %s\n", root.TraceID)
			last = root.TraceID
		}
		walk(root, "", "")
	}
	if len(r.rows) == 0 {
		_, _ = fmt.Fprintln(w, "No spans.")
	}
	return nil
}

func (r *report) describe(row *model.Span) string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%s  %s", r.kind(row), row.Name)
	if m := cmp.Or(row.PricedModel, row.ResponseModel, row.RequestModel); m != "" && !strings.Contains(row.Name, m) {
		_, _ = fmt.Fprintf(&b, "  %s", m)
	}
	_, _ = fmt.Fprintf(&b, "  %s", row.Duration.Round(time.Millisecond/10))
	if row.Kind.IsCall() || row.IsAggregate {
		_, _ = fmt.Fprintf(&b, "  in %s", row.InputTotal)
		if n := row.CacheRead.Or(0); n > 0 {
			_, _ = fmt.Fprintf(&b, " (%d cached)", n)
		}
		_, _ = fmt.Fprintf(&b, " out %s", row.OutputTotal)
		if row.UsageSource != "" && row.UsageSource != model.UsageProvider {
			_, _ = fmt.Fprintf(&b, " %s", row.UsageSource)
		}
	}
	switch c := row.Cost; {
	case row.InContainer():
		_, _ = fmt.Fprintf(&b, "  cost in that of %s", row.CostSuppressedBy)
	case row.CostSuppressedRule != "":
		_, _ = fmt.Fprintf(&b, "  not counted: %s", row.CostSuppressedRule)
		if row.CostSuppressedBy != "" {
			_, _ = fmt.Fprintf(&b, " %s", row.CostSuppressedBy)
		}
	case c == nil:
	case c.Status == model.CostUnpriced:
		_, _ = fmt.Fprintf(&b, "  unpriced: %s", c.Reason)
	default:
		_, _ = fmt.Fprintf(&b, "  %s USD", c.USD)
	}
	if row.Failed() {
		_, _ = fmt.Fprintf(&b, "  ERROR %s", row.ErrorType)
	}
	return strings.TrimRight(b.String(), " ")
}
