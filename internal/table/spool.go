package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// spool keeps the columns of a file of rows apart while it is read once, so
// that they can be taken one at a time: of a large file in a temporary file,
// of a small one in memory.
type spool struct {
	store interface {
		io.ReaderAt
		io.WriterAt
		io.Closer
	}
	end atomic.Int64

	mu     sync.Mutex
	blocks [][]segment // by block of rows and column; nil for an empty block
}

// segment is where the rows of one block of one column lie.
type segment struct {
	at                     int64
	rows, nulls, misfits   int
	misfit                 string
	misfitLine             int
	sawPoint               bool
	dim                    int
	values, codes, vectors int // entries
	words, wordBytes       int // each word is its length in four bytes and its text
}

// inMemory is the size of a file up to which its columns stay in memory.
const inMemory = 32 << 20

// newSpool makes a spool for a file of the given size.
func newSpool(size int64) (*spool, error) {
	if size <= inMemory {
		return &spool{store: &buffer{}}, nil
	}
	f, err := os.CreateTemp("", "windage-columns-*")
	if err != nil {
		return nil, fmt.Errorf("making room for its columns: %w", err)
	}
	// Where a file that is open can be removed, nothing is left behind even by
	// a crash; elsewhere Close removes it.
	_ = os.Remove(f.Name())
	return &spool{store: &tempFile{f}}, nil
}

type tempFile struct{ *os.File }

func (f *tempFile) Close() error {
	err := f.File.Close()
	if rerr := os.Remove(f.Name()); rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	return err
}

// buffer is a file in memory.
type buffer struct {
	mu   sync.RWMutex
	data []byte
}

func (b *buffer) WriteAt(p []byte, off int64) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if need := int(off) + len(p); need > len(b.data) {
		b.data = append(b.data, make([]byte, need-len(b.data))...)
	}
	return copy(b.data[off:], p), nil
}

func (b *buffer) ReadAt(p []byte, off int64) (int, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if off+int64(len(p)) > int64(len(b.data)) {
		return 0, io.ErrUnexpectedEOF
	}
	return copy(p, b.data[off:]), nil
}

func (b *buffer) Close() error { b.data = nil; return nil }

// put keeps the columns of block n and makes the part ready for the next one.
// buf is room that it may use; it is given back.
func (s *spool) put(n int, p part, buf []byte) ([]byte, error) {
	segments := make([]segment, len(p))
	buf = buf[:0]
	for i, b := range p {
		if b == nil {
			continue
		}
		c, seg := &b.col, &segments[i]
		*seg = segment{at: int64(len(buf)), rows: c.Rows, nulls: c.Nulls, misfits: c.Misfits, misfit: c.Misfit, misfitLine: c.MisfitLine, sawPoint: b.sawPoint,
			dim: c.Dim, values: len(c.Values), codes: len(c.Codes), vectors: len(c.Vectors), words: len(c.Words)}
		buf = append(append(append(buf, bytesOf(c.Values)...), bytesOf(c.Codes)...), bytesOf(c.Vectors)...)
		start := len(buf)
		for _, w := range c.Words {
			buf = binary.NativeEndian.AppendUint32(buf, uint32(len(w)))
			buf = append(buf, w...)
		}
		seg.wordBytes = len(buf) - start
		b.reset()
	}
	at := s.end.Add(int64(len(buf))) - int64(len(buf))
	for i := range segments {
		segments[i].at += at
	}
	if _, err := s.store.WriteAt(buf, at); err != nil {
		return buf, fmt.Errorf("keeping its columns: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.blocks) <= n {
		s.blocks = append(s.blocks, nil)
	}
	s.blocks[n] = segments
	return buf, nil
}

// bytesOf is the memory of numbers.
func bytesOf[T float64 | float32 | uint32](x []T) []byte {
	if len(x) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), len(x)*int(unsafe.Sizeof(x[0])))
}

// read fills x from an offset and gives the offset behind it.
func readInto[T float64 | float32 | uint32](s *spool, x []T, at int64) (int64, error) {
	b := bytesOf(x)
	if len(b) == 0 {
		return at, nil
	}
	_, err := s.store.ReadAt(b, at)
	return at + int64(len(b)), err
}

