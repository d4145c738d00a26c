package series

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/explain"
)

// Span is [From, Until).
type Span struct{ From, Until time.Time }

// Mixes splits the change of a whole series between two spans over each
// dimension that it is sliced by, in order of their names: how much is another
// mix, how much happened within the slices. Of before only the hours of the day
// that after has are taken. unit is that of explain.Mix.Say. Series of more
// than two values are not split: their values say themselves what moved.
func (h *History) Mixes(product, signal string, before, after Span) (out []explain.Mix, unit string) {
	whole := h.all[Key{product, signal, ""}]
	if whole == nil {
		return nil, ""
	}
	role := RoleOf(signal, whole.grid)
	switch {
	case role.Kind == detect.Rate:
		unit = "share"
	case role.Kind == detect.Categorical || role.Kind == detect.Vector:
		return nil, ""
	case whole.grid == "log":
		unit = "relative"
	}
	hours := map[int]bool{}
	for t := after.From; t.Before(after.Until) && len(hours) < 24; t = t.Add(time.Hour) {
		hours[t.UTC().Hour()] = true
	}
	sums := func(p *past) (b, a explain.Moments) {
		add := func(t time.Time, x explain.Moments) {
			switch {
			case !t.Before(after.From) && t.Before(after.Until):
				a = plus(a, x)
			case !t.Before(before.From) && t.Before(before.Until) && hours[t.UTC().Hour()]:
				b = plus(b, x)
			}
		}
		for i := range p.num {
			add(p.num[i].Start, numericMoments(&p.num[i], unit))
		}
		for i := range p.cat {
			add(p.cat[i].Start, rateMoments(&p.cat[i], role.Positive))
		}
		return b, a
	}
	byDimension := map[string][]explain.Part{}
	for k, p := range h.all {
		if k.Product != product || k.Signal != signal || k.Slice == "" {
			continue
		}
		dimension, value, _ := strings.Cut(k.Slice, "=")
		part := explain.Part{Name: value}
		if part.Before, part.After = sums(p); part.Before.N+part.After.N > 0 {
			byDimension[dimension] = append(byDimension[dimension], part)
		}
	}
	wb, wa := sums(whole)
	for dimension, parts := range byDimension {
		rest := explain.Part{Name: "other", Before: wb, After: wa}
		for _, p := range parts {
			rest.Before, rest.After = minus(rest.Before, p.Before), minus(rest.After, p.After)
		}
		if rest.Before.N >= 1 || rest.After.N >= 1 {
			parts = append(parts, rest)
		}
		slices.SortFunc(parts, func(a, b explain.Part) int { return cmp.Compare(a.Name, b.Name) })
		if m, ok := explain.MixOf(dimension, parts); ok {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b explain.Mix) int { return cmp.Compare(a.Dimension, b.Dimension) })
	return out, unit
}

func numericMoments(b *block.Numeric, unit string) (m explain.Moments) {
	for _, c := range b.Cells {
		if !c.Code.Finite() {
			continue
		}
		x := b.Grid.Mid(c.Code)
		if unit == "relative" {
			if x <= 0 {
				continue
			}
			x = math.Log(x)
		}
		n := float64(c.N)
		m = plus(m, explain.Moments{N: n, Sum: n * x, Sum2: n * x * x})
	}
	return m
}

func rateMoments(b *block.Categorical, positive string) (m explain.Moments) {
	for v, n := range b.Counts {
		if v == block.Null {
			continue
		}
		m.N += float64(n)
		if v == positive {
			m.Sum, m.Sum2 = m.Sum+float64(n), m.Sum2+float64(n)
		}
	}
	return m
}

func plus(a, b explain.Moments) explain.Moments {
	return explain.Moments{N: a.N + b.N, Sum: a.Sum + b.Sum, Sum2: a.Sum2 + b.Sum2}
}

func minus(a, b explain.Moments) explain.Moments {
	return explain.Moments{N: max(0, a.N-b.N), Sum: a.Sum - b.Sum, Sum2: max(0, a.Sum2-b.Sum2)}
}
