package detect

import (
	"hash/maphash"
	"math"
	"slices"
)

// Judge is Run with a memory: where a history is one that it has judged before
// with some blocks added or changed, it works out only what follows from them.
// What it says is what Run says, and does not depend on what it was asked
// before. It is not safe for concurrent use.
type Judge struct {
	last   *runner
	prints [][]uint64 // of the blocks of each series, by block of the calendar
}

// Run judges all series of an installation, as the function Run does.
func (j *Judge) Run(series []Series, s Settings) Result {
	r := newRunner(series, s.withDefaults(series))
	prints := make([][]uint64, len(r.series))
	r.parallel(len(r.series), func(_ *scratch, i int) { prints[i] = r.series[i].prints() })
	first, fitted, from := 0, false, 0
	if j.last != nil && r.follows(j.last) {
		first, fitted, from = r.resume(j.last, sameUntil(j.prints, prints))
	}
	r.run(first, fitted, from)
	j.last, j.prints = r, prints
	return r.result()
}

// sameUntil is the first block at which fingerprints differ.
func sameUntil(a, b [][]uint64) int {
	same := math.MaxInt
	for i := range a {
		n := min(len(a[i]), len(b[i]), same)
		for t := range n {
			if a[i][t] != b[i][t] {
				n = t
				break
			}
		}
		same = n
	}
	return same
}

// follows reports whether a run is about the same series, in the same way and
// over the same time line, as an earlier one.
func (r *runner) follows(old *runner) bool {
	a, b := r.s, old.s
	if a.PagesPer30d != b.PagesPer30d || a.Block != b.Block || a.MinEffect != b.MinEffect || a.Location.String() != b.Location.String() || !a.From.Equal(b.From) ||
		!r.cal.start.Equal(old.cal.start) || r.cal.n < old.cal.n || len(r.series) != len(old.series) || len(r.all) != len(old.all) {
		return false
	}
	x, y := a.Reference, b.Reference
	if x.Name != y.Name || !x.From.Equal(y.From) || !x.Until.Equal(y.Until) || x.Rolling != y.Rolling || x.Length != y.Length ||
		!slices.EqualFunc(x.Exclude, y.Exclude, func(p, q Span) bool { return p.From.Equal(q.From) && p.Until.Equal(q.Until) }) {
		return false
	}
	for i, w := range r.series {
		p, q := w.Series, old.series[i].Series
		if p.Product != q.Product || p.Name != q.Name || p.Parent != q.Parent || p.Kind != q.Kind || p.Positive != q.Positive ||
			p.Ticket != q.Ticket || p.Mean != q.Mean || p.Pinned != q.Pinned || p.Good != q.Good || p.Offset != q.Offset {
			return false
		}
	}
	for i, w := range r.all {
		if w.first != old.all[i].first {
			return false
		}
	}
	return true
}

// resume takes over from an earlier run whose history is the same until block
// same: from which epoch to go on, whether it is fitted, and from which block it
// is to be judged.
func (r *runner) resume(old *runner, same int) (first int, fitted bool, from int) {
	r.scratch = old.scratch
	last := len(old.epochs) - 1
	if last < 0 {
		return 0, false, 0
	}
	for first <= last {
		a, b := r.epochs[first], old.epochs[first]
		if a.refFrom != b.refFrom || a.refEnd != b.refEnd || a.from != b.from || same < b.until || first < last && a.until != b.until {
			break
		}
		first++
	}
	if first > last { // nothing has changed: the last epoch goes on
		for i, w := range r.all {
			w.track = old.all[i].track
			w.inherit(old.all[i], old.cal.n)
		}
		r.starts = old.starts
		return last, true, old.cal.n
	}
	for i, w := range r.all {
		w.track = old.starts[first][i].clone()
	}
	r.starts = old.starts[:first]
	a, b := r.epochs[first], old.epochs[first]
	if first < last || a.refFrom != b.refFrom || a.refEnd != b.refEnd || a.from != b.from || same < a.from {
		return first, false, 0
	}
	// What has changed comes after the reference of the last epoch.
	r.starts = old.starts[:first+1]
	for i, w := range r.all {
		w.inherit(old.all[i], same)
		w.rebind(r.at(a))
	}
	return first, true, a.from
}

// inherit takes over what was fitted, and the components up to block same.
func (w *watch) inherit(old *watch, same int) {
	w.fitted = old.fitted
	w.built = min(w.built, same)
	switch v := w.look.(type) {
	case *numericView:
		v.blocks = w.num
	case *categoricalView:
		v.blocks = w.cat
	case *vectorView:
		v.blocks = w.vec
	case *volumeView:
		v.rows = w.vol
	}
}

var printSeed = maphash.MakeSeed()

// prints are fingerprints of the blocks of a series; 0 where there is none.
func (w *watch) prints() []uint64 {
	out := make([]uint64, max(len(w.num), len(w.cat), len(w.vec)))
	mix := func(h, v uint64) uint64 {
		h = (h ^ v) * 0x9e3779b97f4a7c15
		return h ^ h>>29
	}
	for t, b := range w.num {
		if b == nil {
			continue
		}
		h := mix(mix(mix(mix(1, uint64(b.Grid)), uint64(b.N)), uint64(b.Null)), uint64(b.Bad))
		for _, c := range b.Cells {
			h = mix(h, uint64(uint16(c.Code))<<32|uint64(c.N))
		}
		out[t] = h
	}
	for t, b := range w.cat {
		if b == nil {
			continue
		}
		h := uint64(1)
		for v, n := range b.Counts { // in any order
			h += mix(maphash.String(printSeed, v), uint64(n))
		}
		out[t] = h
	}
	for t, b := range w.vec {
		if b == nil {
			continue
		}
		h := mix(mix(1, uint64(b.N)), uint64(b.Null))
		for _, x := range b.Sum {
			h = mix(h, math.Float64bits(x))
		}
		out[t] = h
	}
	return out
}