// column puts column i together.
func (s *spool) column(i int, name string, f form) (*Column, error) {
	kind := f.kind
	out := &Column{Name: name, Kind: kind, Integer: kind == Number, form: f}
	var values, codes, vectors int
	for _, b := range s.blocks {
		if b != nil {
			values, codes, vectors = values+b[i].values, codes+b[i].codes, vectors+b[i].vectors
		}
	}
	switch kind {
	case Number, Time:
		out.Values = make([]float64, 0, values)
	case Text:
		out.Codes = make([]uint32, 0, codes)
	case Vector:
		out.Vectors = make([]float32, 0, vectors)
	}
	index := map[string]uint32{}
	var words []byte
	var recode []uint32
	for _, b := range s.blocks {
		if b == nil {
			continue
		}
		seg := &b[i]
		out.Rows += seg.rows
		out.Nulls += seg.nulls
		if out.Misfits == 0 {
			out.Misfit, out.MisfitLine = seg.misfit, seg.misfitLine
		}
		out.Misfits += seg.misfits
		out.Integer = out.Integer && !seg.sawPoint
		var err error
		switch kind {
		case Number, Time:
			n := len(out.Values)
			out.Values = out.Values[:n+seg.values]
			_, err = readInto(s, out.Values[n:], seg.at)
		case Vector:
			if out.Dim == 0 {
				out.Dim = seg.dim
			}
			if seg.dim == out.Dim {
				n := len(out.Vectors)
				out.Vectors = out.Vectors[:n+seg.vectors]
				_, err = readInto(s, out.Vectors[n:], seg.at)
			} else if seg.dim > 0 {
				out.Misfits += seg.vectors / seg.dim
			}
		case Text:
			n := len(out.Codes)
			out.Codes = out.Codes[:n+seg.codes]
			var at int64
			if at, err = readInto(s, out.Codes[n:], seg.at); err != nil {
				break
			}
			words = slices.Grow(words[:0], seg.wordBytes)[:seg.wordBytes]
			if len(words) > 0 {
				if _, err = s.store.ReadAt(words, at); err != nil {
					break
				}
			}
			recode = recode[:0]
			for rest := words; len(rest) > 0; {
				size := int(binary.NativeEndian.Uint32(rest))
				w := rest[4 : 4+size]
				rest = rest[4+size:]
				code, ok := index[string(w)]
				if !ok {
					code = uint32(len(out.Words))
					text := string(w)
					index[text] = code
					out.Words = append(out.Words, text)
				}
				recode = append(recode, code)
			}
			for k, code := range out.Codes[n:] {
				if code != Null {
					out.Codes[n+k] = recode[code]
				}
			}
		}
		if err != nil {
			return nil, fmt.Errorf("reading column %s back: %w", name, err)
		}
	}
	out.Integer = out.Integer && out.Nulls == 0 && out.Misfits == 0
	if out.Nulls == out.Rows { // or there is no row at all
		out = &Column{Name: name, Kind: Empty, Rows: out.Rows, Nulls: out.Nulls}
	}
	if f.dates && out.Kind == Text {
		return out.asDates(), nil
	}
	return out, nil
}

// rows is the number of rows of column i.
func (s *spool) rows(i int) (n int) {
	for _, b := range s.blocks {
		if b != nil {
			n += b[i].rows
		}
	}
	return n
}

// spooled is a table whose columns are in a spool.
type spooled struct {
	spool *spool
	names []string
	at    map[string]int // column of the spool
	forms []form
	rows  int
	odd   map[string]*Column // columns of which nothing but their number is known
	bad   Skipped
}

// newSpooled is the table of the wanted columns of a spool.
func newSpooled(s *spool, names []string, forms []form, o Options) *spooled {
	t := &spooled{spool: s, at: map[string]int{}, forms: forms, odd: map[string]*Column{}}
	for i, name := range names {
		if _, twice := t.at[name]; o.wants(name) && !twice {
			t.names = append(t.names, name)
			t.at[name] = i
			t.rows = max(t.rows, s.rows(i))
		}
	}
	return t
}

func (t *spooled) Names() []string  { return t.names }
func (t *spooled) Rows() int        { return t.rows }
func (t *spooled) Skipped() Skipped { return t.bad }
func (t *spooled) Close() error     { return t.spool.store.Close() }

func (t *spooled) Column(name string) (*Column, error) {
	if c := t.odd[name]; c != nil {
		return c, nil
	}
	i, ok := t.at[name]
	if !ok {
		return nil, noColumn(name, t.names)
	}
	return t.spool.column(i, name, t.forms[i])
}
