package runaway

// sketch follows the busiest runs of a stream in bounded memory (Space-Saving):
// a run that finds no room takes the place of the least busy one and starts
// with its count, all of which may be another's.
type sketch struct {
	max   int
	byKey map[uint64]*run
	heap  []*run // least count first
}

func newSketch(n int) sketch {
	return sketch{max: n, byKey: make(map[uint64]*run, min(n, 1024))}
}

// touch is the run with the key, counted once more.
func (s *sketch) touch(key uint64) *run {
	r := s.byKey[key]
	switch {
	case r != nil:
		r.count++
		s.down(r.pos)
	case len(s.heap) < s.max:
		r = &run{key: key, count: 1, pos: len(s.heap)}
		s.heap = append(s.heap, r)
		s.byKey[key] = r
		s.up(r.pos)
	default:
		r = s.heap[0]
		delete(s.byKey, r.key)
		*r = run{key: key, count: r.count + 1, missed: r.count, pos: 0}
		s.byKey[key] = r
		s.down(0)
	}
	return r
}

func (s *sketch) remove(i int) {
	delete(s.byKey, s.heap[i].key)
	last := len(s.heap) - 1
	s.swap(i, last)
	s.heap[last] = nil
	s.heap = s.heap[:last]
	if i < last {
		s.up(i)
		s.down(i)
	}
}

func (s *sketch) swap(i, j int) {
	s.heap[i], s.heap[j] = s.heap[j], s.heap[i]
	s.heap[i].pos, s.heap[j].pos = i, j
}

func (s *sketch) up(i int) {
	for i > 0 {
		p := (i - 1) / 2
		if s.heap[p].count <= s.heap[i].count {
			return
		}
		s.swap(i, p)
		i = p
	}
}

func (s *sketch) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(s.heap) {
			return
		}
		if c+1 < len(s.heap) && s.heap[c+1].count < s.heap[c].count {
			c++
		}
		if s.heap[i].count <= s.heap[c].count {
			return
		}
		s.swap(i, c)
		i = c
	}
}
