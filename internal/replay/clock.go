package replay

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/windage-dev/windage/internal/table"
)

// clock is the time column: the block of every row.
type clock struct {
	start  time.Time // of block 0
	step   time.Duration
	n      int // blocks
	end    time.Time
	block  []int32 // by row, −1 for a row that has no usable time
	order  []int32 // rows with a time, by block
	offset []int32 // first entry in order of each block, one more than blocks

	noTime, stray int // rows left out
	badTime       int // rows whose time cannot be read
	bad           string
}

// maxBlocks bounds the time line: ten years of hours.
const maxBlocks = 100_000

// readClock reads the time column. Numbers are epochs in seconds, milli-,
// micro- or nanoseconds, told by their size.
func readClock(c *table.Column, step time.Duration, format table.Format) (*clock, error) {
	switch {
	case c.Rows == 0:
		return nil, errors.New("it has no rows")
	case c.Kind == table.Empty:
		return nil, fmt.Errorf("column %q: no row has a time", c.Name)
	}
	switch c.Kind {
	case table.Time, table.Number:
	case table.Text:
		times, ok := c.AsTimes(format)
		if !ok {
			return nil, fmt.Errorf("column %q holds no times in most of its rows: the first such value is %q; wanted ISO 8601 such as 2026-10-01T12:00:00Z, or an epoch number; "+
				"--time-format names any other form", c.Name, firstNoTime(c))
		}
		c = times
	default:
		reason := c.Kind.String()
		if c.Reason != "" {
			reason = c.Reason
		}
		return nil, fmt.Errorf("column %q holds no times (%s)", c.Name, reason)
	}
	if c.Undecided {
		return nil, fmt.Errorf("the dates of column %q may have the day or the month first, and none of them tells: say which with --date-order dmy or --date-order mdy", c.Name)
	}
	if 2*c.Misfits > c.Rows-c.Nulls {
		return nil, fmt.Errorf("column %q holds no times in most of its rows: %s; wanted ISO 8601 such as 2026-10-01T12:00:00Z, or an epoch number; --time-format names any other form",
			c.Name, c.Bad())
	}
	scale := 1.0
	if c.Kind == table.Number {
		scale = epochScale(c.Values)
	}
	secs := make([]float64, 0, len(c.Values))
	for _, v := range c.Values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			secs = append(secs, v*scale)
		}
	}
	if len(secs) == 0 {
		return nil, fmt.Errorf("column %q: no row has a time", c.Name)
	}
	lo, hi := mainBody(secs)
	k := &clock{step: step, block: make([]int32, len(c.Values)), badTime: c.Misfits, bad: c.Bad()}
	k.start = time.Unix(int64(math.Floor(lo)), 0).UTC().Truncate(step)
	base := float64(k.start.Unix())
	blocks := (hi-base)/step.Seconds() + 1
	if blocks > maxBlocks {
		return nil, fmt.Errorf("column %q spans %.0f blocks of %s, from %s to %s; at most %d: use a longer --block",
			c.Name, blocks, step, instant(lo), instant(hi), maxBlocks)
	}
	k.n = int(blocks)
	k.end = time.Unix(0, int64(hi*1e9)).UTC()
	k.offset = make([]int32, k.n+1)
	for i, v := range c.Values {
		s := v * scale
		switch {
		case math.IsNaN(s) || math.IsInf(s, 0):
			k.block[i] = -1
			k.noTime++
		case s < lo || s > hi:
			k.block[i] = -1
			k.stray++
		default:
			b := int32((s - base) / step.Seconds())
			k.block[i] = b
			k.offset[b+1]++
		}
	}
	for b := range k.n {
		k.offset[b+1] += k.offset[b]
	}
	k.noTime -= k.badTime
	k.order = make([]int32, k.offset[k.n])
	next := slices.Clone(k.offset[:k.n])
	for i, b := range k.block {
		if b >= 0 {
			k.order[next[b]] = int32(i)
			next[b]++
		}
	}
	return k, nil
}

// rows of block b.
func (k *clock) rows(b int) []int32 { return k.order[k.offset[b]:k.offset[b+1]] }

func (k *clock) at(b int) time.Time { return k.start.Add(time.Duration(b) * k.step) }

// mainBody is the span of the times without strays: clocks that were never set
// (1970) or run years ahead. Few rows (under one in a thousand at each end)
// beyond a gap of more than thirty days are strays.
func mainBody(secs []float64) (lo, hi float64) {
	s := slices.Clone(secs)
	slices.Sort(s)
	const gap = 30 * 24 * 3600
	few := len(s) / 1000
	first, last := 0, len(s)-1
	for i := range few {
		if s[i+1]-s[i] > gap {
			first = i + 1
		}
		if j := len(s) - 1 - i; s[j]-s[j-1] > gap {
			last = j - 1
		}
	}
	return s[first], s[last]
}

func epochScale(values []float64) float64 {
	var top float64
	for _, v := range values {
		if a := math.Abs(v); a > top && !math.IsInf(v, 0) {
			top = a
		}
	}
	switch {
	case top > 1e17:
		return 1e-9
	case top > 1e14:
		return 1e-6
	case top > 1e11:
		return 1e-3
	default:
		return 1
	}
}

func instant(sec float64) string {
	return time.Unix(int64(sec), 0).UTC().Format(time.RFC3339)
}

func firstWord(c *table.Column) string {
	for _, k := range c.Codes {
		if k != table.Null {
			return c.Words[k]
		}
	}
	return ""
}

// firstNoTime is the first value that is no ISO 8601 instant.
func firstNoTime(c *table.Column) string {
	for _, k := range c.Codes {
		if k == table.Null {
			continue
		}
		if _, ok := table.ParseTime(c.Words[k]); !ok {
			return c.Words[k]
		}
	}
	return firstWord(c)
}
