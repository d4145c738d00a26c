package baseline

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/windage-dev/windage/drift/series"
)

// Source is where a baseline was pinned from.
type Source string

// The sources.
const (
	FromStore Source = "store" // blocks that the evaluator had computed
	FromFile  Source = "file"  // a training or gold set
)

// Head is what is known of a baseline without its blocks.
type Head struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	Product string `json:"product"`

	Source Source `json:"source"`
	Origin string `json:"origin,omitempty"` // the name of the file
	// From and Until bound the blocks; zero for a baseline without times (a
	// training set), which is one block.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`

	Series int   `json:"series"` // number of series
	Rows   int64 `json:"rows"`   // of the series with most rows
	// Hash is the SHA-256 of the blocks, whatever they are called: two
	// baselines with the same data have the same hash.
	Hash string `json:"sha256"`

	PinnedAt time.Time `json:"pinned_at"`
	PinnedBy string    `json:"pinned_by"`
	Code     string    `json:"code_version"`
	Config   string    `json:"config_version"` // hash of windage.yaml, "default" without one
	Note     string    `json:"note,omitempty"`

	RetiredAt time.Time `json:"retired_at,omitzero"`
	RetiredBy string    `json:"retired_by,omitempty"`
	Why       string    `json:"retired_why,omitempty"`
}

// ID is how people name this version: NAME@VERSION.
func (h *Head) ID() string { return h.Name + "@" + strconv.Itoa(h.Version) }

// Retired reports whether the version is not to be used any more.
func (h *Head) Retired() bool { return !h.RetiredAt.IsZero() }

// Timeless reports whether the baseline has no times: it says what values
// should be, and not how they come and go.
func (h *Head) Timeless() bool { return h.From.IsZero() }

// Baseline is a head with its blocks.
type Baseline struct {
	Head
	// Blocks of all series, in order of signal, slice and start. Read only.
	Blocks []series.Block `json:"-"`

	byName map[string][]series.Block
}

// Restore puts a baseline that was kept together again, and reports whether its
// blocks are still those that were pinned.
func Restore(h Head, blocks []series.Block) (*Baseline, error) {
	b := &Baseline{Head: h, Blocks: blocks}
	b.index()
	if got := Hash(b.Blocks); got != b.Hash {
		return nil, &DamagedError{ID: b.ID(), Pinned: b.Hash, Found: got}
	}
	return b, nil
}

// DamagedError says that the blocks of a baseline are not those that were
// pinned.
type DamagedError struct{ ID, Pinned, Found string }

func (e *DamagedError) Error() string {
	return fmt.Sprintf("baseline %s is damaged: its blocks have the hash %.12s…, pinned was %.12s…", e.ID, e.Found, e.Pinned)
}

func (b *Baseline) index() {
	slices.SortFunc(b.Blocks, order)
	b.byName = map[string][]series.Block{}
	b.Each(func(name string, blocks []series.Block) { b.byName[name] = blocks })
}

// Pick is a version among those of one name, or with version 0 the newest that
// is not retired; nil where there is none.
func Pick(heads []Head, version int) *Head {
	for i := len(heads) - 1; i >= 0; i-- {
		if h := heads[i]; h.Version == version || version == 0 && !h.Retired() {
			return &h
		}
	}
	return nil
}

// New makes a baseline of blocks, which it takes and sorts: it counts series
// and rows, finds the hash, and leaves version, author and times of pinning to
// the caller. The span of the blocks becomes From and Until unless timeless.
func New(name, product string, source Source, blocks []series.Block, timeless bool) (*Baseline, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	b := &Baseline{Head: Head{Name: name, Product: product, Source: source}, Blocks: blocks}
	b.index()
	rows := map[series.Key]int64{}
	for i := range b.Blocks {
		x := &b.Blocks[i]
		rows[key(x)] += x.Rows()
		if timeless {
			continue
		}
		from, until := x.Span()
		if b.From.IsZero() || from.Before(b.From) {
			b.From = from
		}
		if until.After(b.Until) {
			b.Until = until
		}
	}
	for _, n := range rows {
		b.Rows = max(b.Rows, n)
	}
	if b.Series = len(rows); b.Series == 0 || b.Rows == 0 {
		return nil, fmt.Errorf("a baseline of no rows says nothing")
	}
	b.Hash = Hash(b.Blocks)
	return b, nil
}

func key(b *series.Block) series.Key { return series.Key{Signal: b.Signal, Slice: b.Slice} }

func order(a, b series.Block) int {
	as, _ := a.Span()
	bs, _ := b.Span()
	return cmp.Or(cmp.Compare(a.Signal, b.Signal), cmp.Compare(a.Slice, b.Slice), as.Compare(bs))
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// CheckName says what is wrong with the name of a baseline.
func CheckName(name string) error {
	if !namePattern.MatchString(name) {
		return fmt.Errorf("%q is no name for a baseline: use letters, digits, '.', '_' and '-', at most 64, such as autumn-2026", name)
	}
	return nil
}

// ParseRef reads NAME or NAME@VERSION; version 0 means the newest that is not
// retired.
func ParseRef(ref string) (name string, version int, err error) {
	name, v, pinned := strings.Cut(ref, "@")
	if err := CheckName(name); err != nil {
		return "", 0, err
	}
	if pinned {
		if version, err = strconv.Atoi(v); err != nil || version < 1 {
			return "", 0, fmt.Errorf("%q: %q is no version of a baseline: wanted NAME or NAME@VERSION, such as %s@2", ref, v, name)
		}
	}
	return name, version, nil
}

// Hash is the SHA-256 of blocks in the order of New: series, grid, start,
// length, counts, sums and extremes, each field with its length or in eight
// bytes, big-endian. Products and names are no part of it.
func Hash(blocks []series.Block) string {
	w := writer{h: sha256.New()}
	for i := range blocks {
		b := &blocks[i]
		w.text(b.Signal)
		w.text(b.Slice)
		w.text(b.Grid)
		from, until := b.Span()
		w.number(from.Unix())
		w.number(int64(until.Sub(from) / time.Second))
		if b.Grid == series.Category {
			values := make([]string, 0, len(b.Categorical.Counts))
			for v := range b.Categorical.Counts {
				values = append(values, v)
			}
			slices.Sort(values)
			w.number(int64(len(values)))
			for _, v := range values {
				w.text(v)
				w.number(b.Categorical.Counts[v])
			}
			continue
		}
		n := &b.Numeric
		for _, x := range []int64{n.N, n.Null, n.Bad} {
			w.number(x)
		}
		low, high := n.Min, n.Max
		if n.N == 0 {
			low, high = 0, 0
		}
		for _, x := range []float64{n.Sum, n.Sum2, low, high} {
			w.number(int64(math.Float64bits(x)))
		}
		w.number(int64(len(n.Cells)))
		for _, c := range n.Cells {
			w.number(int64(c.Code)<<32 | int64(c.N))
		}
	}
	return hex.EncodeToString(w.h.Sum(nil))
}

type writer struct {
	h   hash.Hash
	buf [8]byte
}

func (w *writer) number(x int64) {
	binary.BigEndian.PutUint64(w.buf[:], uint64(x))
	_, _ = w.h.Write(w.buf[:])
}

func (w *writer) text(s string) {
	w.number(int64(len(s)))
	_, _ = w.h.Write([]byte(s))
}
