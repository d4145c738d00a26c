package comparison

import (
	"time"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/drift/compare"
)

// RunBaselines compares two pinned baselines.
func RunBaselines(ref, cur *baseline.Baseline, set compare.Settings) *Report {
	start := time.Now()
	d := baseline.Diff(ref, cur, set)
	rep := &Report{
		Reference: File{Path: ref.ID(), Rows: int(ref.Rows)}, Current: File{Path: cur.ID(), Rows: int(cur.Rows)},
		Schema: Schema{OnlyInReference: d.OnlyInReference, OnlyInCurrent: d.OnlyInCurrent},
		Total:  len(d.Series), Columns: d.Series, Settings: stated(set), Rests: restOnDays,
	}
	for _, c := range d.TypeChanges {
		rep.Schema.TypeChanges = append(rep.Schema.TypeChanges, TypeChange{c.Series, c.Reference, c.Current})
	}
	rep.count()
	rep.Seconds = time.Since(start).Seconds()
	return rep
}
