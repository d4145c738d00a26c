package normalize

import (
	"iter"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// SDKs put JSON, Python literals and twice-quoted JSON into string attributes.
// The functions here walk such text without building it: they never allocate
// for what is skipped, never recurse, and give up quietly on nonsense.

// maxLoose bounds how much of one text is looked at.
const maxLoose = 256 << 10

// members walks the top level of a JSON object or Python dict: key and raw
// value text. It yields nothing when s is no object.
func members(s string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for o := (*walks)(nil).object(s); o.next(); {
			if !yield(o.key, o.value) {
				return
			}
		}
	}
}

// elements walks the top level of a JSON array or Python list.
func elements(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for l := (*walks)(nil).list(s); l.next(); {
			if !yield(l.value) {
				return
			}
		}
	}
}

// walks lets the walk over an object and the walks over objects in it share
// one pass: an object or list is handed out with all that follows it, and who
// walks it to its end saves the walk around it from looking for that end
// again. All of this text being one text, a place in it is known by how much
// follows. A nil walks hands out each value alone.
type walks struct {
	from, left int // what followed the start, and the end, of what was walked last
}

// walk is over the members of an object or the elements of a list.
type walk struct {
	of    *walks
	text  string
	whole bool // text is what was handed out, not what was quoted in it
	keyed bool
	i     int    // where to go on
	open  int    // where the value handed out with an open end starts, if one was; else 0
	key   string // of the member
	value string
}

// object is a walk over the members of s; empty when s is no object.
func (w *walks) object(s string) walk {
	x := w.start(s)
	if x.i < len(x.text) && x.text[x.i] == '{' {
		x.i++
		x.keyed = true
	} else {
		x.i = len(x.text)
		x.whole = false
	}
	return x
}

// list is a walk over the elements of s; empty when s is no list.
func (w *walks) list(s string) walk {
	x := w.start(s)
	if x.i < len(x.text) && (x.text[x.i] == '[' || x.text[x.i] == '(') {
		x.i++
	} else {
		x.i = len(x.text)
		x.whole = false
	}
	return x
}

func (w *walks) start(s string) walk {
	t := s
	if len(t) > 0 && t[0] == '"' {
		t = unquoteJSON(t)
	}
	if len(t) > maxLoose {
		t = t[:maxLoose]
	}
	return walk{of: w, text: t, whole: w != nil && len(t) == len(s), i: skipSpace(t, 0)}
}

