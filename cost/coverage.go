package cost

import (
	"fmt"
	"math/big"
	"strings"
)

// Coverage says which calls the rows of a user's file will price, above the
// bundled table: notes of what each row takes over, and warnings where a
// bundled row of the same model keeps other names, or has rates so different
// that a unit must be mistaken.
func Coverage(f *File) ([]Problem, error) {
	l, err := compileFile(f)
	if err != nil {
		return nil, err
	}
	main, err := BundledFile()
	if err != nil {
		return nil, err
	}
	under, err := compileFile(main)
	if err != nil {
		return nil, err
	}
	var out []Problem
	for _, p := range l.providers {
		below := under.named(strings.ToLower(p.def.ID))
		for _, m := range p.models {
			where := p.def.ID + "/" + m.def.ID
			add := func(sev, what string, args ...any) {
				out = append(out, Problem{sev, where, fmt.Sprintf(what, args...)})
			}
			switch {
			case m.def.Match != nil:
				add("note", "covers the names of its match: %s", m.def.Match.text())
			case below == nil:
				add("note", "covers the name %s; the bundled table has no provider %s", m.def.ID, p.def.ID)
			default:
				m.covers(p, below, add)
			}
		}
	}
	return out, nil
}

// covers tells of a row without a match of its own.
func (m *modelPrices) covers(p, below *provider, add func(string, string, ...any)) {
	id := strings.ToLower(m.def.ID)
	var same *modelPrices
	if i, ok := below.byID[id]; ok {
		same = below.models[i]
	}
	switch {
	case same != nil && same.def.Match != nil:
		add("note", "covers %s and what the bundled row of the same id covers: %s", m.def.ID, same.def.Match.text())
	case same != nil:
		add("note", "covers the name %s, as the bundled row does", m.def.ID)
	default:
		add("note", "covers only the name %s", m.def.ID)
		if same = below.find(id); same != nil {
			add("warning", "the bundled row %s/%s has this name among others and keeps them: %s", below.def.ID, same.def.ID, same.def.Match.text())
		}
	}
	for _, o := range below.models {
		if o == same || family(o.def.ID) != family(m.def.ID) || has(p.byID, strings.ToLower(o.def.ID)) {
			continue
		}
		names := o.def.ID
		if o.def.Match != nil {
			names = o.def.Match.text()
		}
		add("warning", "another bundled row of the same model, %s/%s, keeps its own names and price: %s", below.def.ID, o.def.ID, names)
	}
	if same != nil {
		m.compareUnits(same, add)
	}
}

// compareUnits warns of rates a hundred times off the bundled ones.
func (m *modelPrices) compareUnits(same *modelPrices, add func(string, string, ...any)) {
	mine, theirs := m.rows[len(m.rows)-1].rates, same.rows[len(same.rows)-1].rates
	if m.layer.foreign {
		return
	}
	for _, u := range mine.rates {
		o := theirs.get(u.unit)
		if o == nil || o.base.num == 0 || u.base.num == 0 {
			continue
		}
		x, _ := parseDecimal(u.base.perUnits(mtok, 1))
		y, _ := parseDecimal(o.base.perUnits(mtok, 1))
		if x == nil || y == nil || x.Sign() == 0 || y.Sign() == 0 {
			continue
		}
		ratio := new(big.Rat).Quo(x, y)
		if ratio.Cmp(big.NewRat(1, 100)) <= 0 || ratio.Cmp(big.NewRat(100, 1)) >= 0 {
			add("warning", "%s is %s, and %s in the bundled table: is the unit mistaken?", units[u.unit].name, u.text(), o.text())
		}
	}
}

// family is a model's id without region, date and revision.
func family(id string) string {
	s := strings.ToLower(id)
	for _, p := range []string{"global.", "regional.", "us.", "eu.", "apac.", "jp.", "au."} {
		s = strings.TrimPrefix(s, p)
	}
	return anyDate.ReplaceAllString(s, "")
}

// text is the clause as people read it.
func (c *Clause) text() string {
	list := func(of []Clause, sep string) string {
		parts := make([]string, len(of))
		for i := range of {
			parts[i] = of[i].text()
		}
		return strings.Join(parts, sep)
	}
	switch {
	case c == nil:
		return ""
	case c.Equals != "":
		return c.Equals
	case c.StartsWith != "":
		return c.StartsWith + "…"
	case c.EndsWith != "":
		return "…" + c.EndsWith
	case c.Contains != "":
		return "…" + c.Contains + "…"
	case c.Regex != "":
		return "/" + c.Regex + "/"
	case len(c.Or) > 0:
		return list(c.Or, ", ")
	default:
		return "(" + list(c.And, " and ") + ")"
	}
}
