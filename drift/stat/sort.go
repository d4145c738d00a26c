package stat

import (
	"slices"
	"unsafe"
)

// Sorter sorts numbers and keeps the memory it needs from one sample to the
// next. It is not safe for use by several goroutines at once.
type Sorter struct {
	scratch []uint64
	counts  []uint32
}

// top is the number of leading bits by which large samples are spread: sign,
// exponent and four bits of the fraction.
const top = 16

// Sort sorts numbers without NaN in place. Large samples are sorted by radix
// over an order-preserving code: one pass over memory spreads them by their
// leading 16 bits, and each of the parts, which fit into the cache, is sorted
// by the next 16 bits and then by insertion, which finds little to do. That is
// several times as fast as comparing.
func (s *Sorter) Sort(x []float64) {
	n := len(x)
	if n < 2048 {
		slices.Sort(x)
		return
	}
	if cap(s.scratch) < n {
		s.scratch = make([]uint64, n)
	}
	if s.counts == nil {
		s.counts = make([]uint32, 1<<top)
	}
	clear(s.counts)
	codes := unsafe.Slice((*uint64)(unsafe.Pointer(&x[0])), n)
	spread, counts := s.scratch[:n], (*[1 << top]uint32)(s.counts)
	for i, u := range codes {
		u ^= uint64(int64(u)>>63) | 1<<63 // sorts as the number does
		codes[i] = u
		counts[u>>(64-top)]++
	}
	var at uint32
	for i, c := range counts {
		counts[i] = at
		at += c
	}
	for _, u := range codes {
		d := &counts[u>>(64-top)]
		spread[*d] = u
		*d++
	}
	var start uint32
	for _, end := range counts {
		if end > start+1 {
			sortPart(spread[start:end], codes[start:end])
		}
		start = end
	}
	for i, u := range spread {
		codes[i] = u ^ (uint64(int64(^u)>>63) | 1<<63)
	}
}

// sortPart sorts codes that share their leading 16 bits; spare is as long.
func sortPart(part, spare []uint64) {
	if len(part) < 128 {
		slices.Sort(part)
		return
	}
	var low, high [256]uint32
	for _, u := range part {
		low[byte(u>>32)]++
		high[byte(u>>40)]++
	}
	var a, b uint32
	for i := range low {
		a, low[i] = a+low[i], a
		b, high[i] = b+high[i], b
	}
	for _, u := range part {
		d := &low[byte(u>>32)]
		spare[*d] = u
		*d++
	}
	for _, u := range spare {
		d := &high[byte(u>>40)]
		part[*d] = u
		*d++
	}
	moves := 8 * len(part)
	for i := 1; i < len(part); i++ {
		u, j := part[i], i
		for ; j > 0 && part[j-1] > u; j-- {
			part[j] = part[j-1]
		}
		part[j] = u
		if moves -= i - j; moves < 0 { // the low half of the bits decides after all
			slices.Sort(part)
			return
		}
	}
}
