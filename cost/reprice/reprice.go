// Package reprice compares what calls cost with what they cost by another
// price book, model by model, before anything is written.
package reprice

import (
	"math/big"

	"github.com/windage-dev/windage/model"
)

// Summary is the difference that a new price book makes.
type Summary struct {
	Calls   int64
	ByModel map[string]*Difference
}

// Difference is old and new spend of some calls.
type Difference struct {
	Calls, Changed               int64
	Old, New                     model.Sum // counted, priced calls
	OldPriced, NewPriced         int64     // how many those are: without any, the sum is unknown
	WasUnpriced, BecomesUnpriced int64
	StaysUnpriced                int64
}

// NewSummary is an empty summary.
func NewSummary() *Summary { return &Summary{ByModel: map[string]*Difference{}} }

// Add takes one call with its old price (row.Cost) and its new one, and
// reports whether the new one says anything else than the old.
func (s *Summary) Add(row *model.Span, n model.Cost) bool {
	old := model.Cost{Status: model.CostUnpriced}
	if row.Cost != nil {
		old = *row.Cost
	}
	changed := Changed(old, n)
	name := row.ResponseModel
	if name == "" {
		name = row.RequestModel
	}
	if name = row.Provider + "/" + name; row.Provider == "" && name == "/" {
		name = "(none)"
	}
	d := s.ByModel[name]
	if d == nil {
		d = &Difference{}
		s.ByModel[name] = d
	}
	s.Calls++
	d.Calls++
	if changed {
		d.Changed++
	}
	if !row.CostCounted {
		return changed // priced, but its money is another span's
	}
	wasPriced, isPriced := old.Status != model.CostUnpriced && old.Status != "", n.Status != model.CostUnpriced
	if wasPriced {
		d.Old.Add(old.USD)
		d.OldPriced++
	}
	if isPriced {
		d.New.Add(n.USD)
		d.NewPriced++
	}
	switch {
	case !wasPriced && !isPriced:
		d.StaysUnpriced++
	case !wasPriced && isPriced:
		d.WasUnpriced++
	case wasPriced && !isPriced:
		d.BecomesUnpriced++
	}
	return changed
}

// Changed reports whether two prices differ in amount, status, reason or
// provenance. The hash of the table alone is no difference: a table that
// changed elsewhere prices this call as before.
func Changed(old, n model.Cost) bool {
	return old.Status != n.Status || old.USD != n.USD || old.Reason != n.Reason || old.Row != n.Row
}

// Total is the difference over all models.
func (s *Summary) Total() *Difference {
	t := &Difference{}
	for _, d := range s.ByModel {
		t.Calls += d.Calls
		t.Changed += d.Changed
		t.Old.AddSum(&d.Old)
		t.New.AddSum(&d.New)
		t.OldPriced += d.OldPriced
		t.NewPriced += d.NewPriced
		t.StaysUnpriced += d.StaysUnpriced
		t.WasUnpriced += d.WasUnpriced
		t.BecomesUnpriced += d.BecomesUnpriced
	}
	return t
}

// Difference is New less Old, exactly.
func (d *Difference) Difference() string {
	v := new(big.Int).Sub(d.New.Big(), d.Old.Big())
	r := new(big.Rat).SetFrac(v, big.NewInt(int64(model.USD)))
	return trim(r.FloatString(12))
}

func trim(s string) string {
	for len(s) > 0 && s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if len(s) > 0 && s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s
}
