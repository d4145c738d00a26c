package series

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/detect"
)

// Key names a series: its product, signal and slice ("" for all rows).
type Key struct{ Product, Signal, Slice string }

// Name is how people and metrics call the series within its product.
func (k Key) Name() string {
	if k.Slice == "" {
		return k.Signal
	}
	return k.Signal + "{" + k.Slice + "}"
}

// History holds the hourly blocks of all series of an installation. It is not
// safe for concurrent use.
type History struct {
	all map[Key]*past
}

type past struct {
	grid   string
	num    map[int64]block.Numeric
	cat    map[int64]block.Categorical
	rows   int64
	sorted bool
	n      []block.Numeric
	c      []block.Categorical
}

// NewHistory is an empty history.
func NewHistory() *History { return &History{all: map[Key]*past{}} }

// The grids that blocks are counted on.
const (
	Log      = "log"      // numbers, block.Log
	Unit     = "unit"     // scores in [0, 1], block.Unit
	Category = "category" // values
)

// Block is one hour of one series, of one of two kinds.
type Block struct {
	Key
	Grid        string // Log, Unit or Category
	Numeric     block.Numeric
	Categorical block.Categorical
}

// Span is from when to when the block counts.
func (b *Block) Span() (from, until time.Time) {
	if b.Grid == Category {
		return b.Categorical.Start, b.Categorical.Start.Add(b.Categorical.Length)
	}
	return b.Numeric.Start, b.Numeric.Start.Add(b.Numeric.Length)
}

// Timeless takes the time off the block.
func (b *Block) Timeless() {
	b.Numeric.Start, b.Numeric.Length = time.Time{}, 0
	b.Categorical.Start, b.Categorical.Length = time.Time{}, 0
}

// Rows are all rows of the block.
func (b *Block) Rows() int64 {
	if b.Grid == Category {
		return b.Categorical.Rows()
	}
	return b.Numeric.Rows()
}

// Put sets the block of one hour; an empty one removes it.
func (h *History) Put(b Block) {
	p := h.all[b.Key]
	if p == nil || p.grid != b.Grid {
		p = &past{grid: b.Grid, num: map[int64]block.Numeric{}, cat: map[int64]block.Categorical{}}
		h.all[b.Key] = p
	}
	p.sorted = false
	if b.Grid == Category {
		at := b.Categorical.Start.Unix()
		old := p.cat[at]
		p.rows += b.Categorical.Rows() - old.Rows()
		if b.Categorical.Rows() == 0 {
			delete(p.cat, at)
			return
		}
		p.cat[at] = b.Categorical
		return
	}
	at := b.Numeric.Start.Unix()
	old := p.num[at]
	p.rows += b.Numeric.Rows() - old.Rows()
	if b.Numeric.Rows() == 0 {
		delete(p.num, at)
		return
	}
	p.num[at] = b.Numeric
}

// Forget drops the blocks that start before t.
func (h *History) Forget(t time.Time) {
	for k, p := range h.all {
		for at, b := range p.num {
			if at < t.Unix() {
				p.rows -= b.Rows()
				delete(p.num, at)
				p.sorted = false
			}
		}
		for at, b := range p.cat {
			if at < t.Unix() {
				p.rows -= b.Rows()
				delete(p.cat, at)
				p.sorted = false
			}
		}
		if len(p.num)+len(p.cat) == 0 {
			delete(h.all, k)
		}
	}
}

// Hist is the histogram of one hour of a whole numeric series, or nil.
func (h *History) Hist(product, signal string, hour time.Time) *block.Numeric {
	if p := h.all[Key{product, signal, ""}]; p != nil {
		if b, ok := p.num[hour.Unix()]; ok {
			return &b
		}
	}
	return nil
}

// Limits of what is watched.
const (
	// MinSliceRows is how many rows a slice needs in all its history to be a
	// series of its own.
	MinSliceRows = 300
	// MaxSlices is how many slices of one product are watched, those with most
	// rows first.
	MaxSlices = 150
)

// Series are the series to judge, in order of product and name, with the
// blocks that start before until. want says whether a product watches a
// signal.
func (h *History) Series(until time.Time, want func(product, signal string) bool) []detect.Series {
	slicesOf := map[string][]Key{}
	var keys []Key
	for k, p := range h.all {
		if k.Product == "" || !want(k.Product, k.Signal) {
			continue
		}
		if k.Slice == "" {
			keys = append(keys, k)
			continue
		}
		if p.rows >= MinSliceRows && sliced(k) {
			slicesOf[k.Product] = append(slicesOf[k.Product], k)
		}
	}
	for _, ks := range slicesOf {
		slices.SortFunc(ks, func(a, b Key) int {
			return cmp.Or(cmp.Compare(h.all[b].rows, h.all[a].rows), compare(a, b))
		})
		keys = append(keys, ks[:min(len(ks), MaxSlices)]...)
	}
	slices.SortFunc(keys, compare)
	out := make([]detect.Series, 0, len(keys))
	for _, k := range keys {
		p := h.all[k]
		p.sort()
		role := RoleOf(k.Signal, p.grid)
		s := detect.Series{Product: k.Product, Name: k.Name(), Kind: role.Kind, Positive: role.Positive, Ticket: role.Ticket, Pinned: role.Pinned && k.Slice == "", Good: role.Good}
		if k.Slice != "" {
			s.Parent = k.Signal
		}
		s.Numeric = p.n[:sort.Search(len(p.n), func(i int) bool { return !p.n[i].Start.Before(until) })]
		s.Categorical = p.c[:sort.Search(len(p.c), func(i int) bool { return !p.c[i].Start.Before(until) })]
		out = append(out, s)
	}
	return out
}

// sliced reports whether a slice of the signal tells anything: the language of
// the slice language=de is always de.
func sliced(k Key) bool {
	switch k.Signal {
	case "input_tokens", "output_tokens", "call_duration_seconds", "cost_per_task", "calls_per_task", "finish_reason", "call_status",
		"prediction_score", "prediction_label", "retrieval_score":
		return true
	default:
		return len(k.Signal) > 5 && k.Signal[len(k.Signal)-5:] == "_rate"
	}
}

func compare(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Signal, b.Signal), cmp.Compare(a.Slice, b.Slice))
}

func (p *past) sort() {
	if p.sorted {
		return
	}
	p.n, p.c = p.n[:0:0], p.c[:0:0]
	for _, b := range p.num {
		p.n = append(p.n, b)
	}
	for _, b := range p.cat {
		p.c = append(p.c, b)
	}
	slices.SortFunc(p.n, func(a, b block.Numeric) int { return a.Start.Compare(b.Start) })
	slices.SortFunc(p.c, func(a, b block.Categorical) int { return a.Start.Compare(b.Start) })
	p.sorted = true
}
