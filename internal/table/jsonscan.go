package table

import (
	"bytes"
	"unicode/utf8"
)

// leaf is a value that is no object, as JSON wrote it, with its name; nested
// names are joined by dots.
type leaf struct{ name, raw []byte }

// scanner finds the leaves of JSON objects without the general parser, which
// takes most of the time of reading a file. It knows the JSON that programs
// write: what it is not sure of it leaves to eachLeaf, which also words the
// errors. Its memory is used again for the next row.
type scanner struct {
	leaves []leaf
	names  []byte // nested names
	text   []byte
	at     int
}

// maxDepth is how deep objects may be nested for the scanner.
const maxDepth = 16

// scan finds the leaves of one object; false for what it leaves to eachLeaf.
// They are valid until the next call.
func (s *scanner) scan(row []byte) ([]leaf, bool) {
	s.leaves, s.names, s.text, s.at = s.leaves[:0], s.names[:0], row, 0
	if !s.object(nil, 0) {
		return nil, false
	}
	s.space()
	return s.leaves, s.at == len(row)
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// take skips white space and the given byte.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) object(prefix []byte, depth int) bool {
	if !s.take('{') || depth > maxDepth {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		s.space()
		key, plain := s.str()
		if !plain || !s.take(':') {
			return false
		}
		name := key[1 : len(key)-1]
		if prefix != nil {
			start := len(s.names)
			s.names = append(append(append(s.names, prefix...), '.'), name...)
			name = s.names[start:len(s.names):len(s.names)]
		}
		s.space()
		if s.at < len(s.text) && s.text[s.at] == '{' {
			if !s.object(name, depth+1) {
				return false
			}
		} else {
			start := s.at
			if !s.value() {
				return false
			}
			s.leaves = append(s.leaves, leaf{name, s.text[start:s.at]})
		}
		if s.take(',') {
			continue
		}
		return s.take('}')
	}
}

func (s *scanner) value() bool {
	if s.at == len(s.text) {
		return false
	}
	switch s.text[s.at] {
	case '"':
		raw, _ := s.str()
		return raw != nil
	case '[':
		return s.list()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

// list takes a list of plain values.
func (s *scanner) list() bool {
	s.at++
	if s.take(']') {
		return true
	}
	for {
		s.space()
		if s.at < len(s.text) && (s.text[s.at] == '[' || s.text[s.at] == '{') || !s.value() {
			return false
		}
		if s.take(',') {
			continue
		}
		return s.take(']')
	}
}

func (s *scanner) word(w string) bool {
	if !bytes.HasPrefix(s.text[s.at:], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

// str takes a string with its quotes; nil where it is none or has escapes that
// are not sure. plain tells that the text between the quotes is what it means.
func (s *scanner) str() (raw []byte, plain bool) {
	if s.at == len(s.text) || s.text[s.at] != '"' {
		return nil, false
	}
	start, ascii := s.at, true
	for i := start + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			raw = s.text[start:s.at]
			return raw, ascii || utf8.Valid(raw)
		case c == '\\':
			return s.escaped(start, i)
		case c < ' ':
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false
}

// escaped takes the string from start, whose first backslash is at i. Only the
// short escapes are sure.
func (s *scanner) escaped(start, i int) (raw []byte, plain bool) {
	for ; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return s.text[start:s.at], false
		case c == '\\':
			if i++; i == len(s.text) || bytes.IndexByte([]byte(`"\/bfnrt`), s.text[i]) < 0 {
				return nil, false
			}
		case c < ' ':
			return nil, false
		}
	}
	return nil, false
}

func (s *scanner) number() bool {
	i, text := s.at, s.text
	digits := func() bool {
		from := i
		for i < len(text) && text[i]-'0' <= 9 {
			i++
		}
		return i > from
	}
	if text[i] == '-' {
		i++
	}
	zero := i < len(text) && text[i] == '0'
	from := i
	if !digits() || zero && i-from > 1 {
		return false
	}
	if i < len(text) && text[i] == '.' {
		if i++; !digits() {
			return false
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		if i++; i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	s.at = i
	return true
}
