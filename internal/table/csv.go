package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"unsafe"
)

const (
	// blockBytes is how much text one worker parses at a time.
	blockBytes = 1 << 20
	// maxRowBytes is the longest row that is read.
	maxRowBytes = 64 << 20
	// sampleRows is the number of rows from which kinds are guessed.
	sampleRows = 1000
)

// block is a run of whole rows.
type block struct {
	text  []byte
	first int // number of its first line, from 1
}

// splitter cuts a stream into blocks of whole rows. quoted says that line ends
// inside double quotes do not end a row (CSV).
type splitter struct {
	r      io.Reader
	quoted bool
	rest   []byte
	line   int
	done   bool
	room   int64 // about how much text there is
}

func (s *splitter) next() (block, error) {
	for {
		if s.done {
			if len(s.rest) == 0 {
				return block{}, io.EOF
			}
			b := block{s.rest, s.line}
			s.rest = nil
			return b, nil
		}
		buf := make([]byte, len(s.rest)+blockBytes)
		n := copy(buf, s.rest)
		m, err := io.ReadFull(s.r, buf[n:])
		buf = buf[:n+m]
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			s.done = true
		case err != nil:
			return block{}, err
		}
		if s.done {
			s.rest = buf
			continue
		}
		end := s.lastRow(buf)
		if end == 0 {
			if s.rest = buf; len(buf) > maxRowBytes {
				return block{}, fmt.Errorf("line %d: a row is longer than %d MB", s.line, maxRowBytes>>20)
			}
			continue
		}
		b := block{buf[:end:end], s.line}
		s.line += bytes.Count(b.text, []byte{'\n'})
		s.rest = buf[end:]
		return b, nil
	}
}

// lastRow gives the length of the whole rows at the start of buf.
func (s *splitter) lastRow(buf []byte) int {
	if !s.quoted || bytes.IndexByte(buf, '"') < 0 {
		return bytes.LastIndexByte(buf, '\n') + 1
	}
	end, inside := 0, false
	for i, c := range buf {
		switch c {
		case '"':
			inside = !inside // a doubled quote toggles twice
		case '\n':
			if !inside {
				end = i + 1
			}
		}
	}
	return end
}

// csvRow cuts the first row of text into cells, which are slices of text, or of
// scratch for cells with doubled quotes. It gives what follows the row.
func csvRow(text []byte, comma byte, cells [][]byte) (row [][]byte, rest []byte, err error) {
	row = cells[:0]
	for {
		if len(text) > 0 && text[0] == '"' {
			var cell []byte
			i := 1
			for {
				j := bytes.IndexByte(text[i:], '"')
				if j < 0 {
					return row, nil, errors.New("a quoted cell does not end")
				}
				j += i
				if j+1 < len(text) && text[j+1] == '"' {
					cell = append(append(cell, text[i:j]...), '"')
					i = j + 2
					continue
				}
				if cell == nil {
					cell = text[i:j]
				} else {
					cell = append(cell, text[i:j]...)
				}
				text = text[j+1:]
				break
			}
			row = append(row, cell)
			switch {
			case len(text) == 0:
				return row, nil, nil
			case text[0] == comma:
				text = text[1:]
				continue
			case text[0] == '\n':
				return row, text[1:], nil
			case text[0] == '\r' && len(text) > 1 && text[1] == '\n':
				return row, text[2:], nil
			}
			return row, text, errors.New("text follows a closing quote")
		}
		i := 0
		for i < len(text) && text[i] != comma && text[i] != '\n' {
			i++
		}
		cell := text[:i]
		if i == len(text) {
			return append(row, bytes.TrimSuffix(cell, []byte{'\r'})), nil, nil
		}
		if text[i] == '\n' {
			return append(row, bytes.TrimSuffix(cell, []byte{'\r'})), text[i+1:], nil
		}
		row = append(row, cell)
		text = text[i+1:]
	}
}

// readCSV reads a whole CSV file with a header line.
func readCSV(src *source, usual byte, o Options) (Table, error) {
	s := &splitter{r: src, quoted: true, line: 1, room: src.room}
	first, err := s.next()
	if err != nil {
		return nil, err
	}
	comma := o.Delimiter
	if comma == 0 {
		comma = sniffDelimiter(first.text, usual)
	}
	header, body, err := csvRow(first.text, comma, nil)
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	names, twice := csvNames(header)
	first.first += bytes.Count(first.text[:len(first.text)-len(body)], []byte{'\n'})
	first.text = body
	forms := csvForms(first, comma, names, o)
	for i, name := range names {
		if twice[name] != "" && forms[i].kind != Empty {
			forms[i] = form{kind: Text} // counted, not read
		}
	}
	bad := &raggedRows{want: len(names)}
	sp, err := parseBlocks(s, first, forms, func(b block, p part) error { return csvBlock(b, comma, p, bad) })
	if err != nil {
		return nil, err
	}
	if err := bad.tooMany(); err != nil {
		return nil, errors.Join(err, sp.store.Close())
	}
	t := newSpooled(sp, names, forms, o)
	t.bad = bad.skipped()
	for name, reason := range twice {
		t.odd[name] = &Column{Name: name, Kind: Unsupported, Rows: t.rows, Reason: reason}
	}
	return t, src.file.Close()
}

