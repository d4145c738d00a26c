package normalize

import (
	"strings"
	"sync"
	"sync/atomic"
)

// keyUse is all that is known of one attribute key, worked out once.
type keyUse struct {
	key     string  // "" where it is not remembered
	entries []entry // by dialect id; nil where no dialect knows the key
	markers []marker
	secrecy secrecy
	family  bool // of an AI family, so that not knowing it is told
	clue    clue // what it seems to hold, should no dialect know it
	label   bool // ends in .role, .type, .id: says something about text, is none

	// Keys that came after this one. An SDK writes its attributes in one order
	// or two, so that most keys are found by comparing instead of hashing.
	next [2]atomic.Pointer[keyUse]
}

// entry is what a dialect makes of the key.
func (u *keyUse) entry(d *Dialect) *entry {
	if u.entries == nil {
		return &unknownEntry
	}
	return &u.entries[d.id]
}

var unknownEntry entry

// keyTable finds what is known of a key with one map lookup and no lock. Keys
// that are in no dialect, or that are of a flattened list, are added as they
// come, up to a bound.
type keyTable struct {
	reg   *registry
	first keyUse                             // before the first key of a span
	known atomic.Pointer[map[string]*keyUse] // never changed, only replaced

	mu     sync.Mutex
	fresh  map[string]*keyUse // not in known yet
	misses int
}

// maxKeys bounds the keys that are remembered; what comes beyond is worked
// out each time.
const maxKeys = 16384

func newKeyTable(r *registry) *keyTable {
	t := &keyTable{reg: r, fresh: map[string]*keyUse{}}
	t.known.Store(&r.uses)
	return t
}

// after is use for a key that comes after another one of its span.
func (t *keyTable) after(last *keyUse, key string) *keyUse {
	newest := last.next[0].Load()
	if newest != nil && newest.key == key {
		return newest
	}
	if u := last.next[1].Load(); u != nil && u.key == key {
		return u
	}
	u := t.use(key)
	if u.key != "" {
		last.next[1].Store(newest)
		last.next[0].Store(u)
	}
	return u
}

func (t *keyTable) use(key string) *keyUse {
	if u := (*t.known.Load())[key]; u != nil {
		return u
	}
	return t.add(key)
}

func (t *keyTable) add(key string) *keyUse {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.fresh[key]
	if u == nil {
		u = t.reg.use(key)
		if len(*t.known.Load())+len(t.fresh) >= maxKeys || len(key) > maxText {
			return u
		}
		u.key = strings.Clone(key)
		t.fresh[u.key] = u
	}
	// copying costs as much as there is, so it has to be worth it
	if t.misses++; t.misses > len(t.fresh)+len(*t.known.Load())/8 {
		known := make(map[string]*keyUse, len(*t.known.Load())+len(t.fresh))
		for k, u := range *t.known.Load() {
			known[k] = u
		}
		for k, u := range t.fresh {
			known[k] = u
		}
		t.known.Store(&known)
		t.fresh, t.misses = map[string]*keyUse{}, 0
	}
	return u
}

// use works out what is known of a key.
func (r *registry) use(key string) *keyUse {
	u := &keyUse{
		secrecy: secrecyOf(key), family: aiFamily(key), clue: clueOf(key),
		label: strings.HasSuffix(key, ".role") || strings.HasSuffix(key, ".type") || strings.HasSuffix(key, ".id"),
	}
	if ki := r.lookup(key); ki != nil {
		u.entries, u.markers = ki.entries, ki.markers
		if ki.private {
			u.secrecy = private
		}
	}
	return u
}
