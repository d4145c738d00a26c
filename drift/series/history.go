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

// past holds the blocks of a series in order of time.
type past struct {
	grid string
	rows int64
	num  []block.Numeric
	cat  []block.Categorical
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
		p = &past{grid: b.Grid}
		h.all[b.Key] = p
	}
	if b.Grid == Category {
		p.cat = put(p, p.cat, b.Categorical, startOfCategorical, (*block.Categorical).Rows)
	} else {
		p.num = put(p, p.num, b.Numeric, startOfNumeric, (*block.Numeric).Rows)
	}
}

func startOfNumeric(b *block.Numeric) time.Time         { return b.Start }
func startOfCategorical(b *block.Categorical) time.Time { return b.Start }

// before is the number of blocks that start before t.
func before[B any](blocks []B, t time.Time, start func(*B) time.Time) int {
	return sort.Search(len(blocks), func(i int) bool { return !start(&blocks[i]).Before(t) })
}

func put[B any](p *past, blocks []B, b B, start func(*B) time.Time, rows func(*B) int64) []B {
	i := before(blocks, start(&b), start)
	found := i < len(blocks) && start(&blocks[i]).Equal(start(&b))
	n := rows(&b)
	p.rows += n
	if found {
		p.rows -= rows(&blocks[i])
	}
	switch {
	case found && n == 0:
		return slices.Delete(blocks, i, i+1)
	case found:
		blocks[i] = b
		return blocks
	case n == 0:
		return blocks
	default:
		return slices.Insert(blocks, i, b)
	}
}

// Forget drops the blocks that start before t.
func (h *History) Forget(t time.Time) {
	for k, p := range h.all {
		p.num = forget(p, p.num, before(p.num, t, startOfNumeric), (*block.Numeric).Rows)
		p.cat = forget(p, p.cat, before(p.cat, t, startOfCategorical), (*block.Categorical).Rows)
		if len(p.num)+len(p.cat) == 0 {
			delete(h.all, k)
		}
	}
}

// forget drops the first n blocks, and with many of them their memory.
func forget[B any](p *past, blocks []B, n int, rows func(*B) int64) []B {
	if n == 0 {
		return blocks
	}
	for i := range n {
		p.rows -= rows(&blocks[i])
	}
	return slices.Clone(blocks[n:])
}

// Hist is the histogram of one hour of a whole numeric series, or nil.
func (h *History) Hist(product, signal string, hour time.Time) *block.Numeric {
	p := h.all[Key{product, signal, ""}]
	if p == nil {
		return nil
	}
	if i := before(p.num, hour, startOfNumeric); i < len(p.num) && p.num[i].Start.Equal(hour) {
		b := p.num[i]
		return &b
	}
	return nil
}

// Rows are the rows of one hour of a whole series.
func (h *History) Rows(product, signal string, hour time.Time) int64 {
	p := h.all[Key{product, signal, ""}]
	if p == nil {
		return 0
	}
	if i := before(p.num, hour, startOfNumeric); i < len(p.num) && p.num[i].Start.Equal(hour) {
		return p.num[i].Rows()
	}
	if i := before(p.cat, hour, startOfCategorical); i < len(p.cat) && p.cat[i].Start.Equal(hour) {
		return p.cat[i].Rows()
	}
	return 0
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
// blocks that start before until: a view of the history, good until the next
// Put or Forget. want says whether a product watches a signal.
func (h *History) Series(until time.Time, want func(product, signal string) bool) []detect.Series {
	slicesOf := map[string][]Key{}
	var keys []Key
	for k, p := range h.all {
		if k.Product == "" || derived[k.Signal] || !want(k.Product, k.Signal) {
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
		role := RoleOf(k.Signal, p.grid)
		s := detect.Series{Product: k.Product, Name: k.Name(), Kind: role.Kind, Positive: role.Positive, Ticket: role.Ticket, Pinned: role.Pinned && k.Slice == "", Good: role.Good}
		if k.Slice != "" {
			s.Parent = k.Signal
		}
		s.Numeric = p.num[:before(p.num, until, startOfNumeric)]
		s.Categorical = p.cat[:before(p.cat, until, startOfCategorical)]
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