// csvNames gives the columns of a header: one without a name is called after
// its place. twice says of names that the header has more than once why such a
// column cannot be read.
func csvNames(header [][]byte) (names []string, twice map[string]string) {
	names, twice = make([]string, len(header)), map[string]string{}
	seen := map[string]int{}
	for i, h := range header {
		name := strings.TrimSpace(string(h))
		if name == "" {
			name = fmt.Sprintf("(column %d)", i+1)
		}
		if at, ok := seen[name]; ok {
			twice[name] = fmt.Sprintf("the header names it twice, as columns %d and %d", at+1, i+1)
		} else {
			seen[name] = i
		}
		names[i] = name
	}
	return names, twice
}

// csvForms guesses the forms from the first rows.
func csvForms(b block, comma byte, names []string, o Options) []form {
	samples := make([][]string, len(names))
	text := b.text
	var cells [][]byte
	for n := 0; n < sampleRows && len(text) > 0; n++ {
		row, rest, err := csvRow(text, comma, cells)
		if err != nil {
			break // reported with its line when the block is parsed
		}
		if len(row) == len(names) {
			for i := range row {
				if s := string(row[i]); !missing(s) {
					samples[i] = append(samples[i], s)
				}
			}
		}
		text, cells = rest, row
	}
	decimal := o.Decimal == "comma" || o.Decimal == "" && comma != ',' && decimalComma(samples)
	forms := make([]form, len(names))
	for i, name := range names {
		if o.wants(name) {
			forms[i] = guess(name, samples[i], o, decimal)
			if forms[i].kind == Empty { // nothing in the sample: texts take anything
				forms[i].kind = Text
			}
		}
	}
	return forms
}

// raggedRows are rows whose number of cells is not that of the header.
type raggedRows struct {
	want int

	mu                sync.Mutex
	rows, line, cells int
	good              int // the others
}

// raggedShare is the share of such rows up to which they are left out.
const raggedShare = 0.05

func (r *raggedRows) add(line, cells int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rows++; r.rows == 1 || line < r.line {
		r.line, r.cells = line, cells
	}
}

func (r *raggedRows) skipped() Skipped {
	if r.rows == 0 {
		return Skipped{}
	}
	return Skipped{Rows: r.rows, Reason: fmt.Sprintf("line %d has %d cells, the header has %d", r.line, r.cells, r.want)}
}

// tooMany refuses a file that has more of them than good rows allow.
func (r *raggedRows) tooMany() error {
	all := r.rows + r.good
	if float64(r.rows) <= raggedShare*float64(all) {
		return nil
	}
	return fmt.Errorf("%s; %d of %d rows have another number than the header: is the delimiter right (--delimiter)?", r.skipped().Reason, r.rows, all)
}

// part is what one block gave: a builder per wanted column.
type part []*builder

func newPart(forms []form) part {
	p := make(part, len(forms))
	for i, f := range forms {
		if f.kind != Empty {
			p[i] = newBuilder(f)
		}
	}
	return p
}

func csvBlock(b block, comma byte, p part, bad *raggedRows) error {
	text, line, good := b.text, b.first, 0
	var cells [][]byte
	for len(text) > 0 {
		row, rest, err := csvRow(text, comma, cells)
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		next := line + bytes.Count(text[:len(text)-len(rest)], []byte{'\n'})
		text, cells = rest, row
		if len(row) == 1 && len(row[0]) == 0 && bad.want > 1 {
			line = next
			continue // a blank line
		}
		if len(row) != bad.want {
			bad.add(line, len(row))
			line = next
			continue
		}
		good++
		for i, cell := range row {
			if p[i] != nil {
				p[i].line = line
				p[i].add(unsafe.String(unsafe.SliceData(cell), len(cell)))
			}
		}
		line = next
	}
	bad.mu.Lock()
	bad.good += good
	bad.mu.Unlock()
	return nil
}

// parseBlocks parses the blocks of a stream on all cores into a spool.
func parseBlocks(s *splitter, first block, forms []form, parse func(block, part) error) (*spool, error) {
	sp, err := newSpool(s.room)
	if err != nil {
		return nil, err
	}
	type task struct {
		n int
		b block
	}
	tasks := make(chan task, 2)
	var mu sync.Mutex
	var failed error
	failedAt := -1
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			p, buf := newPart(forms), []byte(nil)
			for t := range tasks {
				err := parse(t.b, p)
				if err == nil {
					buf, err = sp.put(t.n, p, buf)
				}
				if err == nil {
					continue
				}
				p = newPart(forms)
				mu.Lock()
				if failed == nil || t.n < failedAt {
					failed, failedAt = err, t.n
				}
				mu.Unlock()
			}
		}()
	}
	var readErr error
	tasks <- task{0, first}
	for n := 1; ; n++ {
		b, err := s.next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				readErr = err
			}
			break
		}
		mu.Lock()
		stop := failed != nil
		mu.Unlock()
		if stop {
			break
		}
		tasks <- task{n, b}
	}
	close(tasks)
	wg.Wait()
	if failed == nil {
		failed = readErr
	}
	if failed != nil {
		return nil, errors.Join(failed, sp.store.Close())
	}
	return sp, nil
}
