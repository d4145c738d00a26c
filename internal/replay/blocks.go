package replay

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/internal/table"
)

// FileOptions say how a training or gold set becomes blocks.
type FileOptions struct {
	// Time names the time column; without one the file is a single block
	// without a time.
	Time  string
	Block time.Duration // length of a block; default one hour
	// Format says how the file is written, where it does not tell.
	Format table.Format
	// Columns are the columns that are wanted; empty: all.
	Columns []string
	// Categorical names columns of numbers that are codes.
	Categorical []string
	// Rename gives columns the name of their series.
	Rename   map[string]string
	Product  string
	Progress func(float64)
}

// FileBlocks are the blocks of a file, counted as the store counts them.
type FileBlocks struct {
	Blocks []series.Block
	// NotKept are the columns that became no series.
	NotKept []NotMeasured
	Rows    Rows
}

// ReadBlocks reads a file into blocks. The name of a series says which grid it
// is counted on, so that the blocks compare with those of live traffic.
func ReadBlocks(path string, o FileOptions) (*FileBlocks, error) {
	o.Format.TimeColumn = o.Time
	t, err := table.Open(path, table.Options{Progress: o.Progress, Text: o.Categorical, Format: o.Format})
	if err != nil {
		return nil, err
	}
	defer t.Close()
	names := t.Names()
	for _, wanted := range append(append(slices.Clone(o.Columns), o.Categorical...), keysOf(o.Rename)...) {
		if !slices.Contains(names, wanted) {
			return nil, fmt.Errorf("%s has no column %q; it has %s", path, wanted, strings.Join(names, ", "))
		}
	}
	k := timeless(t.Rows())
	if o.Time != "" {
		if !slices.Contains(names, o.Time) {
			return nil, fmt.Errorf("%s has no column %q for --time; it has %s", path, o.Time, strings.Join(names, ", "))
		}
		c, err := t.Column(o.Time)
		if err != nil {
			return nil, err
		}
		if o.Block == 0 {
			o.Block = time.Hour
		}
		if k, err = readClock(c, o.Block, o.Format); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	out := &FileBlocks{Rows: rowsOf(t, k)}
	used := map[string]string{}
	for _, name := range names {
		if name == o.Time || len(o.Columns) > 0 && !slices.Contains(o.Columns, name) {
			continue
		}
		c, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		if to := o.Rename[name]; to != "" {
			c.Name = to
		}
		if before, twice := used[c.Name]; twice {
			return nil, fmt.Errorf("columns %s and %s of %s would both be the series %s", before, name, path, c.Name)
		}
		used[c.Name] = name
		out.Rows.note(c)
		ss, no := pinnedSeries(c, k)
		if no != nil {
			out.NotKept = append(out.NotKept, *no)
		}
		for i := range ss {
			out.Blocks = append(out.Blocks, blocksOf(&ss[i], o.Product)...)
		}
	}
	if len(out.Blocks) == 0 {
		return nil, errors.New(path + ": no column can be kept: " + reasons(out.NotKept))
	}
	return out, nil
}

func keysOf[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// timeless is the clock of rows without a time: one block of no length.
func timeless(rows int) *clock {
	k := &clock{n: 1, block: make([]int32, rows), order: make([]int32, rows), offset: []int32{0, int32(rows)}}
	for i := range k.order {
		k.order[i] = int32(i)
	}
	return k
}

// pinnedSeries makes the series of one column as the store would count it.
func pinnedSeries(c *table.Column, k *clock) ([]detect.Series, *NotMeasured) {
	no := func(format string, args ...any) ([]detect.Series, *NotMeasured) {
		return nil, &NotMeasured{c.Name, fmt.Sprintf(format, args...)}
	}
	role := series.RoleOf(c.Name, "")
	known := series.Known(c.Name)
	values := role.Kind == detect.Categorical || role.Kind == detect.Rate
	switch c.Kind {
	case table.Number:
		if known && values {
			text, err := c.AsText()
			if err != nil {
				return no("%s", err)
			}
			return textSeries(text, k)
		}
		grid := block.Log
		if role.Kind == detect.Score || strings.HasSuffix(c.Name, "_score") && within01(c.Values) {
			grid = block.Unit
		}
		return counted(c, k, grid)
	case table.Text:
		if known && !values {
			return no("it holds texts such as %q, and %s is counted in numbers", firstWord(c), c.Name)
		}
		return textSeries(c, k)
	case table.Vector:
		return no("embeddings are not kept in baselines; compare files with `windage drift compare`")
	case table.Time:
		return no("a column of times")
	case table.Empty:
		return no("empty: none of %d rows has a value", c.Rows)
	default:
		return no("%s", c.Reason)
	}
}

func within01(xs []float64) bool {
	for _, x := range xs {
		if x < 0 || x > 1 {
			return false
		}
	}
	return true
}

// counted counts the numbers of a column on a grid.
func counted(c *table.Column, k *clock, grid block.Grid) ([]detect.Series, *NotMeasured) {
	s := detect.Series{Name: c.Name, Kind: detect.Numeric}
	nb := block.NumericBuilder{Grid: grid}
	numbers := int64(0)
	for b := range k.n {
		rows := k.rows(b)
		if len(rows) == 0 {
			continue
		}
		for _, i := range rows {
			if v := c.Values[i]; math.IsNaN(v) {
				nb.AddNull()
			} else {
				nb.Add(v)
			}
		}
		x := nb.Block(k.at(b), k.step)
		numbers += x.N
		s.Numeric = append(s.Numeric, x)
	}
	if numbers == 0 {
		return nil, &NotMeasured{c.Name, "no row has a finite number"}
	}
	return []detect.Series{s}, nil
}

// blocksOf are the blocks of a series, for a product.
func blocksOf(s *detect.Series, product string) (out []series.Block) {
	name, slice := s.Name, ""
	if at := strings.IndexByte(name, '{'); at > 0 && strings.HasSuffix(name, "}") {
		name, slice = name[:at], name[at+1:len(name)-1]
	}
	key := series.Key{Product: product, Signal: name, Slice: slice}
	for _, b := range s.Categorical {
		out = append(out, series.Block{Key: key, Grid: series.Category, Categorical: b})
	}
	for _, b := range s.Numeric {
		grid := series.Log
		if b.Grid == block.Unit {
			grid = series.Unit
		}
		out = append(out, series.Block{Key: key, Grid: grid, Numeric: b})
	}
	return out
}
