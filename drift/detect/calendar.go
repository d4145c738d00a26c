package detect

import "time"

// calendar is the time line that all series of a run share: one entry a block.
type calendar struct {
	start time.Time
	step  time.Duration
	n     int // blocks

	day     []int // days since the first, in local time
	dow     []int // 0..6
	shape   []int // hour of day, weekends apart: 0..47
	week    []int // hour of week: 0..167
	refFrom int   // first block of the reference
	refEnd  int   // first block after it
}

func newCalendar(start, end time.Time, step time.Duration, loc *time.Location) *calendar {
	n := max(0, int(end.Sub(start)/step))
	c := &calendar{
		start: start, step: step, n: n,
		day: make([]int, n), dow: make([]int, n), shape: make([]int, n), week: make([]int, n),
	}
	days, last := -1, -1
	for t := range n {
		local := start.Add(time.Duration(t) * step).In(loc)
		wd, h := int(local.Weekday()), local.Hour()
		if d := local.YearDay(); d != last {
			days, last = days+1, d
		}
		c.day[t], c.dow[t], c.shape[t], c.week[t] = days, wd, h, wd*24+h
		if wd == 0 || wd == 6 {
			c.shape[t] += 24
		}
	}
	return c
}

// index is the block that holds at.
func (c *calendar) index(at time.Time) int {
	d := at.Sub(c.start)
	if d < 0 {
		return int((d - c.step + 1) / c.step)
	}
	return int(d / c.step)
}

// at is the start of block t.
func (c *calendar) at(t int) time.Time { return c.start.Add(time.Duration(t) * c.step) }

// blocks is a length of time in blocks, at least one.
func (c *calendar) blocks(d time.Duration) int { return max(1, int(d/c.step)) }
