package detect

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/explain"
	"github.com/windage-dev/windage/model"
)

// pooledNumeric are the cells of blocks [from, until) that pass keep, together.
func (w *watch) pooledNumeric(from, until int, keep func(int) bool) (out block.Numeric) {
	lo, hi := math.MaxInt16, math.MinInt16
	each := func(f func(b *block.Numeric)) {
		for t := max(0, from); t < min(until, len(w.num)); t++ {
			if w.num[t] != nil && keep(t) {
				f(w.num[t])
			}
		}
	}
	each(func(b *block.Numeric) {
		out.Grid = b.Grid
		out.N, out.Null, out.Bad = out.N+b.N, out.Null+b.Null, out.Bad+b.Bad
		if n := len(b.Cells); n > 0 { // in the order of their codes
			lo, hi = min(lo, int(b.Cells[0].Code)), max(hi, int(b.Cells[n-1].Code))
		}
	})
	if lo > hi {
		return out
	}
	counts := make([]uint64, hi-lo+1)
	each(func(b *block.Numeric) {
		for _, c := range b.Cells {
			counts[int(c.Code)-lo] += uint64(c.N)
		}
	})
	for i, n := range counts {
		if n > 0 {
			out.Cells = append(out.Cells, block.Cell{Code: block.Code(lo + i), N: uint32(min(n, math.MaxUint32))})
		}
	}
	return out
}

func (w *watch) pooledCounts(from, until int, keep func(int) bool) map[string]int64 {
	out := map[string]int64{}
	for t := max(0, from); t < min(until, len(w.cat)); t++ {
		if w.cat[t] != nil && keep(t) {
			for v, n := range w.cat[t].Counts {
				out[v] += n
			}
		}
	}
	return out
}

// moved names what moved in the window of a peak that ends with block t,
// against the same hours of the reference.
func (w *watch) moved(cal *calendar, p peak, t int) string {
	same, any := w.hours(cal, p, t)
	var moves []explain.Move
	switch {
	case w.num != nil:
		ref, cur := w.pooledNumeric(w.refFrom, w.refEnd, same), w.pooledNumeric(t+1-p.w, t+1, any)
		if !p.m.c.quality {
			moves = explain.Ranges(&ref, &cur, w.Offset, 2)
		}
	case w.cat != nil:
		moves = explain.Values(w.pooledCounts(w.refFrom, w.refEnd, same), w.pooledCounts(t+1-p.w, t+1, any), 2)
	}
	var out []string
	for _, m := range moves {
		out = append(out, m.String())
	}
	if len(out) == 0 && p.m.c.share {
		e, q := p.shares(t)
		return fmt.Sprintf("%s from %.2g %% to %.2g %% of rows", p.m.c.name, 100*e, 100*q)
	}
	return strings.Join(out, "; ")
}

// hours say which blocks of the reference, and which of the window of a peak
// that ends with block t, are compared.
func (w *watch) hours(cal *calendar, p peak, t int) (reference, current func(int) bool) {
	var hours [48]bool
	for u := t + 1 - p.w; u <= t; u++ {
		hours[cal.shape[u]] = true
	}
	return func(u int) bool { return hours[cal.shape[u]] }, func(int) bool { return true }
}

// region is where the rows went that are in the window of a peak which ends
// with block t; nil where it cannot be named.
func (w *watch) region(cal *calendar, p peak, t int) (r *model.Region) {
	same, any := w.hours(cal, p, t)
	switch {
	case p.m.c.quality && p.m.c.name == "nulls":
		r = &model.Region{Missing: true}
	case w.num != nil:
		ref, cur := w.pooledNumeric(w.refFrom, w.refEnd, same), w.pooledNumeric(t+1-p.w, t+1, any)
		r = explain.RangeRegion(&ref, &cur, w.Offset)
	case w.cat != nil:
		r = explain.ValueRegion(w.pooledCounts(w.refFrom, w.refEnd, same), w.pooledCounts(t+1-p.w, t+1, any))
	}
	if r != nil {
		r.Series = w.Name
	}
	return r
}

// shares are the expected and the seen share of the component of a peak.
func (p peak) shares(t int) (expected, seen float64) {
	a, b := &p.m.cum[t+1-p.w], &p.m.cum[t+1]
	expected = (b.m - a.m) / (b.w - a.w)
	return expected, min(max(expected+p.dev, 0), 1)
}

// said is the evidence in words.
func (w *watch) said(f *finding, cal *calendar) string {
	return fmt.Sprintf("over %s %s %.1f standard deviations from the same hours of the reference; chance alone does that to this series once in %s",
		lasting(time.Duration(f.w)*cal.step), f.c.people(f.joint), math.Abs(f.z), runLength(f.log, cal.step))
}

// people is the component as the subject of a sentence. The higher Legendre
// components have no names that anyone uses.
func (c *component) people(joint bool) string {
	switch {
	case joint || strings.HasPrefix(c.name, "shape"):
		return "the distribution as a whole lies"
	case c.name == "location":
		return "the typical value lies"
	case c.name == "spread":
		return "the spread lies"
	case c.name == "skew":
		return "the lopsidedness lies"
	case c.value != "" && strings.HasPrefix(c.name, "value "):
		return "the share of " + strings.TrimPrefix(c.name, "value ") + " lies"
	case c.share:
		return "the share of " + c.name + " lies"
	default:
		return "the " + c.name + " lies"
	}
}

func lasting(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%.0f days", d.Hours()/24)
	}
	if d >= time.Hour {
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return d.String()
}

// runLength is exp(log) blocks as people say it.
func runLength(log float64, step time.Duration) string {
	switch h := math.Exp(min(log, 500)) * step.Hours(); {
	case h < 48:
		return fmt.Sprintf("%.0f hours", h)
	case h < 24*60:
		return fmt.Sprintf("%.0f days", h/24)
	case h < 24*365.25*1000:
		return fmt.Sprintf("%.3g years", h/24/365.25)
	default:
		return "more than a thousand years"
	}
}
