package table

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
)

// source is the content of a file, decompressed, and as UTF-8 where it is text.
type source struct {
	*bufio.Reader
	file *os.File
	// plain says that the content is what the file holds.
	plain bool
	// room is about how many bytes of text it holds.
	room int64
	head []byte
}

// headBytes is how much of a file is looked at to tell what it is.
const headBytes = 64 << 10

// newSource opens the content of f. progress is told the share of the file
// that was read; it may be nil.
func newSource(f *os.File, progress func(float64)) (*source, error) {
	st, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case st.IsDir():
		return nil, errors.New("it is a folder; a CSV, JSON lines or Parquet file is needed")
	}
	s := &source{file: f, plain: st.Mode().IsRegular(), room: inMemory + 1}
	var r io.Reader = f
	if s.plain {
		s.room = st.Size()
		if progress != nil {
			r = &meter{r: f, size: st.Size(), progress: progress}
		}
	}
	s.Reader = bufio.NewReaderSize(r, headBytes)
	if err := s.peek(); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(s.head, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(s.Reader)
		if err != nil {
			return nil, err
		}
		s.Reader, s.plain = bufio.NewReaderSize(whole{unzipped}, headBytes), false
		s.room *= 8 // the usual ratio of text is less
		if err := s.peek(); err != nil {
			return nil, err
		}
	}
	return s, s.asUTF8()
}

// peek looks at the first bytes.
func (s *source) peek() (err error) {
	s.head, err = s.Peek(4)
	switch {
	case len(s.head) == 0 && errors.Is(err, io.EOF):
		return errors.New("it is empty")
	case err != nil && !errors.Is(err, io.EOF):
		return err
	}
	return nil
}

// asUTF8 takes a byte order mark away and turns UTF-16 into UTF-8.
func (s *source) asUTF8() error {
	var order binary.ByteOrder
	switch h := s.head; {
	case bytes.HasPrefix(h, []byte("\xef\xbb\xbf")):
		_, _ = s.Discard(3)
		return s.peek()
	case bytes.HasPrefix(h, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(h, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	case bytes.IndexByte(h, 0) >= 0:
		return errors.New("it is no text in UTF-8: it looks like UTF-16 without a byte order mark, or a binary file; save it as UTF-8")
	default:
		return nil
	}
	_, _ = s.Discard(2)
	s.Reader, s.plain = bufio.NewReaderSize(&utf16Reader{r: s.Reader, order: order}, headBytes), false
	return s.peek()
}

// inFile gives the content as a file with random access.
func (s *source) inFile() (*os.File, int64, error) {
	if s.plain {
		st, err := s.file.Stat()
		if err != nil {
			return nil, 0, err
		}
		return s.file, st.Size(), nil
	}
	f, err := os.CreateTemp("", "windage-file-*")
	if err != nil {
		return nil, 0, fmt.Errorf("making room for it: %w", err)
	}
	_ = os.Remove(f.Name())
	n, err := io.Copy(f, s.Reader)
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, n, s.file.Close()
}

// meter tells how much of a file has been read.
type meter struct {
	r          io.Reader
	read, size int64
	progress   func(float64)
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if m.read += int64(n); m.size > 0 {
		m.progress(float64(m.read) / float64(m.size))
	}
	return n, err
}

// whole tells compressed data that were cut off from data that end.
type whole struct{ r io.Reader }

func (w whole) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the compressed data were cut off")
	}
	return n, err
}

// utf16Reader reads UTF-16 as UTF-8.
type utf16Reader struct {
	r     *bufio.Reader
	order binary.ByteOrder
	out   []byte // of the last character
}

func (u *utf16Reader) unit() (rune, error) {
	var b [2]byte
	if _, err := io.ReadFull(u.r, b[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("its UTF-16 text was cut off within a character")
		}
		return 0, err
	}
	return rune(u.order.Uint16(b[:])), nil
}

func (u *utf16Reader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(u.out) == 0 {
			c, err := u.unit()
			if err != nil {
				if n > 0 && errors.Is(err, io.EOF) {
					return n, nil
				}
				return n, err
			}
			if utf16.IsSurrogate(c) {
				low, err := u.unit()
				if err != nil && !errors.Is(err, io.EOF) {
					return n, err
				}
				c = utf16.DecodeRune(c, low)
			}
			u.out = utf8.AppendRune(u.out[:0], c)
		}
		k := copy(p[n:], u.out)
		n, u.out = n+k, u.out[k:]
	}
	return n, nil
}
