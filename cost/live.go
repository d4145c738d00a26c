package cost

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"github.com/windage-dev/windage/model"
)

// Load reads the user's price files, highest precedence first, and puts the
// bundled table under them. All files must be sound, or there is no book.
func Load(paths ...string) (*Book, error) {
	files := make([]*File, 0, len(paths))
	for _, p := range paths {
		f, err := ReadFile(p)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return NewBookWithBundled(files...)
}

// ReadFile reads one price file of any known format.
func ReadFile(path string) (*File, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading price file: %w", err)
	}
	if st.Size() > MaxFileSize {
		return nil, fmt.Errorf("reading price file %s: %d bytes; at most %d", path, st.Size(), MaxFileSize)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading price file: %w", err)
	}
	return Parse(path, data)
}

// Live is a book that can be reloaded while it is in use. Readers see either
// the old book or the new one, never a mixture; a file that cannot be used
// leaves the old book in force.
type Live struct {
	paths []string
	book  atomic.Pointer[Book]

	mu       sync.Mutex
	seen     map[string]string
	failures atomic.Int64
}

// NewLive loads the files once; they must be sound.
func NewLive(paths ...string) (*Live, error) {
	l := &Live{paths: paths, seen: map[string]string{}}
	if _, err := l.Reload(); err != nil {
		return nil, err
	}
	return l, nil
}

// Paths are the files that are read, highest precedence first.
func (l *Live) Paths() []string { return l.paths }

// Book is the book in force.
func (l *Live) Book() *Book { return l.book.Load() }

// Price prices with the book in force.
func (l *Live) Price(row *model.Span) model.Cost { return l.book.Load().Price(row) }

// Rate is Book.Rate with the table in force.
func (l *Live) Rate(p *model.UsagePoint) { l.book.Load().Rate(p) }

// Failures counts the reloads that left the old book in force.
func (l *Live) Failures() int64 { return l.failures.Load() }

// Reload reads the files again and puts a new book in force if their bytes
// changed and all of them are sound. On an error the old book stays.
func (l *Live) Reload() (changed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() {
		if err != nil && l.book.Load() != nil {
			l.failures.Add(1)
			err = fmt.Errorf("the price table in use is kept: %w", err)
		}
	}()
	now := make(map[string]string, len(l.paths))
	changed = l.book.Load() == nil
	var files []*File
	for _, p := range l.paths {
		f, err := ReadFile(p)
		if errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("price file %s does not exist", p)
		}
		if err != nil {
			return false, err
		}
		changed = changed || l.seen[p] != f.SHA256()
		now[p] = f.SHA256()
		files = append(files, f)
	}
	if !changed {
		return false, nil
	}
	b, err := NewBookWithBundled(files...)
	if err != nil {
		return false, err
	}
	l.book.Store(b)
	l.seen = now
	return true, nil
}
