package normalize

import (
	"iter"
	"math"
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
		s := unquoteJSON(s)
		if len(s) > maxLoose {
			s = s[:maxLoose]
		}
		i := skipSpace(s, 0)
		if i >= len(s) || s[i] != '{' {
			return
		}
		i++
		for {
			i = skipSpace(s, i)
			if i >= len(s) || s[i] == '}' {
				return
			}
			end := skipValue(s, i)
			key := name(s[i:end])
			i = skipSpace(s, end)
			if i >= len(s) || s[i] != ':' {
				return
			}
			i = skipSpace(s, i+1)
			end = skipValue(s, i)
			if end <= i {
				return
			}
			if !yield(key, s[i:end]) {
				return
			}
			i = skipSpace(s, end)
			if i < len(s) && s[i] == ',' {
				i++
			}
		}
	}
}

// elements walks the top level of a JSON array or Python list.
func elements(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		s := unquoteJSON(s)
		if len(s) > maxLoose {
			s = s[:maxLoose]
		}
		i := skipSpace(s, 0)
		if i >= len(s) || s[i] != '[' && s[i] != '(' {
			return
		}
		i++
		for {
			i = skipSpace(s, i)
			if i >= len(s) || s[i] == ']' || s[i] == ')' {
				return
			}
			end := skipValue(s, i)
			if end <= i || !yield(s[i:end]) {
				return
			}
			i = skipSpace(s, end)
			if i < len(s) && s[i] == ',' {
				i++
			}
		}
	}
}

// get is the raw value at a path of keys; "" where it is absent.
func get(s string, path ...string) string {
	for _, want := range path {
		found := ""
		for k, v := range members(s) {
			if k == want {
				found = v
				break
			}
		}
		if found == "" {
			return ""
		}
		s = found
	}
	return s
}

// first is the raw first element of an array, or s itself when it is none.
func first(s string) string {
	for e := range elements(s) {
		return e
	}
	return s
}

// text is a raw value as text: quotes and escapes undone, null as "".
func text(raw string) string {
	raw = strings.TrimSpace(raw)
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

// name is the text of a key, which is seldom escaped.
func name(raw string) string {
	if n := len(raw); n >= 2 && raw[0] == '"' && raw[n-1] == '"' && n < 64 {
		for i := 1; i < n-1; i++ {
			if raw[i] == '\\' {
				return text(raw)
			}
		}
		return raw[1 : n-1]
	}
	return text(raw)
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
	t := text(raw)
	if t == "" || len(t) > 32 {
		return 0, false
	}
	f, err := strconv.ParseFloat(t, 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
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

// closing is the index after the quote that ends a string whose text starts
// at i.
func closing(s string, i int, quote byte) int {
	for j := i; j < len(s) && j < i+32; j++ { // most are short
		switch s[j] {
		case quote:
			return j + 1
		case '\\':
			return closingFar(s, j, quote)
		}
	}
	return closingFar(s, i, quote)
}

func closingFar(s string, i int, quote byte) int {
	for start := i; ; {
		j := strings.IndexByte(s[i:], quote)
		if j < 0 {
			return len(s)
		}
		i += j
		back := i // an odd number of backslashes before it escapes it
		for back > start && s[back-1] == '\\' {
			back--
		}
		i++
		if (i-1-back)%2 == 0 {
			return i
		}
	}
}

// structural are the bytes that begin, part and end values.
var structural = func() (t [256]bool) {
	for _, c := range []byte(`"'{[(}]),:`) {
		t[c] = true
	}
	return t
}()

// skipValue is the index after the value that starts at i.
func skipValue(s string, i int) int {
	depth := 0
	for i < len(s) {
		c := s[i]
		if !structural[c] {
			i++
			continue
		}
		switch c {
		case '"', '\'':
			i = closing(s, i+1, c)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		default:
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return min(i, len(s))
}
