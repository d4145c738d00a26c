package livemetrics

import (
	"hash/maphash"
	"sync"
)

// seen remembers recent keys in bounded memory: two generations, of which the
// older is forgotten when the younger is full. It remembers at least the last
// size/2 keys and at most size.
type seen struct {
	half int
	seed maphash.Seed

	mu         sync.Mutex
	young, old map[uint64]struct{}
}

func newSeen(size int) *seen {
	return &seen{half: size / 2, seed: maphash.MakeSeed(), young: map[uint64]struct{}{}}
}

// first reports whether the key is new, and remembers it. With no room to
// remember anything every key is new.
func (s *seen) first(key []byte) bool {
	if s.half == 0 {
		return true
	}
	k := maphash.Bytes(s.seed, key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.young[k]; ok {
		return false
	}
	if _, ok := s.old[k]; ok {
		return false
	}
	if len(s.young) >= s.half {
		s.old, s.young = s.young, make(map[uint64]struct{}, s.half)
	}
	s.young[k] = struct{}{}
	return true
}

func (s *seen) firstSpan(trace [16]byte, span [8]byte) bool {
	var key [24]byte
	copy(key[:], trace[:])
	copy(key[16:], span[:])
	return s.first(key[:])
}
