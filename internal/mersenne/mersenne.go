// Package mersenne is the generator MT19937 (Matsumoto & Nishimura 1998) with
// the ways in which numpy (legacy) and CPython seed it and draw from it, so that
// answers that hang on their random choices can be repeated.
package mersenne

import "math/bits"

// Twister is the state of the generator.
type Twister struct {
	state [624]uint32
	next  int
}

// Numpy seeds as numpy.random.seed(seed).
func Numpy(seed uint32) *Twister {
	m := &Twister{next: 624}
	m.state[0] = seed
	for i := 1; i < 624; i++ {
		prev := m.state[i-1]
		m.state[i] = 1812433253*(prev^prev>>30) + uint32(i)
	}
	return m
}

func (m *Twister) uint32() uint32 {
	if m.next == 624 {
		for i := range m.state {
			y := m.state[i]&0x80000000 | m.state[(i+1)%624]&0x7fffffff
			m.state[i] = m.state[(i+397)%624] ^ y>>1
			if y&1 == 1 {
				m.state[i] ^= 0x9908b0df
			}
		}
		m.next = 0
	}
	y := m.state[m.next]
	m.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// upTo draws uniformly from 0 … limit by rejection under the smallest mask.
func (m *Twister) upTo(limit uint32) uint32 {
	mask := limit
	for s := 1; s <= 16; s *= 2 {
		mask |= mask >> s
	}
	for {
		if v := m.uint32() & mask; v <= limit {
			return v
		}
	}
}

// Permutation gives 0 … n−1 in random order, as numpy.random.permutation.
func (m *Twister) Permutation(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	for i := n - 1; i >= 1; i-- {
		j := m.upTo(uint32(i))
		p[i], p[j] = p[j], p[i]
	}
	return p
}

// Python seeds as random.Random(seed) does for a seed of at most 32 bits.
func Python(seed uint32) *Twister {
	m := Numpy(19650218)
	s := &m.state
	i := 1
	for range 624 { // the key is the one word of the seed
		prev := s[i-1]
		s[i] = (s[i] ^ (prev^prev>>30)*1664525) + seed
		if i++; i >= 624 {
			s[0] = s[623]
			i = 1
		}
	}
	for range 623 {
		prev := s[i-1]
		s[i] = (s[i] ^ (prev^prev>>30)*1566083941) - uint32(i)
		if i++; i >= 624 {
			s[0] = s[623]
			i = 1
		}
	}
	s[0] = 0x80000000
	return m
}

// Sample gives k of the numbers 0 … n−1 as random.sample does for small n.
func (m *Twister) Sample(n, k int) []int {
	pool := make([]int, n)
	for i := range pool {
		pool[i] = i
	}
	out := make([]int, k)
	for i := range out {
		j := m.IntN(n - i)
		out[i] = pool[j]
		pool[j] = pool[n-i-1]
	}
	return out
}

// IntN draws from 0 … n−1, as random.choice of n items, by rejection of as many
// leading bits as n has; n is 1 to 2³¹.
func (m *Twister) IntN(n int) int {
	shift := 32 - bits.Len32(uint32(n))
	for {
		if v := int(m.uint32() >> shift); v < n {
			return v
		}
	}
}

// Float64 draws 53 bits from [0, 1), as random.random and
// numpy.random.random_sample.
func (m *Twister) Float64() float64 {
	a, b := m.uint32()>>5, m.uint32()>>6
	return (float64(a)*(1<<26) + float64(b)) / (1 << 53)
}
