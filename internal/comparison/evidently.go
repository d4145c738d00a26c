package comparison

import (
	"fmt"

	"github.com/windage-dev/windage/drift/compare"
	"github.com/windage-dev/windage/drift/compat/evidently"
	"github.com/windage-dev/windage/internal/table"
)

// EvidentlyColumn is one line of Evidently's preset.
type EvidentlyColumn struct {
	Column string `json:"column"`
	// Method is the test and Value its p-value or distance; absent where
	// Reason says why there is none.
	Method    string   `json:"method,omitempty"`
	Value     *float64 `json:"value,omitempty"`
	Threshold float64  `json:"threshold,omitempty"`
	Drifted   bool     `json:"drifted"`
	N         int      `json:"n_reference"`
	M         int      `json:"n_current"`
	Reason    string   `json:"reason,omitempty"`
}

// EvidentlyReport is Evidently's DataDriftPreset on two files.
type EvidentlyReport struct {
	Reference File              `json:"reference"`
	Current   File              `json:"current"`
	Schema    Schema            `json:"schema"`
	Columns   []EvidentlyColumn `json:"columns"`
	Drifted   int               `json:"drifted_columns"`
	Measured  int               `json:"measured_columns"`
	Share     float64           `json:"share"`
	Threshold float64           `json:"drift_share"`
	Drift     bool              `json:"dataset_drift"`
}

// RunEvidently computes what Evidently's DataDriftPreset says of the two files:
// its tests, its thresholds, its share of drifted columns. Columns of free
// text, vectors and instants are named and left out.
func RunEvidently(o Options, preset evidently.Preset) (*EvidentlyReport, error) {
	p, err := open(o, true)
	if err != nil {
		return nil, err
	}
	defer p.close()
	rep := &EvidentlyReport{Reference: file(o.Reference, p.ref), Current: file(o.Current, p.cur), Schema: p.schema,
		Threshold: preset.DriftShare, Columns: make([]EvidentlyColumn, len(p.names))}
	lines := make([]*evidently.ColumnReport, len(p.names))
	err = p.each(o.Progress, func(i int, ref, cur *table.Column, s *scratch) error {
		out := &rep.Columns[i]
		out.Column = p.names[i]
		raw, reason := evidentlyRaw(p.names[i], ref, cur, s)
		if reason == "" {
			line, err := preset.Column(raw)
			if err == nil {
				lines[i] = &line
				v := line.Value
				out.Method, out.Value, out.Threshold, out.Drifted, out.N, out.M = line.Shown, &v, line.Threshold, line.Drifted, line.N, line.M
				if v != v {
					out.Value = nil
				}
				return nil
			}
			reason = err.Error()
		}
		out.Reason = reason
		return nil
	})
	if err != nil {
		return nil, err
	}
	var measured []evidently.ColumnReport
	for _, l := range lines {
		if l != nil {
			measured = append(measured, *l)
		}
	}
	sum := preset.Summary(measured)
	rep.Drifted, rep.Share, rep.Drift, rep.Measured = sum.Drifted, sum.Share, sum.DatasetDrift, len(measured)
	return rep, nil
}

func evidentlyRaw(name string, ref, cur *table.Column, s *scratch) (raw evidently.Raw, reason string) {
	raw.Name = name
	if ref.Kind != cur.Kind && ref.Kind != table.Empty && cur.Kind != table.Empty {
		return raw, fmt.Sprintf("the type changed from %s to %s", ref.Kind, cur.Kind)
	}
	kind := ref.Kind
	if kind == table.Empty {
		kind = cur.Kind
	}
	switch kind {
	case table.Number:
		raw.Ref, raw.Cur, raw.Integer = ref.Values, cur.Values, ref.Integer && cur.Integer
		if !infinite(ref) && !infinite(cur) {
			raw.Ref, raw.Cur, raw.Sorted = s.numeric(ref).Sorted, s.numeric(cur).Sorted, true
		}
		return raw, ""
	case table.Text:
		if compare.LooksLikeText(ref.Words, ref.Rows) {
			return raw, "free text, for which Evidently trains a classifier"
		}
		raw.RefCounts, raw.CurCounts = ref.Counts(), cur.Counts()
		return raw, ""
	}
	return raw, fmt.Sprintf("a column of kind %s", kind)
}

func infinite(c *table.Column) bool {
	for _, v := range c.Values {
		if v == v && v-v != 0 {
			return true
		}
	}
	return false
}
