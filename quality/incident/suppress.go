package incident

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/windage-dev/windage/model"
)

// How much traffic must be gone, or too much, for what is said of the rest of
// it to be doubted: less than a third, or more than three times as much.
const (
	collapse = -2. / 3
	flood    = 2.
)

// settles is how long after a volume anomaly pages stay held back: the windows
// of the detector still hold it.
const settles = 6 * time.Hour

// Suppress holds back the pages of drift that begin during a gross volume
// anomaly of the same product: what is left of collapsed traffic, or what a
// flood brings, is another population, and its drift says nothing of the
// product. The anomaly pages in their place, at the time the first of them
// would have. A drift that outlives the anomaly pages once traffic has been
// normal for some hours. A flood of calls that the product's own tasks make (a
// loop) is no anomaly of traffic and suppresses nothing.
//
// Nothing is dropped: a finding that is held back is a ticket that says why and
// until when.
func Suppress(found []model.Incident, now time.Time) []model.Incident {
	found = slices.Clone(found)
	for v := range found {
		vol := &found[v]
		if vol.Kind != model.IncidentVolume || !grossly(*vol) || loops(found, *vol, now) {
			continue
		}
		for i := range found {
			f := &found[i]
			if f.Product != vol.Product || f.Severity != model.Page || f.SuppressedBy != "" || !doubtful(f.Kind) || !during(*f, *vol) {
				continue
			}
			at := paged(*f)
			vol.Severity = model.Page
			vol.PagedAt = earliest(vol.PagedAt, latest(at, vol.OpenedAt))
			until := "it is over"
			if !vol.Open() {
				until = vol.ClosedAt.Add(settles).UTC().Format("2 Jan 15:04 UTC")
			}
			f.SuppressedBy = fmt.Sprintf("page held back from %s by the volume anomaly since %s (traffic %+.0f %%), until %s",
				at.UTC().Format("2 Jan 15:04"), vol.StartedAt.UTC().Format("2 Jan 15:04"), 100**vol.Effect.Value, until)
			if end := vol.ClosedAt.Add(settles); !vol.Open() && (f.Open() && !now.Before(end) || f.ClosedAt.After(end)) {
				f.PagedAt = end // it outlived the anomaly
				continue
			}
			f.Severity, f.PagedAt = model.Ticket, time.Time{}
		}
	}
	return found
}

func grossly(v model.Incident) bool {
	return v.Effect.Value != nil && (*v.Effect.Value <= collapse || *v.Effect.Value >= flood) && !math.IsInf(*v.Effect.Value, 0)
}

func doubtful(k model.IncidentKind) bool {
	return k == model.IncidentDrift || k == model.IncidentPerformance
}

// during reports whether a finding would page while an anomaly lasts, and began
// no earlier than it. A drift that began before stands on healthy traffic.
func during(f, vol model.Incident) bool {
	at := paged(f)
	return !at.Before(vol.StartedAt) && !f.StartedAt.Before(vol.StartedAt.Add(-time.Hour)) && (vol.Open() || at.Before(vol.ClosedAt.Add(settles)))
}

// loops reports whether the product's own tasks make the traffic.
func loops(found []model.Incident, vol model.Incident, now time.Time) bool {
	return *vol.Effect.Value > 0 && slices.ContainsFunc(found, func(f model.Incident) bool {
		own := f.Kind == model.IncidentRunaway || f.Kind == model.IncidentCostShift || f.Kind == model.IncidentDrift && (signal(f) == "calls_per_task" || signal(f) == "tool_calls_per_task")
		return own && f.Product == vol.Product && overlap(f, vol, now)
	})
}

// paged is when a page went out, or would have.
func paged(f model.Incident) time.Time {
	if f.PagedAt.IsZero() {
		return f.OpenedAt
	}
	return f.PagedAt
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
