package tfdv

import (
	"math"
	"sort"
	"strconv"
)

// Distance is a distance of two lists of counts, and the value that differs
// most; of several, the last in order.
type Distance struct {
	Value float64
	At    string
}

// Comparison holds TFDV's comparators of a string feature.
type Comparison struct {
	// LInfinity is the greatest difference of the shares of a value.
	LInfinity Distance
	// NormalizedAbsolute is the greatest difference of the counts of a value over
	// the rows of both sides together: it moves with volume as well as with mix.
	NormalizedAbsolute Distance
	// JensenShannon is the divergence, base 2; not there without a reference.
	JensenShannon *float64
}

// Compare compares counts of values. ok is false where the current side is
// empty: TFDV then compares nothing.
func Compare(ref, cur map[string]int64) (c Comparison, ok bool) {
	keys, n, m := union(ref, cur)
	if m == 0 {
		return c, false
	}
	p, q := make([]float64, len(keys)), make([]float64, len(keys))
	for i, k := range keys {
		r, s := float64(ref[k]), float64(cur[k])
		p[i], q[i] = r, s
		if n > 0 {
			r /= n
		}
		c.LInfinity.widen(k, math.Abs(s/m-r))
		c.NormalizedAbsolute.widen(k, math.Abs(float64(cur[k])/(n+m)-float64(ref[k])/(n+m)))
	}
	if d, ok := divergenceOf(q, p); ok {
		c.JensenShannon = &d
	}
	return c, true
}

func (d *Distance) widen(key string, v float64) {
	if v >= d.Value {
		*d = Distance{v, key}
	}
}

// Reasons names, for each distance above the threshold, what TFDV says of it:
// in short, in order of the alphabet, and in full.
func (c Comparison) Reasons(threshold float64) (short []string, long string) {
	short = []string{}
	say := func(name string, v float64, at string) {
		if !(v > threshold) {
			return
		}
		short = append(short, "High "+name+" between current and previous")
		if long != "" {
			long += " "
		}
		long += "The " + name + " between current and previous is " + sixDigits(v) +
			" (up to six significant digits), above the threshold " + sixDigits(threshold) + "."
		if at != "" {
			long += " The feature value with maximum difference is: " + at
		}
	}
	say("Linfty distance", c.LInfinity.Value, c.LInfinity.At)
	say("normalized absolute difference", c.NormalizedAbsolute.Value, c.NormalizedAbsolute.At)
	if c.JensenShannon != nil {
		say("approximate Jensen-Shannon divergence", *c.JensenShannon, "")
	}
	sort.Strings(short)
	return short, long
}

func sixDigits(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

func union(ref, cur map[string]int64) (keys []string, n, m float64) {
	for k, c := range ref {
		keys, n = append(keys, k), n+float64(c)
	}
	for k, c := range cur {
		if _, ok := ref[k]; !ok {
			keys = append(keys, k)
		}
		m += float64(c)
	}
	sort.Strings(keys)
	return keys, n, m
}
