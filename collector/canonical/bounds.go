package canonical

import (
	"time"

	"github.com/windage-dev/windage/model"
)

// Why a row can never be stored. Live counters leave such rows out as well, so
// that the two never disagree about money.
const (
	TooOld   = "time_too_old"   // before the retention: it would be deleted at once
	InFuture = "time_in_future" // a clock that is ahead by more than is allowed
	NoID     = "no_span_id"     // rows without identity would replace each other
)

// Bounds are the times that a store takes.
type Bounds struct{ Oldest, Newest time.Time }

// Refuse is why the row of a span can never be stored, or "".
func (b Bounds) Refuse(trace model.TraceID, span model.SpanID, start time.Time) string {
	if trace.IsZero() || span.IsZero() {
		return NoID
	}
	return b.RefuseTime(start)
}

// RefuseTime is why what was said at a time can never be stored, or "". Bounds
// that are zero bound nothing.
func (b Bounds) RefuseTime(at time.Time) string {
	switch {
	case at.Before(b.Oldest):
		return TooOld
	case !b.Newest.IsZero() && at.After(b.Newest):
		return InFuture
	}
	return ""
}
