package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/windage-dev/windage/model"
)

// tellWaste says of each product what its closed tasks spent without need, and
// what was saved. Where nothing is known of something, it says nothing of it.
func tellWaste(w io.Writer, products map[string]*model.Waste) {
	for _, name := range slices.Sorted(maps.Keys(products)) {
		p := products[name]
		if p.USD == 0 {
			continue
		}
		_, _ = fmt.Fprintf(w, "%s: %s cost %s USD", orDash(name), plural(int(p.Tasks), "closed task"), p.USD)
		if p.Incomplete > 0 {
			_, _ = fmt.Fprintf(w, " (a lower bound: %d hold a call without a price)", p.Incomplete)
		}
		_, _ = fmt.Fprintln(w)
		for _, part := range []struct {
			what string
			of   *model.WasteShare
		}{{"retried attempts", &p.Retry}, {"work done again in a loop", &p.Loop}, {"tasks that failed", &p.Failed}, {"retried or failed", &p.Any}} {
			if part.of.USD != 0 {
				_, _ = fmt.Fprintf(w, "  %s: %s USD, %s\n", part.what, part.of.USD, ofAll(part.of.Share, 100, " %"))
			}
		}
		if p.CacheSaved != nil && p.CacheKnown > 0 {
			_, _ = fmt.Fprintf(w, "  saved by the prompt cache: %s USD, of %d of %s that tell\n", p.CacheSaved, p.CacheKnown, plural(int(p.Calls), "call"))
		}
		f := &p.Fallback
		if f.Calls == 0 {
			continue
		}
		_, _ = fmt.Fprintf(w, "  answered by another model than asked for: %d of %d, %s", f.Calls, f.Of, ofAll(f.Share, 100, " %"))
		if f.Saved != nil {
			_, _ = fmt.Fprintf(w, "; saved %s USD (known of %d)", f.Saved, f.Known)
		}
		if f.QualityDelta.Measured() {
			_, _ = fmt.Fprintf(w, "; score of these tasks less that of the others %s (%d and %d scored)", ofAll(f.QualityDelta, 1, ""), f.Scored, f.OthersScored)
		}
		_, _ = fmt.Fprintln(w)
	}
}

func ofAll(e model.Estimate, scale float64, unit string) string {
	if !e.Measured() {
		return e.Reason
	}
	text := fmt.Sprintf("%.3g%s", scale**e.Value, unit)
	if e.Interval != nil {
		text += fmt.Sprintf(" (95 %% interval %.3g to %.3g)", scale*e.Interval.Low, scale*e.Interval.High)
	}
	return text
}