// next goes to the next member or element.
func (x *walk) next() bool {
	s, i := x.text, x.i
	if x.open > 0 {
		if x.of.from == len(s)-x.open {
			i = len(s) - x.of.left
		} else {
			i = skipValue(s, x.open)
		}
		x.open = 0
	}
	for i < len(s) && (s[i] == ',' || s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	if i >= len(s) || s[i] == '}' || s[i] == ']' || s[i] == ')' {
		if x.whole {
			x.of.from, x.of.left = len(s), max(len(s)-i-1, 0)
		}
		x.i = len(s)
		return false
	}
	if x.keyed {
		if x.key, i = member(s, i); i >= len(s) || s[i] != ':' {
			x.i, x.whole = len(s), false
			return false
		}
		if i++; i < len(s) && s[i] <= ' ' {
			i = skipSpace(s, i)
		}
	}
	if x.of != nil && i < len(s) && bytes256[s[i]] == byteOpens {
		x.of.from = -1
		x.open, x.value = i, s[i:]
		return true
	}
	end := skipValue(s, i)
	if end <= i {
		x.i, x.whole = len(s), false
		return false
	}
	x.i, x.value = end, s[i:end]
	return true
}

// get is the raw value at a path of keys; "" where it is absent. Only the end
// of the last value is looked for.
func get(s string, path ...string) string {
	for i, key := range path {
		if s = from(s, key); s == "" {
			return ""
		}
		if i == len(path)-1 || s[0] == '"' {
			s = s[:skipValue(s, 0)]
		}
	}
	return s
}

// from is the text of an object from the value of a key on; "" where the key
// is absent.
func from(s, key string) string {
	s = unquoteJSON(s)
	if len(s) > maxLoose {
		s = s[:maxLoose]
	}
	i := skipSpace(s, 0)
	if i >= len(s) || s[i] != '{' {
		return ""
	}
	i++
	for {
		i = skipSpace(s, i)
		if i >= len(s) || s[i] == '}' {
			return ""
		}
		has, end := member(s, i)
		found := has == key
		if i = end; i >= len(s) || s[i] != ':' {
			return ""
		}
		i = skipSpace(s, i+1)
		if found {
			if i >= len(s) {
				return ""
			}
			return s[i:]
		}
		if end = skipValue(s, i); end <= i {
			return ""
		}
		i = skipSpace(s, end)
		if i < len(s) && s[i] == ',' {
			i++
		}
	}
}

// first is the text of an array from its first element on, or s itself when
// it is none: for get and members, which find the end.
func first(s string) string {
	t := unquoteJSON(s)
	i := skipSpace(t, 0)
	if i >= len(t) || t[i] != '[' && t[i] != '(' {
		return s
	}
	i = skipSpace(t, i+1)
	if i >= len(t) || t[i] == ']' || t[i] == ')' {
		return s
	}
	if t = t[i:]; t[0] == '"' {
		return t[:skipValue(t, 0)]
	}
	return t
}

// text is a raw value as text: quotes and escapes undone, null as "".
func text(raw string) string {
	raw = strings.TrimSpace(raw)
	if raw != "" && bytes256[raw[0]] == byteOpens {
		return raw[:skipValue(raw, 0)] // what follows it is not of it
	}
	if len(raw) < 2 || raw[0] != '"' && raw[0] != '\'' {
		if raw == "null" || raw == "None" || raw == `"` || raw == "'" {
			return ""
		}
		return raw
	}
	if raw[len(raw)-1] != raw[0] {
		return raw[1:]
	}
	in := raw[1 : len(raw)-1]
	if strings.IndexByte(in, '\\') < 0 {
		return in
	}
	if raw[0] == '"' {
		if out, err := strconv.Unquote(raw); err == nil {
			return out
		}
	}
	return strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\n`, "\n", `\\`, `\`).Replace(in)
}

// member is the text of the key that starts at i, and the index after it,
// where its colon should be. A key is seldom escaped.
func member(s string, i int) (key string, end int) {
	if s[i] == '"' {
		if n := strings.IndexByte(s[i+1:], '"'); n >= 0 {
			if key = s[i+1 : i+1+n]; strings.IndexByte(key, '\\') < 0 {
				return key, skipSpace(s, i+n+2)
			}
		}
	}
	end = skipValue(s, i)
	return text(s[i:end]), skipSpace(s, end)
}

// unquoteJSON undoes up to two layers of JSON string quoting.
func unquoteJSON(s string) string {
	for range 2 {
		if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
			return s
		}
		t := text(s)
		if t == s {
			return s
		}
		s = t
	}
	return s
}

// number reads a raw value as a finite number.
func number(raw string) (float64, bool) {
	if n, ok := digits(raw); ok {
		return n, true
	}
	t := text(raw)
	if t == "" || len(t) > 32 {
		return 0, false
	}
	f, err := strconv.ParseFloat(t, 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// digits reads a whole number without a sign, which is what most numbers are.
func digits(s string) (float64, bool) {
	if s == "" || len(s) > 15 { // beyond that a float64 is not exact
		return 0, false
	}
	n := int64(0)
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	return float64(n), true
}

// truth reads a raw value as a boolean.
func truth(raw string) (v, ok bool) {
	switch strings.TrimSpace(raw) {
	case "true", "True", `"true"`, `"True"`:
		return true, true
	case "false", "False", `"false"`, `"False"`:
		return false, true
	}
	return false, false
}

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

const (
	ones        = 0x0101010101010101
	highs       = 0x8080808080808080
	backslashes = '\\' * ones
)

// word64 is eight bytes of s as one number, the first one lowest.
func word64(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// special has the high bit of the lowest byte of x set that is a quote or a
// backslash; 0 where none is.
func special(x, quotes uint64) uint64 {
	q, b := x^quotes, x^backslashes
	return ((q - ones) &^ q & highs) | ((b - ones) &^ b & highs)
}

// closing is the index after the quote that ends a string whose text starts
// at i. Most strings are names, found eight bytes at a time; a long one is
// text, and left to instructions that look at more.
func closing(s string, i int, quote byte) int {
	quotes := uint64(quote) * ones
	for long := min(i+64, len(s)); i+8 <= long; {
		hit := special(word64(s, i), quotes)
		if hit == 0 {
			i += 8
			continue
		}
		if i += bits.TrailingZeros64(hit) / 8; s[i] == quote {
			return i + 1
		}
		i += 2 // a backslash and what it escapes
	}
	for end := -1; i < len(s); {
		if end < i {
			if end = strings.IndexByte(s[i:], quote); end < 0 {
				return len(s)
			}
			end += i
		}
		escape := strings.IndexByte(s[i:end], '\\')
		if escape < 0 {
			return end + 1
		}
		i += escape + 2
	}
	return len(s)
}

// What a byte outside a string is to whoever looks for the end of a value.
const (
	byteOther = iota
	byteQuote
	byteOpens
	byteCloses
	byteParts // a comma or a colon
)

var bytes256 = func() (t [256]uint8) {
	for class, of := range [...]string{byteQuote: "\"'", byteOpens: "{[(", byteCloses: "}])", byteParts: ",:"} {
		for _, c := range []byte(of) {
			t[c] = uint8(class)
		}
	}
	return t
}()

// skipValue is the index after the value that starts at i.
func skipValue(s string, i int) int {
	if i >= len(s) {
		return len(s)
	}
	switch s[i] {
	case '"':
		return closing(s, i+1, '"')
	case '{', '[', '(':
		return skipNested(s, i+1)
	}
	for ; i < len(s); i++ { // a number or a name
		switch bytes256[s[i]] {
		case byteQuote:
			return closing(s, i+1, s[i])
		case byteOpens: // of a name, as in a Python literal
			return skipNested(s, i+1)
		case byteCloses, byteParts:
			return i
		}
	}
	return len(s)
}

// skipNested is the index after the bracket that closes the one before i.
func skipNested(s string, i int) int {
	for depth := 1; i < len(s); i++ {
		switch c := s[i]; bytes256[c] {
		case byteQuote:
			i = closing(s, i+1, c) - 1
		case byteOpens:
			depth++
		case byteCloses:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}
