package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/model"
)

// Move is one value or range whose share of rows changed.
type Move struct {
	What      string  // `"stop"`, or "below 120", "120 to 240", "above 900"
	Reference float64 // share of the reference's rows
	Current   float64
	Low, High float64 // 95 % interval of Current − Reference (Newcombe's hybrid score)
	Region    model.Region
}

// Diff is Current − Reference.
func (m Move) Diff() float64 { return m.Current - m.Reference }

func (m Move) String() string {
	return fmt.Sprintf("%s from %s to %s of rows", m.What, percent(m.Reference), percent(m.Current))
}

func percent(p float64) string {
	switch {
	case p == 0:
		return "0 %"
	case p < 0.001:
		return "under 0.1 %"
	case p < 0.1:
		return fmt.Sprintf("%.1f %%", 100*p)
	default:
		return fmt.Sprintf("%.0f %%", 100*p)
	}
}

// Values are the values of a categorical series by how much their share moved,
// most first, at most n, and only those whose interval excludes no change.
func Values(ref, cur map[string]int64, n int) []Move { return top(values(ref, cur), n) }

func values(ref, cur map[string]int64) []Move {
	var r, c int64
	names := map[string]struct{}{}
	for v, k := range ref {
		r += k
		names[v] = struct{}{}
	}
	for v, k := range cur {
		c += k
		names[v] = struct{}{}
	}
	if r == 0 || c == 0 {
		return nil
	}
	var out []Move
	for v := range names {
		what := fmt.Sprintf("%q", v)
		switch v {
		case block.Null:
			what = "missing values"
		case block.Other:
			what = "rarer values"
		}
		m := move(what, float64(ref[v]), float64(r), float64(cur[v]), float64(c))
		m.Region = model.Region{Value: v, Missing: v == block.Null}
		if m.Region.Missing {
			m.Region.Value = ""
		}
		out = append(out, m)
	}
	return out
}

// ValueRegion is the value whose share grew most, nil where none did.
func ValueRegion(ref, cur map[string]int64) *model.Region {
	return grown(slices.DeleteFunc(values(ref, cur), func(m Move) bool { return m.Region.Value == block.Other }))
}

// RangeRegion is the range of [Ranges] whose share grew most, nil where none did.
func RangeRegion(ref, cur *block.Numeric, offset float64) *model.Region {
	return grown(ranges(ref, cur, offset))
}

func grown(moves []Move) *model.Region {
	var best *Move
	for i := range moves {
		m := &moves[i]
		if m.Diff() > 0 && (best == nil || m.Diff() > best.Diff() || m.Diff() == best.Diff() && m.What < best.What) {
			best = m
		}
	}
	if best == nil {
		return nil
	}
	return &best.Region
}

// Ranges are the fifths of the reference of a numeric series by how much their
// share moved, most first; offset is added to the values named.
func Ranges(ref, cur *block.Numeric, offset float64, n int) []Move {
	return top(ranges(ref, cur, offset), n)
}

func ranges(ref, cur *block.Numeric, offset float64) []Move {
	if ref.N == 0 || cur.N == 0 || ref.Grid != cur.Grid {
		return nil
	}
	// Edges at the reference's quintiles, snapped to the grid.
	var edges []block.Code
	var below float64
	for _, c := range ref.Cells {
		if !c.Code.Finite() {
			continue
		}
		below += float64(c.N)
		if k := len(edges) + 1; k < 5 && below/float64(ref.N) >= float64(k)/5 {
			if len(edges) == 0 || edges[len(edges)-1] != c.Code+1 {
				edges = append(edges, c.Code+1)
			}
		}
	}
	count := func(b *block.Numeric) []float64 {
		out := make([]float64, len(edges)+1)
		for _, c := range b.Cells {
			if c.Code.Finite() {
				i, _ := slices.BinarySearch(edges, c.Code+1)
				out[i] += float64(c.N)
			}
		}
		return out
	}
	r, c := count(ref), count(cur)
	edge := func(i int) *float64 {
		lo, _ := ref.Grid.Edges(edges[i])
		lo += offset
		return &lo
	}
	at := func(i int) string { return number(*edge(i)) }
	var out []Move
	for i := range r {
		var what string
		var where model.Region
		switch {
		case len(edges) == 0:
			return nil
		case i == 0:
			what, where.High = "below "+at(0), edge(0)
		case i == len(edges):
			what, where.Low = at(i-1)+" and more", edge(i-1)
		default:
			what, where.Low, where.High = at(i-1)+" to "+at(i), edge(i-1), edge(i)
		}
		m := move(what, r[i], float64(ref.N), c[i], float64(cur.N))
		m.Region = where
		out = append(out, m)
	}
	return out
}

func top(out []Move, n int) []Move {
	out = slices.DeleteFunc(out, func(m Move) bool { return m.Low <= 0 && m.High >= 0 })
	slices.SortFunc(out, func(a, b Move) int {
		if d := math.Abs(b.Diff()) - math.Abs(a.Diff()); d != 0 {
			return int(math.Copysign(1, d))
		}
		return strings.Compare(a.What, b.What)
	})
	return out[:min(n, len(out))]
}

func move(what string, a, n, b, m float64) Move {
	p, q := a/n, b/m
	l0, u0 := wilson(p, n)
	l1, u1 := wilson(q, m)
	return Move{
		What: what, Reference: p, Current: q,
		Low:  q - p - math.Hypot(q-l1, u0-p),
		High: q - p + math.Hypot(u1-q, p-l0),
	}
}

// wilson is the 95 % score interval of a share.
func wilson(p, n float64) (lo, hi float64) {
	const z = 1.959964
	c := (p + z*z/(2*n)) / (1 + z*z/n)
	h := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, c-h), min(1, c+h)
}

func number(x float64) string {
	switch a := math.Abs(x); {
	case a >= 100:
		return fmt.Sprintf("%.0f", x)
	case a >= 1:
		return fmt.Sprintf("%.3g", x)
	default:
		return fmt.Sprintf("%.2g", x)
	}
}
