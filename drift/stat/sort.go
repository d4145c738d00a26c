package stat

import (
	"math"
	"slices"
)

// Sort sorts numbers without NaN in place. Large samples are sorted by radix
// (six passes of eleven bits over an order-preserving code), several times as
// fast as comparing; scratch is used for that and given back, grown where it
// was too small.
func Sort(x, scratch []float64) []float64 {
	if len(x) < 4096 {
		slices.Sort(x)
		return scratch
	}
	const bits, size = 11, 1 << 11
	var counts [6][size]uint32
	for _, v := range x {
		u := order(v)
		for p := range counts {
			counts[p][u>>(p*bits)&(size-1)]++
		}
	}
	if cap(scratch) < len(x) {
		scratch = make([]float64, len(x))
	}
	from, to := x, scratch[:len(x)]
	for p := range counts {
		c := &counts[p]
		// A digit that all values share needs no pass.
		if c[order(from[0])>>(p*bits)&(size-1)] == uint32(len(x)) {
			continue
		}
		var at uint32
		for i, n := range c {
			c[i] = at
			at += n
		}
		shift := p * bits
		for _, v := range from {
			d := order(v) >> shift & (size - 1)
			to[c[d]] = v
			c[d]++
		}
		from, to = to, from
	}
	if &from[0] != &x[0] {
		copy(x, from)
	}
	return scratch
}

// order is a code of a number that sorts as the number does.
func order(v float64) uint64 {
	u := math.Float64bits(v)
	return u ^ (uint64(int64(u)>>63) | 1<<63)
}
