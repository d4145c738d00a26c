package baseline

import (
	"math"
	"time"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/compare"
	"github.com/windage-dev/windage/drift/series"
)

// numbers is the side of a comparison that blocks of numbers make: the middles
// of their bins with their counts.
func numbers(blocks []series.Block) (compare.Numeric, block.Numeric) {
	var all block.Numeric
	for i := range blocks {
		all = all.Merge(blocks[i].Numeric)
	}
	n := compare.Numeric{Rows: int(all.Rows()), Missing: int(all.Null), Misfits: int(all.Bad)}
	for _, c := range all.Cells {
		if c.Code.Finite() {
			n.Sorted = append(n.Sorted, all.Grid.Mid(c.Code))
			n.Weights = append(n.Weights, float64(c.N))
		}
	}
	n.Independent = 1 / designOfMeans(blocks, &all)
	return n, all
}

// categories is the side that blocks of values make.
func categories(blocks []series.Block) compare.Categories {
	var all block.Categorical
	for i := range blocks {
		all = all.Merge(blocks[i].Categorical)
	}
	c := compare.Categories{Counts: map[string]int64{}, Rows: int(all.Rows())}
	for v, n := range all.Counts {
		if v == block.Null {
			c.Missing = int(n)
		} else {
			c.Counts[v] = n
		}
	}
	c.Independent = 1 / designOfShares(blocks, c.Counts)
	return c
}

// leastUnits is how many days (or, of less, blocks) are needed to know how
// alike the rows of one are.
const leastUnits = 4

// units cuts blocks into days, or leaves them where they make few days.
func units(blocks []series.Block) [][]series.Block {
	day := func(b *series.Block) time.Time {
		from, _ := b.Span()
		return from.Truncate(24 * time.Hour)
	}
	var days, each [][]series.Block
	for i := range blocks {
		if i == 0 || !day(&blocks[i]).Equal(day(&blocks[i-1])) {
			days = append(days, blocks[i:i])
		}
		days[len(days)-1] = append(days[len(days)-1], blocks[i])
		each = append(each, blocks[i:i+1])
	}
	if len(days) >= leastUnits {
		return days
	}
	return each
}

// designOfMeans is the design effect of the mean, in the pinned transform:
//
//	k/(k−1)·Σ(nᵤ/n)²(x̄ᵤ−x̄)² / (s²/n)
//
// over the k days (or blocks) u, at least 1: how many rows are worth one
// independent row (Kish 1965, Survey sampling, §5.4).
func designOfMeans(blocks []series.Block, all *block.Numeric) float64 {
	us := units(blocks)
	n := float64(all.N)
	if len(us) < leastUnits || n < 2 {
		return 1
	}
	mean := all.Sum / n
	variance := all.Sum2/n - mean*mean
	var between, k float64
	for _, u := range us {
		var sum, rows float64
		for i := range u {
			sum, rows = sum+u[i].Numeric.Sum, rows+float64(u[i].Numeric.N)
		}
		if rows > 0 {
			d := rows / n * (sum/rows - mean)
			between, k = between+d*d, k+1
		}
	}
	return effectOf(between, variance/n, k)
}

// designOfShares is the same for shares of values, over all of them (Rao &
// Scott 1981, first order).
func designOfShares(blocks []series.Block, counts map[string]int64) float64 {
	us := units(blocks)
	var n float64
	for _, c := range counts {
		n += float64(c)
	}
	if len(us) < leastUnits || n < 2 {
		return 1
	}
	var between, within, k float64
	for _, c := range counts {
		p := float64(c) / n
		within += p * (1 - p) / n
	}
	for _, u := range us {
		here, rows := map[string]float64{}, 0.0
		for i := range u {
			for v, c := range u[i].Categorical.Counts {
				if v != block.Null {
					here[v] += float64(c)
					rows += float64(c)
				}
			}
		}
		if rows == 0 {
			continue
		}
		k++
		for v, c := range counts {
			d := rows / n * (here[v]/rows - float64(c)/n)
			between += d * d
		}
	}
	return effectOf(between, within, k)
}

func effectOf(between, within, k float64) float64 {
	if k < leastUnits || !(within > 0) || math.IsNaN(between) || math.IsInf(between, 0) {
		return 1
	}
	return max(1, k/(k-1)*between/within)
}
