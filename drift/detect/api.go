package detect

import (
	"time"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/model"
)

// Kind is the kind of a series: how its rows are counted.
type Kind string

// The kinds of series.
const (
	Numeric     Kind = "numeric"     // block.Numeric on the logarithmic grid
	Score       Kind = "score"       // block.Numeric on the unit grid
	Categorical Kind = "categorical" // block.Categorical
	Rate        Kind = "rate"        // block.Categorical of two values; see Series.Positive
	Vector      Kind = "vector"      // block.Vector
)

// Series is one thing watched, with its whole history.
type Series struct {
	Product string
	Name    string // e.g. "output_tokens", or "output_tokens{language=de}" for a slice
	// Parent is the Name of the series of the same product that this is a slice
	// of. A slice pages only for what its parent does not already explain.
	Parent string
	Kind   Kind
	// Positive is the value whose share a Rate is.
	Positive string
	// Ticket caps the series at tickets: a change in it is worth knowing, and
	// worth nobody's sleep (language or topic mix, judge anchors, versions).
	Ticket bool
	// Pinned says that values must not appear unseen: a new one is a finding
	// at its first block with enough rows (response.model, schema fields).
	Pinned bool
	// Mean watches where a numeric or score series lies and not its shape.
	Mean bool
	// Good is the direction in which the series gets better, for the words and
	// never for the decision: +1, -1, or 0 for neither.
	Good int

	// The blocks in order of Start, all of Settings.Block length; the field of
	// the Kind is used. Missing blocks had no rows. A block that appears twice
	// is taken at its last appearance.
	Numeric     []block.Numeric
	Categorical []block.Categorical
	Vector      []block.Vector

	// Offset was taken off every value before it was counted, so that the grid
	// resolves values far from zero; effects are differences then.
	Offset float64
}

// Settings of a run.
type Settings struct {
	// PagesPer30d is the number of false pages that the whole installation may
	// send in thirty days; default 1.
	PagesPer30d float64
	// Block is the length of a block; default one hour.
	Block time.Duration
	// Now is the end of the last closed block. Blocks that end later are not
	// read. Zero: the end of the newest block.
	Now time.Time
	// Reference is what the present is compared with.
	Reference Reference
	// From, of a pinned reference, is the first block that is judged; what lies
	// between it and the reference is not known, and no news. Zero: the first
	// block after the reference.
	From time.Time
	// Location is where people live: hour of day and day of week are theirs, so
	// that a daylight-saving change is no drift. Default UTC.
	Location *time.Location
	// Changes is the change log, for naming what came just before a change.
	Changes []model.Change
	// MinEffect is the least effect worth a page, in standard deviations of the
	// reference (for shares: of the arcsine scale); default 0.1. Tickets need
	// half of it.
	MinEffect float64
}

// Reference says which history is the baseline.
type Reference struct {
	Name string
	// From and Until pin it: blocks that start in [From, Until). With a zero
	// From it begins with the first block.
	From, Until time.Time
	// Rolling moves it along instead: at each start of a week (Monday 00:00 in
	// Location) the Length before it becomes the reference, without the blocks
	// of incidents.
	Rolling bool
	// Length of the reference: of a rolling one, default 28 d; of a pinned one
	// without From, what lies before Until, default all of it.
	Length time.Duration
	// Exclude are spans that are never reference: known incidents, outages.
	Exclude []Span
}

// Span is [From, Until).
type Span struct{ From, Until time.Time }

// Result is what one run found.
type Result struct {
	Verdicts  []model.SeriesVerdict // one a series, in the order given
	Incidents []model.Incident      // by OpenedAt, closed ones included
	// FalsePages is the rate of pages per 30 days that the same detector sends
	// on the reference itself, each of its weeks judged by the others, with
	// its 95 % Poisson interval and N in weeks.
	FalsePages model.Estimate
	// Watched is the time after the reference that was judged.
	Watched time.Duration
}
