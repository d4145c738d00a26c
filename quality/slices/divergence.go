package slices

import (
	"math"
	"slices"
	"sort"
)

// Divergence is a slice with how far its mean error is from that of all rows
// (DivExplorer: Pastor, de Alfaro & Baralis 2021).
type Divergence struct {
	Slice
	// Divergence is the mean error of the slice minus that of all rows, in units
	// of the error.
	Divergence float64
	// T is the distance of both means in standard errors, with the sign of
	// Divergence. The whole holds the slice, which T does not know; PooledZ
	// compares with the rest instead.
	T float64
	// Contributions say how much of Divergence each condition, in the order of
	// Features, brings about: its Shapley value, the mean over all orders of
	// adding the conditions of what adding it changes. They sum to Divergence.
	Contributions []float64
}

// Divergences gives every slice of one to depth conditions with at least
// support rows, in the order of All. Errors that are all 0 or 1 are compared as
// proportions with a uniform prior, others by Welch's t.
func (d Data) Divergences(depth, support int) []Divergence {
	whole := d.Whole()
	binary := !slices.ContainsFunc(d.Errors, func(e float64) bool { return e != 0 && e != 1 })
	all := d.All(depth, support)
	// A slice with enough rows has only parts with enough rows.
	known := map[string]float64{"": 0}
	out := make([]Divergence, len(all))
	for i, s := range all {
		v := s.MeanError() - whole.MeanError()
		known[s.key(nil)] = v
		t := welchT(s, whole)
		if binary {
			t = betaT(s, whole)
		}
		out[i] = Divergence{Slice: s, Divergence: v, T: math.Copysign(t, v)}
	}
	for i := range out {
		out[i].Contributions = out[i].shapley(known)
	}
	return out
}

// key names the conditions that keep has; nil keeps all.
func (s Slice) key(keep func(i int) bool) string {
	var b []byte
	for i, f := range s.Features {
		if keep == nil || keep(i) {
			for _, v := range []int{f, s.Values[i]} {
				b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
			}
		}
	}
	return string(b)
}

// shapley weighs what a condition changes when it joins each set of the others
// by |set|!(n−|set|−1)!/n!.
func (s Slice) shapley(known map[string]float64) []float64 {
	n := len(s.Features)
	weight := make([]float64, n) // by the size of the set
	for k := range weight {
		weight[k] = 1 / float64(n)
		for j := 1; j <= k; j++ { // divided by the binomial (n−1 over k)
			weight[k] *= float64(j) / float64(n-j)
		}
	}
	out := make([]float64, n)
	for set := range 1 << n {
		var size int
		for i := range n {
			size += set >> i & 1
		}
		without := known[s.key(func(i int) bool { return set>>i&1 == 1 })]
		for i := range n {
			if set>>i&1 == 0 {
				with := known[s.key(func(j int) bool { return (set|1<<i)>>j&1 == 1 })]
				out[i] += weight[size] * (with - without)
			}
		}
	}
	return out
}

// betaT compares two proportions by the means and variances of their
// posteriors after a uniform prior.
func betaT(s, w Slice) float64 {
	moments := func(s Slice) (mean, variance float64) {
		a, b := 1+s.SumError, 1+float64(s.Size)-s.SumError
		return a / (a + b), a * b / ((a + b) * (a + b) * (a + b + 1))
	}
	m, v := moments(s)
	mw, vw := moments(w)
	return math.Abs(m-mw) / math.Sqrt(v+vw)
}

// welchT compares two means with the variances of both (divisor n); infinite
// where both are 0.
func welchT(s, w Slice) float64 {
	square := func(s Slice) float64 {
		n := float64(s.Size)
		return (s.SumSquares/n - s.MeanError()*s.MeanError()) / n
	}
	return math.Abs(s.MeanError()-w.MeanError()) / math.Sqrt(square(s)+square(w))
}

// StandardQuality is size^a·(ē_slice − ē), the size as a share of all rows
// (Klösgen 1996): a = 1 is the weighted relative accuracy, a = ½ orders about as
// a binomial test, a = 0 is the lift.
func StandardQuality(a float64) Score {
	return func(s, w Slice) float64 {
		return math.Pow(float64(s.Size)/float64(w.Size), a) * (s.MeanError() - w.MeanError())
	}
}

// Beam searches for the width slices with the highest scores by extending only
// the best ones found so far, depth times: for data with too many conditions
// for All. Of width at least the number wanted, it finds what All finds unless
// the parts of a slice all look harmless. support is the least number of rows.
func (d Data) Beam(depth, width, support int, score Score) []Scored {
	whole := d.Whole()
	type node struct {
		Scored
		rows     []int32
		extended bool
	}
	rows := make([]int32, len(d.Errors))
	for i := range rows {
		rows[i] = int32(i)
	}
	root := &node{rows: rows}
	beam := []*node{root}
	seen := map[string]bool{}
	for range depth {
		grown := false
		for _, at := range slices.Clone(beam) {
			if at.extended {
				continue
			}
			at.extended, grown = true, true
			for f := range d.Features {
				if slices.Contains(at.Features, f) {
					continue
				}
				one := Data{Features: d.Features[f : f+1], Values: d.Values[f : f+1], Codes: d.Codes[f : f+1], Errors: d.Errors}
				one.split(at.rows, 0, support, func(v int, part []int32, s Slice) {
					next := at.with(f, v)
					s.Features, s.Values = next.Features, next.Values
					if key := s.key(nil); !seen[key] {
						seen[key] = true
						if q := score(s, whole); !math.IsNaN(q) {
							beam = append(beam, &node{Scored: Scored{s, q}, rows: part})
						}
					}
				})
			}
		}
		sort.SliceStable(beam, func(i, j int) bool { return beam[i].Score > beam[j].Score })
		beam = beam[:min(width, len(beam))]
		if !grown {
			break
		}
	}
	var out []Scored
	for _, n := range beam {
		if len(n.Features) > 0 {
			out = append(out, n.Scored)
		}
	}
	return out
}

// with adds a condition in its place among the features.
func (s Slice) with(feature, value int) Slice {
	at := sort.SearchInts(s.Features, feature)
	return Slice{Features: slices.Insert(slices.Clone(s.Features), at, feature), Values: slices.Insert(slices.Clone(s.Values), at, value)}
}
