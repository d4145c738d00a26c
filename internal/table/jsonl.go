package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// readJSONL reads a whole file of JSON objects, one a line. Nested objects
// become columns named with dots; lists of numbers become vectors.
func readJSONL(src *source, o Options) (Table, error) {
	s := &splitter{r: src, line: 1, room: src.room}
	first, err := s.next()
	if err != nil {
		return nil, err
	}
	if t := bytes.TrimSpace(first.text); len(t) > 0 && t[0] == '[' {
		return nil, fmt.Errorf("it is a JSON list; one object a line is needed (jq -c '.[]' turns it into that)")
	}
	names, forms, err := jsonForms(first, o)
	if err != nil {
		return nil, err
	}
	known := map[string]int{}
	for i, n := range names {
		known[n] = i
	}
	extras := make(chan map[string]*builder, 1)
	extras <- map[string]*builder{}
	sp, err := parseBlocks(s, first, forms, func(b block, p part) error { return jsonBlock(b, known, p, o, extras) })
	if err != nil {
		return nil, err
	}
	m := newSpooled(sp, names, forms, o)
	late := <-extras
	for _, name := range sortedNames(late) {
		// A key first seen after the sample: only how often it occurs is known.
		m.names = append(m.names, name)
		m.odd[name] = &Column{Name: name, Kind: Unsupported, Rows: m.rows, Nulls: m.rows - late[name].col.Rows,
			Reason: fmt.Sprintf("the key appears only after the first %d rows, so its type is not known", sampleRows)}
	}
	return m, src.file.Close()
}

func sortedNames(m map[string]*builder) []string {
	out := make([]string, 0, len(m))
	for n := range m {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// each visits the leaves of one object.
func (s *scanner) each(row []byte, f func(name string, raw []byte)) error {
	leaves, ok := s.scan(row)
	if !ok {
		return eachLeaf("", row, f)
	}
	for _, l := range leaves {
		f(unsafe.String(unsafe.SliceData(l.name), len(l.name)), l.raw)
	}
	return nil
}

// eachLeaf visits the leaves of a JSON object, names joined by dots, by the
// general parser.
func eachLeaf(prefix string, raw []byte, f func(name string, raw []byte)) error {
	err := leavesOf(prefix, raw, f)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the line ends inside of its object; an object a line is needed")
	}
	return err
}

func leavesOf(prefix string, raw []byte, f func(name string, raw []byte)) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		if err == nil {
			err = fmt.Errorf("%.40s is not an object", raw)
		}
		return err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return err
		}
		name := key.(string)
		if prefix != "" {
			name = prefix + "." + name
		}
		if v[0] == '{' {
			if err := leavesOf(name, v, f); err != nil {
				return err
			}
			continue
		}
		f(name, v)
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if dec.More() {
		return fmt.Errorf("text follows the object")
	}
	return nil
}

// jsonSample is what the first rows say of a column.
type jsonSample struct {
	numbers, vectors, all int
	texts                 []string
	distinct              map[string]bool // numbers
}

func (s *jsonSample) add(raw []byte) {
	switch c := raw[0]; {
	case c == 'n':
		return
	case c == '[':
		if _, ok := parseVector(string(raw), nil); ok {
			s.vectors++
		}
	case c == '"':
		var t string
		if json.Unmarshal(raw, &t) == nil {
			s.texts = append(s.texts, t)
		}
	case c == 't', c == 'f':
	default:
		if s.numbers++; len(s.distinct) <= fewCodes {
			s.distinct[string(raw)] = true
		}
	}
	s.all++
}

// form decides as guess does, but JSON says what is a number and what a text,
// so texts are never read as numbers.
func (s *jsonSample) form(name string, o Options) form {
	most := func(n int) bool { return n > 0 && (n == s.all || !o.Strict && 2*n > s.all) }
	switch {
	case o.text(name):
	case name == o.TimeColumn && o.TimeFormat != nil:
		return form{kind: Time, layouts: o.TimeFormat}
	case most(s.numbers):
		few := len(s.distinct) <= fewCodes && 2*len(s.distinct) <= s.numbers
		if few && float64(s.all-s.numbers) > fewMisfits*float64(s.all) {
			return form{kind: Text, codes: true}
		}
		return form{kind: Number}
	case most(s.vectors):
		return form{kind: Vector}
	case most(len(s.texts)):
		if f, ok := guessTime(s.texts, o, most); ok {
			return f
		}
	}
	return form{kind: Text}
}

// jsonForms finds the columns and their forms in the first rows.
func jsonForms(b block, o Options) (names []string, forms []form, err error) {
	seen := map[string]*jsonSample{}
	var scan scanner
	line := b.first
	for n, text := 0, b.text; n < sampleRows && len(text) > 0; line++ {
		row, rest, _ := bytes.Cut(text, []byte{'\n'})
		text = rest
		if row = bytes.TrimSpace(row); len(row) == 0 {
			continue
		}
		n++
		err := scan.each(row, func(name string, raw []byte) {
			if !o.wants(name) {
				return
			}
			s := seen[name]
			if s == nil {
				s, name = &jsonSample{distinct: map[string]bool{}}, strings.Clone(name)
				seen[name] = s
				names = append(names, name)
			}
			s.add(raw)
		})
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	for _, name := range names {
		forms = append(forms, seen[name].form(name, o))
	}
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("the first rows have none of the wanted keys")
	}
	return names, forms, nil
}

func jsonBlock(b block, known map[string]int, p part, o Options, extras chan map[string]*builder) error {
	line, rows := b.first, 0
	late := map[string]int{}
	var scan scanner
	for text := b.text; len(text) > 0; line++ {
		row, rest, _ := bytes.Cut(text, []byte{'\n'})
		text = rest
		if row = bytes.TrimSpace(row); len(row) == 0 {
			continue
		}
		err := scan.each(row, func(name string, raw []byte) {
			i, ok := known[name]
			if !ok {
				if o.wants(name) {
					late[strings.Clone(name)]++
				}
				return
			}
			if p[i].col.Rows == rows { // a key given twice counts once
				p[i].line = line
				p[i].addJSON(raw)
			}
		})
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		rows++
		for _, c := range p {
			if c.col.Rows < rows {
				c.col.Rows++
				c.null()
			}
		}
	}
	if len(late) > 0 {
		all := <-extras
		for name, n := range late {
			if all[name] == nil {
				all[name] = newBuilder(form{kind: Text})
			}
			all[name].col.Rows += n
		}
		extras <- all
	}
	return nil
}

// addJSON takes the next value as JSON wrote it.
func (b *builder) addJSON(raw []byte) {
	switch {
	case raw[0] == 'n':
		b.col.Rows++
		b.null()
	case raw[0] == '"':
		s := unsafe.String(unsafe.SliceData(raw[1:]), len(raw)-2)
		if bytes.IndexByte(raw, '\\') >= 0 || !utf8.Valid(raw) {
			s = ""
			if err := json.Unmarshal(raw, &s); err != nil {
				s = string(raw)
			}
		}
		if b.kind == Number {
			b.col.Rows++
			b.misfit(s)
			return
		}
		if s == "" && b.kind == Text { // an empty text is a text in JSON
			b.text(s)
			return
		}
		b.add(s)
	default:
		b.add(unsafe.String(unsafe.SliceData(raw), len(raw)))
	}
}

func (b *builder) text(s string) {
	b.col.Rows++
	code, ok := b.index[s]
	if !ok {
		code, s = uint32(len(b.col.Words)), strings.Clone(s)
		b.index[s] = code
		b.col.Words = append(b.col.Words, s)
	}
	b.col.Codes = append(b.col.Codes, code)
}
