package evidently

// mersenne is the generator MT19937 (Matsumoto & Nishimura 1998) seeded as
// numpy.random.seed(n) does, with numpy's legacy way to permute.
type mersenne struct {
	state [624]uint32
	next  int
}

func newMersenne(seed uint32) *mersenne {
	m := &mersenne{next: 624}
	m.state[0] = seed
	for i := 1; i < 624; i++ {
		prev := m.state[i-1]
		m.state[i] = 1812433253*(prev^prev>>30) + uint32(i)
	}
	return m
}

func (m *mersenne) uint32() uint32 {
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
func (m *mersenne) upTo(limit uint32) uint32 {
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

// permutation gives 0 … n−1 in random order.
func (m *mersenne) permutation(n int) []int {
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
