// Package incident keeps the book of incidents: when a finding that is seen
// again and again opens one, and when one that is no longer seen closes.
//
// It is a pure function of the sequence of steps; what is found is decided
// elsewhere (quality/watch, cost/budget, cost/blowout). drift/detect keeps its
// own, since its evidence already is a matter of time.
package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// Hysteresis says how long a finding must be seen to open an incident, and how
// long it must be gone to close it, in steps.
type Hysteresis struct{ OpenAfter, CloseAfter int }

// Ledger is the book of one product's incidents. Steps must come in order of
// time.
type Ledger struct {
	Hysteresis
	open map[string]*track
	done []model.Incident
}

type track struct {
	model.Incident
	seen, clean int
	opened      bool
}

// New is an empty ledger.
func New(h Hysteresis) *Ledger { return &Ledger{Hysteresis: h, open: map[string]*track{}} }

// Finding is an incident that a step shows.
type Finding struct {
	model.Incident
	// AtOnce opens without waiting to see it again.
	AtOnce bool
	// Key tells it from others of its kind where the series does not: an
	// incident whose strongest series changes is still one. Empty: the series.
	Key string
}

func (f Finding) key() string {
	if f.Key != "" {
		return key(f.Kind, f.Key)
	}
	return key(f.Kind, f.Series)
}

// Unclear names incidents about which a step could not tell; they neither
// age nor heal.
type Unclear struct {
	Kind   model.IncidentKind
	Series string
}

func key(k model.IncidentKind, series string) string { return string(k) + "\x00" + series }

// Step enters what was found at a moment.
func (l *Ledger) Step(at time.Time, found []Finding, unclear []Unclear) {
	shown := map[string]bool{}
	for _, u := range unclear {
		shown[key(u.Kind, u.Series)] = true
	}
	for _, f := range found {
		l.see(at, f)
		shown[f.key()] = true
	}
	for k, t := range l.open {
		if shown[k] {
			continue
		}
		if !t.opened {
			delete(l.open, k)
			continue
		}
		t.clean++
		t.CleanSlots = t.clean
		if t.clean >= l.CloseAfter {
			t.ClosedAt = at
			l.done = append(l.done, t.Incident)
			delete(l.open, k)
		}
	}
}

// CloseUnseen closes what the last step no longer found without waiting: what
// it was about is over, as the period of a budget is.
func (l *Ledger) CloseUnseen(at time.Time) {
	for k, t := range l.open {
		if t.clean > 0 {
			t.ClosedAt = at
			l.done = append(l.done, t.Incident)
			delete(l.open, k)
		}
	}
}

func (l *Ledger) see(at time.Time, f Finding) {
	k := f.key()
	t := l.open[k]
	if t == nil {
		t = &track{Incident: f.Incident}
		if t.StartedAt.IsZero() {
			t.StartedAt = at
		}
		l.open[k] = t
	}
	t.seen, t.clean, t.CleanSlots = t.seen+1, 0, 0
	t.UpdatedAt = at
	if !t.opened && (f.AtOnce || t.seen >= l.OpenAfter) {
		t.opened, t.OpenedAt, t.ID = true, at, ID(t.Incident)
	}
	if !t.opened {
		return
	}
	worse := f.Severity == model.Page && t.Severity != model.Page
	if f.Series != t.Series && !worse {
		return // the words stay about the series that the incident is named for
	}
	t.Series = f.Series
	t.Effect, t.EffectUnit, t.Evidence, t.Moved, t.Traces = f.Effect, f.EffectUnit, f.Evidence, f.Moved, f.Traces
	if worse {
		t.Severity = model.Page
	}
	if t.Severity == model.Page && t.PagedAt.IsZero() {
		t.PagedAt = at
	}
}

// Series is the series that the open finding of a kind and key is named for,
// or empty.
func (l *Ledger) Series(kind model.IncidentKind, of string) string {
	if t := l.open[key(kind, of)]; t != nil {
		return t.Series
	}
	return ""
}

// Began is when the finding of a kind and key that is being seen began, or zero.
func (l *Ledger) Began(kind model.IncidentKind, of string) time.Time {
	if t := l.open[key(kind, of)]; t != nil {
		return t.StartedAt
	}
	return time.Time{}
}

// Started is when the finding that is being seen began, or zero.
func (l *Ledger) Started(kind model.IncidentKind) (first time.Time) {
	for _, t := range l.open {
		if t.Kind == kind && (first.IsZero() || t.StartedAt.Before(first)) {
			first = t.StartedAt
		}
	}
	return first
}

