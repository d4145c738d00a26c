package evidently

import (
	"encoding/json"
	"math"
	"regexp"
	"sort"
	"strings"
)

// legacyTest is a test of Evidently 0.4.
type legacyTest struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Status      string `json:"status"`
	Parameters  struct {
		Condition map[string]json.RawMessage `json:"condition"`
		Value     *float64                   `json:"value"`
		Column    string                     `json:"column_name"`
		Left      *float64                   `json:"left"`
		Right     *float64                   `json:"right"`
		Values    []any                      `json:"values"`
		Quantile  *float64                   `json:"quantile"`
		// of a drift test
		Test      string   `json:"stattest"`
		Score     *float64 `json:"score"`
		Threshold *float64 `json:"threshold"`
		// of the stability of a mean
		Sigmas        *float64 `json:"n_sigmas"`
		ReferenceMean *float64 `json:"reference_mean"`
		ReferenceSD   *float64 `json:"reference_std"`
		CurrentMean   *float64 `json:"current_mean"`
	} `json:"parameters"`
}

var starred = regexp.MustCompile(`\*\*(.+?)\*\*`)

var legacyNames = map[string]struct {
	metric string
	share  bool
}{
	"Number of Rows":                           {"RowCount", false},
	"Number of Columns":                        {"ColumnCount", false},
	"The Share of Missing Values in a Column":  {"MissingValueCount", true},
	"The Number of Missing Values in a Column": {"MissingValueCount", false},
	"Share of Missing Values":                  {"DatasetMissingValueCount", true},
	"The Share of Missing Values":              {"DatasetMissingValueCount", true},
	"Number of Missing Values":                 {"DatasetMissingValueCount", false},
	"The Number of Missing Values":             {"DatasetMissingValueCount", false},
	"Share of Out-of-Range Values":             {"OutRangeValueCount", true},
	"Number of Out-of-Range Values ":           {"OutRangeValueCount", false},
	"Number of Out-of-Range Values":            {"OutRangeValueCount", false},
	"Share of Out-of-List Values":              {"OutListValueCount", true},
	"Number Out-of-List Values":                {"OutListValueCount", false},
	"Mean Value":                               {"MeanValue", false},
	"Mean Value Stability":                     {"MeanValue", false},
	"Median Value":                             {"QuantileValue", false},
	"Quantile Value":                           {"QuantileValue", false},
	"Min Value":                                {"MinValue", false},
	"Max Value":                                {"MaxValue", false},
	"Standard Deviation (SD)":                  {"StdValue", false},
	"Number of Unique Values":                  {"CategoryCount", false},
	"Number of Constant Columns":               {"ConstantColumnsCount", false},
	"Number of Empty Columns":                  {"EmptyColumnsCount", false},
	"Share of Drifted Columns":                 {"DriftedColumnsCount", true},
	"Number of Drifted Features":               {"DriftedColumnsCount", false},
	"Number of Drifted Columns":                {"DriftedColumnsCount", false},
	"Drift per Column":                         {"ValueDrift", false},
}

var legacyOperators = map[string]string{"eq": "==", "not_eq": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "is_in": "in", "not_in": "not in"}

func (s *Snapshot) legacyTests(tests []legacyTest) {
	for _, t := range tests {
		known, ok := legacyNames[t.Name]
		if !ok {
			s.Skipped = append(s.Skipped, t.Name)
			continue
		}
		p := t.Parameters
		c := Check{Metric: known.metric, Share: known.share, Column: p.Column, Name: t.Name, Left: p.Left, Right: p.Right, Recorded: p.Value, Said: t.Description}
		if m := starred.FindStringSubmatch(t.Description); m != nil && c.Column == "" {
			c.Column = m[1]
		}
		if c.Column != "" {
			c.Name += ": " + c.Column
		}
		if t.Status == "SUCCESS" || t.Status == "FAIL" || t.Status == "WARNING" {
			passed := t.Status == "SUCCESS"
			c.Passed = &passed
		}
		for _, v := range p.Values {
			if text, ok := v.(string); ok {
				c.List = append(c.List, text)
			}
		}
		c.Quantile = 0.5
		if p.Quantile != nil {
			c.Quantile = *p.Quantile
		}
		switch {
		case c.Metric == "ValueDrift":
			c.Method, c.Recorded = p.Test, p.Score
			if p.Threshold != nil {
				c.Threshold = *p.Threshold
			}
		case p.Sigmas != nil && p.ReferenceMean != nil && p.ReferenceSD != nil:
			c.Recorded = p.CurrentMean
			c.Bound = &Bound{Op: "==", Than: *p.ReferenceMean, Tolerance: *p.Sigmas * *p.ReferenceSD}
		default:
			c.Bound = legacyBound(p.Condition)
			if c.Bound == nil {
				s.Skipped = append(s.Skipped, t.Name)
				continue
			}
		}
		s.Checks = append(s.Checks, c)
	}
}

func legacyBound(condition map[string]json.RawMessage) *Bound {
	for op, raw := range condition {
		name, ok := legacyOperators[op]
		if !ok {
			continue
		}
		b := &Bound{Op: name}
		var about struct{ Value, Relative, Absolute *float64 }
		switch {
		case json.Unmarshal(raw, &b.Than) == nil:
			return b
		case json.Unmarshal(raw, &b.List) == nil:
			return b
		case json.Unmarshal(raw, &about) == nil && about.Value != nil:
			b.Than = *about.Value
			if about.Relative != nil {
				b.Tolerance = *about.Relative * math.Abs(b.Than)
			}
			if about.Absolute != nil {
				b.Tolerance = max(b.Tolerance, *about.Absolute)
			}
			return b
		}
	}
	return nil
}

// legacyResult takes in a metric of a report of 0.4: of drift its columns.
func (s *Snapshot) legacyResult(metric string, raw json.RawMessage) {
	var r struct {
		Type      string   `json:"type"`
		Share     *float64 `json:"drift_share"`
		Drifted   *float64 `json:"share_of_drifted_columns"`
		Dataset   *bool    `json:"dataset_drift"`
		ByColumns map[string]struct {
			Column    string   `json:"column_name"`
			Test      string   `json:"stattest_name"`
			Threshold float64  `json:"stattest_threshold"`
			Score     *float64 `json:"drift_score"`
			Detected  *bool    `json:"drift_detected"`
		} `json:"drift_by_columns"`
	}
	if metric == "" {
		metric = "a metric"
	}
	if json.Unmarshal(raw, &r) != nil || r.Share == nil && r.ByColumns == nil {
		s.Skipped = append(s.Skipped, metric)
		return
	}
	if r.ByColumns == nil {
		c := Check{Metric: "DriftedColumnsCount", Share: true, Name: "Share of drifted columns", Recorded: r.Drifted, Bound: &Bound{Op: "<", Than: *r.Share}}
		if r.Dataset != nil {
			passed := !*r.Dataset
			c.Passed = &passed
		}
		s.Checks = append(s.Checks, c)
		return
	}
	names := make([]string, 0, len(r.ByColumns))
	for n := range r.ByColumns {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		x := r.ByColumns[n]
		c := Check{Metric: "ValueDrift", Column: n, Name: "Drift of " + n, Method: strings.TrimSpace(x.Test), Threshold: x.Threshold, Recorded: x.Score}
		if x.Detected != nil {
			passed := !*x.Detected
			c.Passed = &passed
		}
		s.Checks = append(s.Checks, c)
	}
}
