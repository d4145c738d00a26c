package detect

import "time"

// epoch is a stretch of blocks judged against one reference.
type epoch struct{ refFrom, refEnd, from, until int }

// cut cuts the time line into epochs; there is none in a
// history too short for a rolling reference.
func (r *runner) cut() []epoch {
	ref := r.s.Reference
	if !ref.Rolling {
		e := epoch{refFrom: 0, refEnd: r.cal.n, until: r.cal.n}
		if !ref.From.IsZero() {
			e.refFrom = max(0, r.cal.index(ref.From))
		}
		if ref.From.IsZero() && !ref.Until.IsZero() && ref.Length > 0 {
			e.refFrom = max(0, r.cal.index(ref.Until.Add(-ref.Length)))
		}
		if !ref.Until.IsZero() {
			e.refEnd = min(r.cal.n, max(0, r.cal.index(ref.Until)))
		}
		e.from = min(r.cal.n, max(e.refEnd, r.s.from(r.cal)))
		return []epoch{e}
	}
	// A rolling reference ends a week before the blocks that it judges, so that
	// the longest window never looks into it.
	week, length := r.cal.blocks(7*24*time.Hour), r.cal.blocks(ref.Length)
	var out []epoch
	for t := r.cal.blocks(minReference); t < r.cal.n; {
		next := t + 1
		for next < r.cal.n && r.cal.index(monday(r.cal.at(next), r.s.Location)) <= t {
			next++
		}
		end := t - week
		if end < r.cal.blocks(2*pageReference) {
			end = t // young: better a close reference than none
		}
		out = append(out, epoch{max(0, end-length), end, t, next})
		t = next
	}
	return out
}

// monday is the last start of a week at or before at.
func monday(at time.Time, loc *time.Location) time.Time {
	l := at.In(loc)
	days := (int(l.Weekday()) + 6) % 7
	return time.Date(l.Year(), l.Month(), l.Day()-days, 0, 0, 0, 0, loc)
}