// Incidents are all that opened, closed ones included, by OpenedAt.
func (l *Ledger) Incidents() []model.Incident {
	out := append([]model.Incident(nil), l.done...)
	for _, t := range l.open {
		if t.opened {
			out = append(out, t.Incident)
		}
	}
	Sort(out)
	return out
}

// Sort orders incidents by when they opened.
func Sort(in []model.Incident) {
	sort.Slice(in, func(i, j int) bool {
		if !in[i].OpenedAt.Equal(in[j].OpenedAt) {
			return in[i].OpenedAt.Before(in[j].OpenedAt)
		}
		return in[i].ID < in[j].ID
	})
}

// ID is the stable identity of an incident: what it is about and when it began.
func ID(i model.Incident) string {
	h := sha256.Sum256([]byte(strings.Join([]string{i.Product, string(i.Kind), i.Series, i.StartedAt.UTC().Format(time.RFC3339)}, "\x00")))
	return hex.EncodeToString(h[:8])
}

// Causes are the changes of the day before an incident began, latest first, at
// most five.
func Causes(changes []model.Change, product string, began time.Time) []model.Change {
	var out []model.Change
	for _, c := range changes {
		if (c.Product == "" || c.Product == product) && !c.At.After(began) && began.Sub(c.At) <= 26*time.Hour {
			out = append(out, c)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.After(out[j].At) })
	return out[:min(len(out), 5)]
}

// Reconcile puts what is found now, folded, over what was stored: an incident
// that overlaps a stored one of the same kind and series, its own or one of
// those it stands for, is that one, under its identity and with the time at
// which it opened. Its name (kind and series) stays too, since alerts are told
// apart by it; where another finding leads by now, LedBy says so. Where several stored ones turn out to be one, the oldest
// keeps its identity and the others point to it. A stored incident that was
// open and is no longer found is closed at now; one that was closed stays.
func Reconcile(stored, found []model.Incident, now time.Time) []model.Incident {
	used, again := map[string]bool{}, map[string]bool{}
	for _, f := range found {
		again[f.ID] = true
	}
	out := make([]model.Incident, 0, len(found))
	var folded []model.Incident
	for _, f := range found {
		first := true
		for _, s := range stored {
			if s.ID != f.ID && again[s.ID] {
				continue // found again by itself: a series may have one incident take the place of another
			}
			if used[s.ID] || s.FoldedInto != "" || !same(s, f) || !overlap(s, f, now) {
				continue
			}
			used[s.ID] = true
			if !first {
				s.FoldedInto = f.ID
				folded = append(folded, s)
				continue
			}
			first = false
			f.ID, f.OpenedAt, f.StartedAt = s.ID, s.OpenedAt, s.StartedAt
			f = named(f, s)
			if len(f.Traces) == 0 {
				f.Traces = s.Traces
			}
			if s.Severity == model.Page {
				f.Severity = model.Page
			}
			if !s.PagedAt.IsZero() {
				f.PagedAt = s.PagedAt
			}
		}
		if f.Severity == model.Page && f.PagedAt.IsZero() {
			f.PagedAt = f.OpenedAt
		}
		used[f.ID] = true
		out = append(out, f)
	}
	for _, s := range stored {
		if used[s.ID] {
			continue
		}
		if s.Open() && s.FoldedInto == "" {
			s.ClosedAt, s.UpdatedAt = now, now
		}
		out = append(out, s)
	}
	for _, s := range folded {
		if s.Open() {
			s.ClosedAt, s.UpdatedAt = now, now
		}
		out = append(out, s)
	}
	Sort(out)
	return out
}

// same reports whether a stored incident tells of what f tells of or stands for.
func same(s, f model.Incident) bool {
	if s.Product != f.Product {
		return false
	}
	if s.ID == f.ID {
		return true
	}
	was := []model.Lead{{Kind: s.Kind, Series: s.Series}, s.Lead()}
	return slices.Contains(was, f.Lead()) || slices.ContainsFunc(f.Explained, func(e model.Explained) bool {
		return slices.Contains(was, model.Lead{Kind: e.Kind, Series: e.Series})
	})
}

// named gives f the name of the stored incident that it is.
func named(f, stored model.Incident) model.Incident {
	lead := f.Lead()
	f.Kind, f.Series, f.LedBy = stored.Kind, stored.Series, nil
	if lead != f.Lead() {
		f.LedBy = &lead
	}
	return f
}

func overlap(a, b model.Incident, now time.Time) bool {
	end := func(i model.Incident) time.Time {
		if i.Open() {
			return now
		}
		return i.ClosedAt
	}
	return !a.StartedAt.After(end(b)) && !b.StartedAt.After(end(a))
}
