package baseline

import (
	"fmt"
	"strings"
	"time"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/series"
)

// Of are the blocks of a series, by the name it has in its product. A training
// set names a variable as the model does, without the prefix "feature.".
func (b *Baseline) Of(name string) []series.Block {
	if found := b.find(name); found != nil {
		return found
	}
	if bare, ok := strings.CutPrefix(name, "feature."); ok {
		return b.find(bare)
	}
	return nil
}

// Fit says how a baseline serves a live series.
type Fit int

// The fits.
const (
	Absent   Fit = iota // the baseline does not hold the series
	Fits                // it does, in blocks of the same kind
	Mismatch            // it does, but counted in another way
	Level               // it does, without times
)

// Under lays the baseline under the live history of a series: the reference
// becomes what was pinned, whatever the store holds of that time now, and the
// live blocks follow from the end of the reference on. For Mismatch it says
// why the two cannot be compared; s is returned as it was unless it Fits.
func (b *Baseline) Under(s detect.Series) (detect.Series, Fit, string) {
	blocks := b.Of(s.Name)
	if len(blocks) == 0 {
		return s, Absent, ""
	}
	live, pinned := gridOf(&s), blocks[0].Grid
	if live != "" && live != pinned {
		return s, Mismatch, fmt.Sprintf("not measurable, because baseline %s has another schema: it holds %s as %s, which now come as %s",
			b.ID(), s.Name, grids[pinned], grids[live])
	}
	if b.Timeless() {
		return s, Level, ""
	}
	if pinned == series.Category {
		out := make([]block.Categorical, 0, len(blocks)+len(s.Categorical))
		for i := range blocks {
			out = append(out, blocks[i].Categorical)
		}
		for _, x := range s.Categorical {
			if !x.Start.Before(b.Until) {
				out = append(out, x)
			}
		}
		s.Categorical = out
		return s, Fits, ""
	}
	out := make([]block.Numeric, 0, len(blocks)+len(s.Numeric))
	for i := range blocks {
		out = append(out, blocks[i].Numeric)
	}
	for _, x := range s.Numeric {
		if !x.Start.Before(b.Until) {
			out = append(out, x)
		}
	}
	s.Numeric = out
	return s, Fits, ""
}

var grids = map[string]string{series.Log: "numbers", series.Unit: "scores in [0, 1]", series.Category: "categories"}

// gridOf is the grid of a live series, "" for one without a block.
func gridOf(s *detect.Series) string {
	switch s.Kind {
	case detect.Categorical, detect.Rate:
		return series.Category
	case detect.Vector:
		return "vector"
	}
	if len(s.Numeric) == 0 {
		return ""
	}
	if s.Numeric[0].Grid == block.Unit {
		return series.Unit
	}
	return series.Log
}

// Start is the first live block of a series after the baseline, zero where
// there is none.
func (b *Baseline) Start(s *detect.Series) time.Time {
	for i := range s.Categorical {
		if at := s.Categorical[i].Start; !at.Before(b.Until) {
			return at
		}
	}
	for i := range s.Numeric {
		if at := s.Numeric[i].Start; !at.Before(b.Until) {
			return at
		}
	}
	return time.Time{}
}
