package watch

import (
	"time"

	"github.com/windage-dev/windage/quality"
)

// Hour holds the facts of one hour.
type Hour struct {
	Start time.Time
	Facts *quality.Facts
}

// window sums the facts of [end − length, end). The hours before end are
// covered by whole days where they fit, so that a week costs some thirty sums
// and not 168.
type windows struct {
	hours []Hour // in order of Start
	days  map[int64]*quality.Facts
	// The sums of the latest end, since many metrics share a window.
	memoEnd time.Time
	memo    map[time.Time]*quality.Facts
}

func newWindows(hours []Hour) *windows {
	w := &windows{hours: hours, days: map[int64]*quality.Facts{}}
	for _, h := range hours {
		d := dayOf(h.Start)
		if w.days[d] == nil {
			w.days[d] = new(quality.Facts)
		}
		w.days[d].Add(h.Facts)
	}
	return w
}

func dayOf(t time.Time) int64 { return t.Unix() / 86400 }

// sum adds up [from, until); both are taken to the hour.
// The result is shared: copy before changing it.
func (w *windows) sum(from, until time.Time) *quality.Facts {
	if !w.memoEnd.Equal(until) {
		w.memoEnd, w.memo = until, map[time.Time]*quality.Facts{}
	}
	if have := w.memo[from]; have != nil {
		return have
	}
	out := new(quality.Facts)
	w.memo[from] = out
	for i := w.first(from); i < len(w.hours) && w.hours[i].Start.Before(until); {
		h := w.hours[i]
		d := dayOf(h.Start)
		dayStart := time.Unix(d*86400, 0)
		if !dayStart.Before(from) && !dayStart.Add(24*time.Hour).After(until) {
			out.Add(w.days[d])
			i = w.first(dayStart.Add(24 * time.Hour))
			continue
		}
		out.Add(h.Facts)
		i++
	}
	return out
}

// each returns the sums of the calendar days (UTC) that lie wholly in
// [from, until); empty ones are left out.
func (w *windows) each(from, until time.Time) []*quality.Facts {
	var out []*quality.Facts
	for d := dayOf(from.Add(24*time.Hour - 1)); !time.Unix((d+1)*86400, 0).After(until); d++ {
		if f := w.days[d]; f != nil {
			out = append(out, f)
		}
	}
	return out
}

// first is the index of the first hour that starts at or after t.
func (w *windows) first(t time.Time) int {
	lo, hi := 0, len(w.hours)
	for lo < hi {
		mid := (lo + hi) / 2
		if w.hours[mid].Start.Before(t) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
