package normalize

import (
	"math/bits"
	"strings"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// contentParts are the parts that content has. drop is text of no use to us.
var contentParts = [...]string{"system", "input", "output", "tools", "drop"}

const (
	partSystem = iota
	partInput
	partOutput
	partTools
	partDrop
)

// measure is what is taken of one part before its text is dropped.
type measure struct {
	chars int64
	hash  uint64
	rank  uint8
	seen  bool

	sample string // some of the text, to guess the language from
	text   string // all of it, only where content is kept
}

// maxMeasured bounds how much of one text is measured.
const maxMeasured = 1 << 20

// contentAt is an attribute that holds content.
type contentAt struct {
	at    uint16 // its position
	part  uint8
	rank  uint8
	label bool // says something about text, is none
}

// noteContent remembers an attribute that holds content, until it is known
// whether a better one does.
func (rd *reading) noteContent(e *entry, u *keyUse, at int, v pcommon.Value) {
	part := e.content - 1
	if part == partDrop || isNothing(v) || !rd.prefer(int(part), e.rank) {
		return
	}
	rd.contents = append(rd.contents, contentAt{uint16(at), part, e.rank, u.label})
}

// takeContent measures what the best keys hold.
func (rd *reading) takeContent() {
	for _, s := range rd.contents {
		if !s.label && s.rank == rd.content[s.part].rank {
			rd.measure(int(s.part), s.rank, rd.values[s.at])
		}
	}
	rd.contents = rd.contents[:0]
}

// prefer reports whether a part is to be taken from keys of this rank: no
// better key holds it. What a worse key gave is forgotten.
func (rd *reading) prefer(part int, rank uint8) bool {
	m := &rd.content[part]
	if m.seen && rank > m.rank {
		return false
	}
	if m.seen && rank < m.rank {
		*m = measure{}
	}
	m.seen, m.rank = true, rank
	return true
}

// measure adds v to a part. The best key wins; keys of one flattened list add up.
func (rd *reading) measure(part int, rank uint8, v pcommon.Value) {
	if !rd.prefer(part, rank) {
		return
	}
	m := &rd.content[part]
	measured := part == partInput || part == partOutput // nobody asks how long the others are
	if !measured && !rd.n.opts.KeepContent {
		return
	}
	var raw string
	if v.Type() == pcommon.ValueTypeStr {
		raw = v.Str()
	} else {
		raw = v.AsString()
	}
	if len(raw) > maxMeasured {
		raw = raw[:maxMeasured]
	}
	if measured {
		chars, sample := measureText(raw)
		m.chars += chars
		m.hash = mix(m.hash, raw)
		if m.sample == "" {
			m.sample = sample
		}
	}
	switch {
	case !rd.n.opts.KeepContent:
	case m.text == "":
		m.text = raw
	default:
		m.text += "\n" + raw
	}
}

func mix(h uint64, s string) uint64 {
	return h*1099511628211 ^ xxhash.Sum64String(s)
}

// measureText is the length in characters of the text in raw, which may be
// JSON messages, and some of that text to guess the language from.
func measureText(raw string) (chars int64, sample string) {
	t := strings.TrimSpace(raw)
	if t == "" || t[0] != '[' && t[0] != '{' {
		return runes(raw), raw
	}
	// the strings under text-like keys of whatever shape the messages have
	for i := 0; i < len(t); i++ {
		if t[i] != '"' && t[i] != '\'' {
			continue
		}
		end := closing(t, i+1, t[i])
		key := t[i+1 : max(i+1, end-1)]
		i = end - 1
		j := skipSpace(t, end)
		if j >= len(t) || t[j] != ':' {
			continue
		}
		j = skipSpace(t, j+1)
		if j >= len(t) || t[j] != '"' && t[j] != '\'' || !textKey(key) {
			i = max(i, j-1)
			continue
		}
		end = closing(t, j+1, t[j])
		s := t[j+1 : max(j+1, end-1)]
		chars += runes(s) - escapes(s)
		if len(s) > len(sample) {
			sample = s
		}
		i = end - 1
	}
	return chars, sample
}

// runes is how many characters s has: the bytes that continue none. In broken
// text it is a little off, and eight times faster than decoding.
func runes(s string) int64 {
	n := len(s)
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := word64(s, i)
		n -= bits.OnesCount64(x >> 7 &^ (x >> 6) & ones)
	}
	for ; i < len(s); i++ {
		if s[i]&0xC0 == 0x80 {
			n--
		}
	}
	return int64(n)
}

// escapes is how many characters of s are there only to escape others.
func escapes(s string) (n int64) {
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 || i+1 >= len(s) {
			return n
		}
		n++
		if s[i+1] == 'u' && i+6 <= len(s) {
			n += 4
		}
		s = s[i+2:]
	}
}

// textKey reports whether messages keep text under a key.
func textKey(k string) bool {
	switch k {
	case "content", "text", "input", "output", "prompt", "response", "answer", "question", "query", "q":
		return true
	}
	return false
}

func (rd *reading) finishContent() {
	row := rd.row
	if m := &rd.content[partInput]; m.seen && !rd.cutContent {
		row.InputChars, row.InputHash = model.Some(m.chars), m.hash
		row.Language = guessLanguage(m.sample)
		rd.because("input_chars", "content")
	}
	if m := &rd.content[partOutput]; m.seen && !rd.cutContent {
		row.OutputChars, row.OutputHash = model.Some(m.chars), m.hash
	}
	if !rd.n.opts.KeepContent {
		return
	}
	kept := func(part int) string { return rd.n.red.apply(rd.content[part].text) }
	c := model.Content{System: kept(partSystem), Input: kept(partInput), Output: kept(partOutput), Tools: kept(partTools)}
	if c != (model.Content{}) {
		own := c
		row.Content = &own
	}
}
