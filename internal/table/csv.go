package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
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
	r        io.Reader
	quoted   bool
	rest     []byte
	line     int
	done     bool
	read     int64
	size     int64
	progress func(float64)
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
		if s.read += int64(m); s.progress != nil && s.size > 0 {
			s.progress(float64(s.read) / float64(s.size))
		}
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
func readCSV(f *os.File, size int64, comma byte, o Options) (Table, error) {
	defer func() { _ = f.Close() }()
	s := &splitter{r: f, quoted: true, line: 1, size: size, progress: o.Progress}
	first, err := s.next()
	if err != nil {
		return nil, err
	}
	first.text = bytes.TrimPrefix(first.text, []byte("\xef\xbb\xbf"))
	header, body, err := csvRow(first.text, comma, nil)
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	names := make([]string, len(header))
	seen := map[string]bool{}
	for i, h := range header {
		names[i] = strings.TrimSpace(string(h))
		if seen[names[i]] {
			return nil, fmt.Errorf("the header names the column %q twice", names[i])
		}
		seen[names[i]] = true
	}
	if o.Progress == nil {
		s.progress = nil
	}
	first.first += bytes.Count(first.text[:len(first.text)-len(body)], []byte{'\n'})
	first.text = body
	kinds, err := csvKinds(first, comma, names, o)
	if err != nil {
		return nil, err
	}
	sp, err := parseBlocks(s, first, kinds, func(b block, p part) error { return csvBlock(b, comma, names, p) })
	if err != nil {
		return nil, err
	}
	return newSpooled(sp, names, kinds, o), nil
}

// csvKinds guesses the kinds from the first rows.
func csvKinds(b block, comma byte, names []string, o Options) ([]Kind, error) {
	samples := make([][]string, len(names))
	text := b.text
	var cells [][]byte
	for n := 0; n < sampleRows && len(text) > 0; n++ {
		row, rest, err := csvRow(text, comma, cells)
		if err != nil {
			break // reported with its line when the block is parsed
		}
		for i := range min(len(row), len(names)) {
			if s := string(row[i]); !missing(s) {
				samples[i] = append(samples[i], s)
			}
		}
		text, cells = rest, row
	}
	kinds := make([]Kind, len(names))
	for i, name := range names {
		if o.wants(name) {
			kinds[i] = guess(samples[i], o.text(name))
			if kinds[i] == Empty { // nothing in the sample: texts take anything
				kinds[i] = Text
			}
		}
	}
	return kinds, nil
}

// part is what one block gave: a builder per wanted column.
type part []*builder

func newPart(kinds []Kind) part {
	p := make(part, len(kinds))
	for i, k := range kinds {
		if k != Empty {
			p[i] = newBuilder(k)
		}
	}
	return p
}

func csvBlock(b block, comma byte, names []string, p part) error {
	text, line := b.text, b.first
	var cells [][]byte
	for len(text) > 0 {
		row, rest, err := csvRow(text, comma, cells)
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		next := line + bytes.Count(text[:len(text)-len(rest)], []byte{'\n'})
		text, cells = rest, row
		if len(row) == 1 && len(row[0]) == 0 && len(names) > 1 {
			line = next
			continue // a blank line
		}
		if len(row) != len(names) {
			return fmt.Errorf("line %d has %d cells, the header has %d", line, len(row), len(names))
		}
		for i, cell := range row {
			if p[i] != nil {
				p[i].add(unsafe.String(unsafe.SliceData(cell), len(cell)))
			}
		}
		line = next
	}
	return nil
}

// parseBlocks parses the blocks of a stream on all cores into a spool.
func parseBlocks(s *splitter, first block, kinds []Kind, parse func(block, part) error) (*spool, error) {
	sp, err := newSpool(s.size)
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
			p, buf := newPart(kinds), []byte(nil)
			for t := range tasks {
				err := parse(t.b, p)
				if err == nil {
					buf, err = sp.put(t.n, p, buf)
				}
				if err == nil {
					continue
				}
				p = newPart(kinds)
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
