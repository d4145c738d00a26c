package detect

import (
	"time"

	"github.com/windage-dev/windage/drift/block"
)

// watch is one series and what is known of it so far.
type watch struct {
	*Series
	num []*block.Numeric     // by block of the calendar
	cat []*block.Categorical //
	vec []*block.Vector
	vol []float64 // rows, for the volume of a product

	first int // first block with rows
	last  int

	fitted
	track
	final   peak // the strongest view at the last block judged
	finalAt int
}

// fitted is what is known of a series from the current reference.
type fitted struct {
	look            view
	refs            *refs
	views           []*null // by component of look; nil for what never happened
	comps           []*null // those that are not nil
	before          []*null // the polynomials among them
	display         *null   // the effect in a unit people know
	together        joint   // of the polynomials
	top             extremes
	values          int    // of a categorical series, watched by name
	reason          string // why it cannot be judged
	refSpan         time.Duration
	threshold       float64 // log evidence that pages
	refFrom, refEnd int
	built           int       // first block that the components do not cover yet
	x, n            []float64 // of one block

	wrong, tried int // pages sent in the reference itself, and its blocks
}

// track is what was found in a series so far.
type track struct {
	open     *finding
	findings []*finding
	since    int // windows do not reach back before this block
}

// clone is a copy that further blocks do not change.
func (k track) clone() track {
	out := track{since: k.since, findings: make([]*finding, len(k.findings))}
	for i, f := range k.findings {
		c := *f
		out.findings[i] = &c
		if f == k.open {
			out.open = &c
		}
	}
	return out
}
