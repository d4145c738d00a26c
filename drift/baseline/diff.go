package baseline

import (
	"fmt"
	"math"
	"time"

	"github.com/windage-dev/windage/drift/compare"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/quality/interval"
)

// Difference is the comparison of two baselines.
type Difference struct {
	OnlyInReference, OnlyInCurrent []string
	// TypeChanges are the series that the two count in different ways.
	TypeChanges []TypeChange
	Series      []compare.Result // of those in both, in order of name
}

// TypeChange is a series that two baselines count in different ways.
type TypeChange struct{ Series, Reference, Current string }

// Diff compares two baselines series by series. Rows of one day are not
// independent of each other: intervals and p-values rest on as many rows as
// they are worth by the design effect of days. Sizes are those of the grid:
// values of one bin (4.4 % wide for numbers, 0.005 for scores) are alike.
func Diff(ref, cur *Baseline, set compare.Settings) Difference {
	var d Difference
	ref.Each(func(name string, a []series.Block) {
		b := cur.find(name)
		switch {
		case b == nil:
			d.OnlyInReference = append(d.OnlyInReference, name)
		case a[0].Grid != b[0].Grid:
			d.TypeChanges = append(d.TypeChanges, TypeChange{name, grids[a[0].Grid], grids[b[0].Grid]})
			d.Series = append(d.Series, compare.Result{Column: name, Kind: grids[a[0].Grid] + " / " + grids[b[0].Grid], Verdict: compare.NotMeasurable, P: math.NaN(),
				Reason: fmt.Sprintf("not measurable, because the two have another schema: %s against %s", grids[a[0].Grid], grids[b[0].Grid])})
		default:
			d.Series = append(d.Series, Compare(name, a, b, set))
		}
	})
	cur.Each(func(name string, _ []series.Block) {
		if ref.find(name) == nil {
			d.OnlyInCurrent = append(d.OnlyInCurrent, name)
		}
	})
	compare.Finish(d.Series, set)
	return d
}

// Compare compares blocks of one series, which have the same grid. The verdict
// is compare.Finish's to give.
func Compare(name string, ref, cur []series.Block, set compare.Settings) compare.Result {
	if ref[0].Grid == series.Category {
		return compare.CompareCategories(name, categories(ref), categories(cur), set)
	}
	a, all := numbers(ref)
	b, now := numbers(cur)
	r := compare.CompareNumbers(name, a, b, set)
	for _, x := range []struct {
		s        *compare.Side
		min, max float64
	}{{&r.Reference, all.Min, all.Max}, {&r.Current, now.Min, now.Max}} {
		if x.s.Numbers != nil {
			x.s.Numbers.Min, x.s.Numbers.Max = x.min, x.max // known exactly
		}
	}
	// The mean of the pinned transform is known exactly too, so that a shift
	// within one bin is seen.
	if r.Verdict == "" && all.N > 1 && now.N > 1 {
		n, m := float64(all.N), float64(now.N)
		x, y := all.Sum/n, now.Sum/m
		se := math.Sqrt(max(0, all.Sum2/n-x*x)/(n*a.Independent) + max(0, now.Sum2/m-y*y)/(m*b.Independent))
		z := interval.Z(set.Level)
		lo, mid, hi := y-x-z*se, y-x, y-x+z*se
		s := compare.Statistic{Name: "location_difference", Unit: "of the mean, unit of the series", N: int(all.N), M: int(now.N), Verdict: compare.Stable}
		if ref[0].Grid == series.Log {
			s.Name, s.Unit = "relative_change", "of 1+|value|, its geometric mean"
			lo, mid, hi = math.Expm1(lo), math.Expm1(mid), math.Expm1(hi)
		}
		s.Value, s.Low, s.High = mid, &lo, &hi
		if lo > 0 || hi < 0 {
			s.Verdict = compare.Small
		}
		r.Statistics = append(r.Statistics, s)
	}
	return r
}

// Each calls f with the blocks of every series, in order.
func (b *Baseline) Each(f func(name string, blocks []series.Block)) {
	for lo := 0; lo < len(b.Blocks); {
		hi := lo + 1
		for hi < len(b.Blocks) && key(&b.Blocks[hi]) == key(&b.Blocks[lo]) {
			hi++
		}
		f(b.Blocks[lo].Name(), b.Blocks[lo:hi])
		lo = hi
	}
}

// find are the blocks of a series by its name, nil where there are none.
func (b *Baseline) find(name string) []series.Block { return b.byName[name] }

// Summary describes a series of a baseline.
type Summary struct {
	Series string `json:"series"`
	Kind   string `json:"kind"` // numbers, scores in [0, 1], categories
	Rows   int64  `json:"rows"`
	// Worth is the number of independent rows that they are worth, by the
	// design effect of days.
	Worth   float64   `json:"independent_rows"`
	Missing int64     `json:"missing"`
	Bad     int64     `json:"not_a_number,omitempty"`
	From    time.Time `json:"from,omitzero"`
	Until   time.Time `json:"until,omitzero"`
	Blocks  int       `json:"blocks"`
	// Numbers are the moments and quantiles of numbers; mean, deviation and
	// quantiles are those of the grid, minimum and maximum are exact.
	Numbers  *compare.Numbers `json:"numbers,omitempty"`
	Distinct int              `json:"distinct,omitempty"`
	// Histogram holds the shares of numeric bins, or of the commonest values.
	Histogram *Shares `json:"histogram,omitempty"`
}

// Shares are the shares of rows by bin or value.
type Shares struct {
	Edges  []float64 `json:"edges,omitempty"` // one more than shares
	Labels []string  `json:"labels,omitempty"`
	Shares []float64 `json:"shares"`
}

// Describe summarises every series.
func (b *Baseline) Describe() (out []Summary) {
	set := compare.Defaults()
	b.Each(func(name string, blocks []series.Block) {
		// A side is described as compare does, against itself.
		r := Compare(name, blocks, blocks, set)
		s := Summary{Series: name, Kind: grids[blocks[0].Grid], Blocks: len(blocks), Rows: int64(r.Reference.Rows),
			Missing: int64(r.Reference.Missing), Bad: int64(r.Reference.Misfits), Numbers: r.Reference.Numbers}
		var worth float64
		if blocks[0].Grid == series.Category {
			c := categories(blocks)
			worth, s.Distinct = c.Independent, len(c.Counts)
			if len(c.Counts) == 1 { // a constant is not compared, and has a share
				for v := range c.Counts {
					s.Histogram = &Shares{Labels: []string{v}, Shares: []float64{1}}
				}
			}
		} else {
			n, _ := numbers(blocks)
			worth = n.Independent
		}
		s.Worth = math.Round(float64(s.Rows)*worth*10) / 10
		if !b.Timeless() {
			s.From, _ = blocks[0].Span()
			_, s.Until = blocks[len(blocks)-1].Span()
		}
		if h := r.Histogram; h != nil {
			s.Histogram = &Shares{Edges: h.Edges, Labels: h.Labels, Shares: h.Reference}
		}
		out = append(out, s)
	})
	return out
}
