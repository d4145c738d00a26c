package cost

import (
	"sort"

	"github.com/windage-dev/windage/model"
)

// Missing is a model that calls were made to and that could not be priced.
type Missing struct {
	Provider      string   `json:"provider"`
	Model         string   `json:"model"`
	Reason        string   `json:"reason"`
	Calls         int64    `json:"calls"`
	Input, Output int64    `json:"-"`
	Near          []string `json:"nearest_known,omitempty"`
}

// WantsPrice reports whether a better price file would price the call: the
// other reasons are usage that nobody told, or told wrongly.
func (m *Missing) WantsPrice() bool {
	switch m.Reason {
	case ReasonUnknownProvider, ReasonUnknownModel, ReasonAmbiguousModel, ReasonUnpricedUnit, ReasonUnsupportedOp, ReasonBeforeFirstPrice, ReasonNoPrice, ReasonNoFXRate:
		return true
	}
	return false
}

// Gaps collects what a book cannot price.
type Gaps struct {
	book *Book
	by   map[[3]string]*Missing
}

// NewGaps is an empty collection.
func NewGaps(b *Book) *Gaps { return &Gaps{book: b, by: map[[3]string]*Missing{}} }

// Add prices a call and keeps it where it is unpriced or only partly priced.
func (g *Gaps) Add(row *model.Span) {
	c := g.book.Price(row)
	if c.Status != model.CostUnpriced && c.Status != model.CostPartial {
		return
	}
	name := row.ResponseModel
	if name == "" {
		name = row.RequestModel
	}
	k := [3]string{row.Provider, name, c.Reason}
	m := g.by[k]
	if m == nil {
		m = &Missing{Provider: row.Provider, Model: name, Reason: c.Reason}
		g.by[k] = m
	}
	m.Calls++
	m.Input += row.InputTotal.Or(0)
	m.Output += row.OutputTotal.Or(0)
}

// List is what is missing, most tokens first, with the nearest known names:
// what wants a price, and after it what wants usage.
func (g *Gaps) List() []Missing {
	var out []Missing
	for _, m := range g.by {
		if m.Reason == ReasonUnknownModel || m.Reason == ReasonUnknownProvider || m.Reason == ReasonAmbiguousModel {
			m.Near = g.book.Near(m.Provider, m.Model, 3)
		}
		out = append(out, *m)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if x, y := a.WantsPrice(), b.WantsPrice(); x != y {
			return x
		}
		if a.Input+a.Output != b.Input+b.Output {
			return a.Input+a.Output > b.Input+b.Output
		}
		if a.Calls != b.Calls {
			return a.Calls > b.Calls
		}
		return a.Provider+a.Model+a.Reason < b.Provider+b.Model+b.Reason
	})
	return out
}
