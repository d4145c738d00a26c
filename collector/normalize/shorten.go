package normalize

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// maxAttributes is how many attributes of one span are read, so that an
// attribute bomb costs no more than this. Long chats have more: two or three
// for each message of the history, and the counts of tokens after them.
const maxAttributes = 1024

// What an attribute of a span that has too many is worth.
const (
	worthLast   = iota
	worthListed // of a flattened list that holds more than text
	worthFirst  // a key of some dialect
)

// shorten is a copy of what is read of attributes that are too many, in their
// order: each key that a dialect knows, wherever it stands; then what lists
// hold beside text, up to half of the room; then the others as they come. What
// is left out is counted in the row.
func (rd *reading) shorten(reg *registry, row *model.Span, attrs pcommon.Map) pcommon.Map {
	worth := make([]uint8, 0, attrs.Len())
	seen := map[*keyUse]bool{}
	known, listed := 0, 0
	for k := range attrs.All() {
		w := uint8(worthLast)
		if u := reg.uses[k]; u != nil {
			if !seen[u] { // the same key again says nothing
				seen[u] = true
				w = worthFirst
				known++
			}
		} else if listed < maxAttributes/2 && reg.lists(k) {
			w = worthListed
			listed++
		}
		worth = append(worth, w)
	}
	room := max(0, maxAttributes-known-listed)
	kept := pcommon.NewMap()
	attrs.CopyTo(kept) // the span is left as it is; putting one by one takes the square of the time
	i := -1
	kept.RemoveIf(func(k string, _ pcommon.Value) bool {
		if i++; worth[i] != worthLast {
			return false
		}
		if room > 0 {
			room--
			return false
		}
		rd.cutContent = rd.cutContent || reg.speaks(k)
		return true
	})
	rd.cut = true
	row.DroppedAttributes = model.Some(row.DroppedAttributes.Or(0) + int64(attrs.Len()-kept.Len()))
	return kept
}

// lists reports whether a key is of a flattened list from which more than text
// is taken.
func (r *registry) lists(key string) bool {
	head, _, _ := strings.Cut(key, ".")
	for _, ki := range r.prefixes[head] {
		if ki.carries && strings.HasPrefix(key, ki.key) {
			return true
		}
	}
	return false
}

// speaks reports whether a key holds what people or models said.
func (r *registry) speaks(key string) bool {
	ki := r.lookup(key)
	return ki != nil && ki.speaks
}
