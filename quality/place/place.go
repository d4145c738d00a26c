package place

import (
	"sort"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

// Row is a span and where it belongs.
type Row struct {
	*model.Span
	Product string
	Task    string        // key of its task; "" where it is part of none
	Rule    spec.TaskRule // that made it
	Slices  []string      // "dimension=value", in order
	Tool    string        // of a call: the tool whose result it came after, or ""
	Sample  Sample        // of the traffic that was not seen; set by Weigh
	Dims    []string      // the values of the product's slices, in the order of the spec
}

// Limits that keep a dimension with too many values out of the series.
const (
	maxSliceLength = 64  // longer values are no dimension
	maxPerBatch    = 100 // distinct values of one dimension in one batch
	other          = "__other__"
)

// Placer places rows by the user's file.
type Placer struct {
	File *spec.File
	// Dimensions are the slices of products that windage.yaml does not name.
	Dimensions []string
}

// DefaultDimensions are the slices watched where windage.yaml names none.
var DefaultDimensions = []string{"gen_ai.response.model", "prompt.version", "language", "variant"}

// Rows places all rows of some whole traces.
func (p Placer) Rows(spans []*model.Span) []Row {
	rows := make([]Row, len(spans))
	for i, s := range spans {
		rows[i] = Row{Span: s, Product: p.product(s)}
	}
	byTrace := map[model.TraceID][]*Row{}
	for i := range rows {
		byTrace[rows[i].TraceID] = append(byTrace[rows[i].TraceID], &rows[i])
	}
	for _, trace := range byTrace {
		p.trace(trace)
	}
	links(rows)
	capSlices(rows)
	return rows
}

func (p Placer) product(s *model.Span) string {
	if name := p.File.ProductOf(s.Attribute); name != "" {
		return name
	}
	if len(p.File.Products) == 0 || s.Product == "" {
		return s.Product
	}
	if _, ok := p.File.Products[s.Product]; ok {
		return s.Product
	}
	return ""
}

// trace places the rows of one trace.
func (p Placer) trace(rows []*Row) {
	byID := make(map[model.SpanID]*Row, len(rows))
	for _, r := range rows {
		byID[r.SpanID] = r
	}
	// A row whose service is not matched by itself belongs to the product of
	// what called it: a tool server inside a product's task.
	for _, r := range rows {
		if r.Product == "" {
			if up := nearest(r, byID, func(x *Row) bool { return x.Product != "" }); up != nil {
				r.Product = up.Product
			}
		}
	}
	p.tasks(rows, byID)
	tools(rows)
	for _, r := range rows {
		p.slice(r, rows, byID)
	}
}

// nearest is r or its nearest ancestor that satisfies ok, or nil. A cycle of
// parents, which only a broken client makes, ends the walk.
func nearest(r *Row, byID map[model.SpanID]*Row, ok func(*Row) bool) *Row {
	for steps := 0; r != nil && steps <= len(byID); steps++ {
		if ok(r) {
			return r
		}
		if r.ParentSpanID.IsZero() {
			return nil
		}
		r = byID[r.ParentSpanID]
	}
	return nil
}

// outermost is the highest of r and its ancestors that satisfies ok, or nil.
func outermost(r *Row, byID map[model.SpanID]*Row, ok func(*Row) bool) (found *Row) {
	for steps := 0; r != nil && steps <= len(byID); steps++ {
		if ok(r) {
			found = r
		}
		if r.ParentSpanID.IsZero() {
			return found
		}
		r = byID[r.ParentSpanID]
	}
	return found
}

// slice gives the row its dimensions: its own value, else the nearest one
// above it, else that of the trace's earliest row that has one.
func (p Placer) slice(r *Row, rows []*Row, byID map[model.SpanID]*Row) {
	for _, d := range p.dimensions(r.Product) {
		v := ""
		if up := nearest(r, byID, func(x *Row) bool { return x.Attribute(d) != "" }); up != nil {
			v = up.Attribute(d)
		} else {
			var first *Row
			for _, x := range rows {
				if x.Attribute(d) != "" && (first == nil || before(x, first)) {
					first = x
				}
			}
			if first != nil {
				v = first.Attribute(d)
			}
		}
		if len(v) > maxSliceLength {
			v = other
		}
		r.Dims = append(r.Dims, v)
		if v != "" {
			r.Slices = append(r.Slices, d+"="+v)
		}
	}
	sort.Strings(r.Slices)
}

func (p Placer) dimensions(product string) []string {
	if prod, ok := p.File.Products[product]; ok {
		return prod.Slices
	}
	return p.Dimensions
}

func before(a, b *Row) bool {
	if !a.Start.Equal(b.Start) {
		return a.Start.Before(b.Start)
	}
	if a.TraceID != b.TraceID {
		return string(a.TraceID[:]) < string(b.TraceID[:])
	}
	return string(a.SpanID[:]) < string(b.SpanID[:])
}

// capSlices folds the values of a dimension that has too many into one: it is
// an identifier, not a dimension.
func capSlices(rows []Row) {
	seen := map[[2]string]map[string]bool{}
	each := func(r *Row, f func(i int, k [2]string, v string)) {
		for i, s := range r.Slices {
			for j := range s {
				if s[j] == '=' {
					f(i, [2]string{r.Product, s[:j]}, s[j+1:])
					break
				}
			}
		}
	}
	for i := range rows {
		each(&rows[i], func(_ int, k [2]string, v string) {
			if seen[k] == nil {
				seen[k] = map[string]bool{}
			}
			seen[k][v] = true
		})
	}
	for i := range rows {
		each(&rows[i], func(j int, k [2]string, _ string) {
			if len(seen[k]) > maxPerBatch {
				rows[i].Slices[j] = k[1] + "=" + other
			}
		})
	}
}
