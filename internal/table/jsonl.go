package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// readJSONL reads a whole file of JSON objects, one a line. Nested objects
// become columns named with dots; lists of numbers become vectors.
func readJSONL(f *os.File, size int64, o Options) (Table, error) {
	defer func() { _ = f.Close() }()
	s := &splitter{r: f, line: 1, size: size, progress: o.Progress}
	first, err := s.next()
	if err != nil {
		return nil, err
	}
	first.text = bytes.TrimPrefix(first.text, []byte("\xef\xbb\xbf"))
	if t := bytes.TrimSpace(first.text); len(t) > 0 && t[0] == '[' {
		return nil, fmt.Errorf("it is a JSON list; one object a line is needed (jq -c '.[]' turns it into that)")
	}
	names, kinds, err := jsonKinds(first, o)
	if err != nil {
		return nil, err
	}
	known := map[string]int{}
	for i, n := range names {
		known[n] = i
	}
	extras := make(chan map[string]*builder, 1)
	extras <- map[string]*builder{}
	sp, err := parseBlocks(s, first, kinds, func(b block, p part) error { return jsonBlock(b, known, p, o, extras) })
	if err != nil {
		return nil, err
	}
	m := newSpooled(sp, names, kinds, o)
	late := <-extras
	for _, name := range sortedNames(late) {
		// A key first seen after the sample: only how often it occurs is known.
		m.names = append(m.names, name)
		m.odd[name] = &Column{Name: name, Kind: Unsupported, Rows: m.rows, Nulls: m.rows - late[name].col.Rows,
			Reason: fmt.Sprintf("the key appears only after the first %d rows, so its type is not known", sampleRows)}
	}
	return m, nil
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

// jsonKinds finds the columns and their kinds in the first rows. JSON says
// what is a number and what a text, so texts are never read as numbers.
func jsonKinds(b block, o Options) (names []string, kinds []Kind, err error) {
	type sample struct{ numbers, texts, times, vectors, others int }
	seen := map[string]*sample{}
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
				s, name = &sample{}, strings.Clone(name)
				seen[name] = s
				names = append(names, name)
			}
			switch c := raw[0]; {
			case c == 'n':
			case c == '[':
				if _, ok := parseVector(string(raw), nil); ok {
					s.vectors++
				} else {
					s.others++
				}
			case c == '"':
				s.texts++
				var t string
				if json.Unmarshal(raw, &t) == nil {
					if _, ok := ParseTime(t); ok {
						s.times++
					}
				}
			case c == 't', c == 'f':
				s.texts++
			default:
				s.numbers++
			}
		})
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	for _, name := range names {
		s := seen[name]
		switch k := Text; {
		case o.text(name):
			kinds = append(kinds, k)
		case s.numbers > 0 && s.texts+s.vectors+s.others == 0:
			kinds = append(kinds, Number)
		case s.vectors > 0 && s.numbers+s.texts+s.others == 0:
			kinds = append(kinds, Vector)
		case s.texts > 0 && s.times == s.texts && s.numbers+s.vectors+s.others == 0:
			kinds = append(kinds, Time)
		default:
			kinds = append(kinds, k)
		}
	}
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("the first rows have none of the wanted keys")
	}
	return names, kinds, nil
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
				all[name] = newBuilder(Text)
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
