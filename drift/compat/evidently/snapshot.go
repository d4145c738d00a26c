package evidently

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Check is one expectation of a snapshot: what a metric was, and the bound that
// it was, or may be, held to.
type Check struct {
	// Metric is the metric's type without prefixes, such as MeanValue or
	// ValueDrift; Column its column, "" for the data set; Name is for people.
	Metric, Column, Name string
	// Share says that the share of rows is meant, and not the count.
	Share bool
	// Method and Threshold are those of ValueDrift; Quantile that of
	// QuantileValue; Left, Right and List bound In- and OutRange and -ListValueCount.
	Method      string
	Threshold   float64
	Quantile    float64
	Left, Right *float64
	List        []string
	// ColumnType narrows ColumnCount: num, cat, text, datetime.
	ColumnType string
	// Bound is what the value is held to; nil for ValueDrift, which has its own
	// threshold, and where the snapshot states none.
	Bound *Bound
	// Recorded is the value in the snapshot, and Passed the verdict there; nil
	// where it has none.
	Recorded *float64
	Passed   *bool
	// Said is the snapshot's own sentence.
	Said string
}

// Bound is a condition on a value.
type Bound struct {
	Op   string // <, <=, >, >=, ==, !=, in, not in
	Than float64
	// Tolerance widens ==, <= and >=, in units of the value.
	Tolerance float64
	List      []float64
	// Assumed says that it is not the snapshot's but a tenth about its value,
	// Evidently's own default.
	Assumed bool
}

// Holds reports whether a value meets the bound.
func (b Bound) Holds(v float64) bool {
	near := math.Abs(v-b.Than) <= b.Tolerance
	switch b.Op {
	case "<":
		return v < b.Than
	case "<=":
		return v <= b.Than+b.Tolerance
	case ">":
		return v > b.Than
	case ">=":
		return v >= b.Than-b.Tolerance
	case "==":
		return near
	case "!=":
		return !near
	case "in":
		return slices.Contains(b.List, v)
	case "not in":
		return !slices.Contains(b.List, v)
	}
	return false
}

func (b Bound) String() string {
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
	var s string
	switch {
	case b.Op == "in" || b.Op == "not in":
		var list []string
		for _, x := range b.List {
			list = append(list, number(x))
		}
		s = b.Op + " " + strings.Join(list, ", ")
	case b.Tolerance > 1e-9*math.Abs(b.Than) && b.Tolerance > 1e-11:
		s = b.Op + " " + number(b.Than) + " ± " + number(b.Tolerance)
	default:
		s = b.Op + " " + number(b.Than)
	}
	if b.Assumed {
		s += " (a tenth about the snapshot)"
	}
	return s
}

// Snapshot is an Evidently result that was saved.
type Snapshot struct {
	// Format says which of the formats it is.
	Format string
	Checks []Check
	// Skipped are the metrics and tests that are no expectation on their own.
	Skipped []string
}

// ParseSnapshot reads what Evidently saves: of 0.7 Snapshot.save_json and
// Snapshot.dumps, of 0.4 save_json of a Report or a TestSuite and their
// snapshots.
func ParseSnapshot(b []byte) (*Snapshot, error) {
	var top map[string]json.RawMessage
	if err := json.Unmarshal(unNaN(b), &top); err != nil {
		return nil, fmt.Errorf("an Evidently snapshot is JSON: %w", err)
	}
	has := func(names ...string) bool {
		for _, n := range names {
			if _, ok := top[n]; !ok {
				return false
			}
		}
		return true
	}
	s := &Snapshot{}
	var err error
	switch {
	case has("metric_results"):
		s.Format = "Evidently 0.7, whole snapshot"
		err = s.whole(top["metric_results"])
	case has("suite"):
		s.Format = "Evidently 0.4, snapshot"
		var suite struct {
			Metrics []json.RawMessage `json:"metrics"`
			Results []json.RawMessage `json:"metric_results"`
			Tests   []legacyTest      `json:"test_results"`
		}
		if err = json.Unmarshal(top["suite"], &suite); err == nil {
			s.legacyTests(suite.Tests)
			if len(s.Checks) == 0 {
				for _, r := range suite.Results {
					s.legacyResult("", r)
				}
			}
		}
	case has("tests", "summary"):
		s.Format = "Evidently 0.4, test suite"
		var tests []legacyTest
		if err = json.Unmarshal(top["tests"], &tests); err == nil {
			s.legacyTests(tests)
		}
	case has("metrics", "tests"):
		s.Format = "Evidently 0.7, report"
		err = s.report(top["metrics"], top["tests"])
	case has("metrics"):
		s.Format = "Evidently 0.4, report"
		var ms []struct {
			Metric string          `json:"metric"`
			Result json.RawMessage `json:"result"`
		}
		if err = json.Unmarshal(top["metrics"], &ms); err == nil {
			for _, m := range ms {
				s.legacyResult(m.Metric, m.Result)
			}
		}
	default:
		return nil, fmt.Errorf("it is no Evidently snapshot: it has none of metrics, tests, metric_results, suite")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Format, err)
	}
	if len(s.Checks) == 0 {
		return nil, fmt.Errorf("%s: there is nothing in it that can be checked", s.Format)
	}
	return s, nil
}

var bareNaN = regexp.MustCompile(`([:\[,]\s*)(-?Infinity|NaN)\b`)

// unNaN makes JSON of what Python writes: NaN and Infinity become null.
func unNaN(b []byte) []byte { return bareNaN.ReplaceAll(b, []byte("${1}null")) }

// metric is a metric of 0.7 with its parameters.
type metric struct {
	Type       string   `json:"type"`
	Column     string   `json:"column"`
	Method     string   `json:"method"`
	Threshold  *float64 `json:"threshold"`
	DriftShare *float64 `json:"drift_share"`
	Quantile   *float64 `json:"quantile"`
	Left       *float64 `json:"left"`
	Right      *float64 `json:"right"`
	Values     []any    `json:"values"`
	ColumnType string   `json:"column_type"`
}

func (m metric) name() string { return m.Type[strings.LastIndexByte(m.Type, ':')+1:] }

// test is a test of 0.7.
type snapshotTest struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Status      string `json:"status"`
	Metric      struct {
		ID     string `json:"metric_id"`
		Params metric `json:"params"`
	} `json:"metric_config"`
	Config struct {
		Type      string          `json:"type"`
		Threshold json.RawMessage `json:"threshold"`
		Expected  json.RawMessage `json:"expected"`
		Values    []float64       `json:"values"`
	} `json:"test_config"`
	Bound struct {
		Count *bool `json:"is_count"`
	} `json:"bound_test"`
}

// report reads save_json of 0.7.
func (s *Snapshot) report(metrics, tests json.RawMessage) error {
	var ms []struct {
		ID     string          `json:"id"`
		Name   string          `json:"metric_name"`
		Config metric          `json:"config"`
		Value  json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(metrics, &ms); err != nil {
		return err
	}
	var ts []snapshotTest
	if err := json.Unmarshal(tests, &ts); err != nil {
		return err
	}
	tested := map[string]bool{}
	values := map[string]json.RawMessage{}
	names := map[string]string{}
	for _, m := range ms {
		values[m.ID], names[m.ID] = m.Value, m.Name
	}
	for _, t := range ts {
		tested[t.Metric.ID] = true
		s.test(t, values[t.Metric.ID])
	}
	for _, m := range ms {
		if !tested[m.ID] && len(ts) == 0 {
			if m.Config.Type == "" { // older 0.6 and 0.7 have the name only
				m.Config = metricOf(m.Name)
			}
			s.metric(m.Config, m.Name, m.Value)
		}
	}
	return nil
}

var metricForm = regexp.MustCompile(`^(\w+)\((.*)\)$`)

// metricOf reads a metric's parameters from its name, such as
// ValueDrift(column=age,method=psi,threshold=0.1).
func metricOf(name string) (m metric) {
	p := metricForm.FindStringSubmatch(name)
	if p == nil {
		m.Type = name
		return m
	}
	m.Type = p[1]
	for _, kv := range strings.Split(p[2], ",") {
		k, v, _ := strings.Cut(kv, "=")
		f, err := strconv.ParseFloat(v, 64)
		number := &f
		if err != nil {
			number = nil
		}
		switch k {
		case "column":
			m.Column = v
		case "method":
			m.Method = v
		case "threshold":
			m.Threshold = number
		case "drift_share":
			m.DriftShare = number
		case "quantile":
			m.Quantile = number
		}
	}
	return m
}

// whole reads dumps of 0.7.
func (s *Snapshot) whole(results json.RawMessage) error {
	var rs map[string]struct {
		Name     string         `json:"display_name"`
		Value    *float64       `json:"value"`
		Tests    []snapshotTest `json:"tests"`
		Location struct {
			Metric struct {
				Params metric `json:"params"`
			} `json:"metric"`
		} `json:"metric_value_location"`
		Count, Share *struct {
			Value *float64 `json:"value"`
		}
	}
	if err := json.Unmarshal(results, &rs); err != nil {
		return err
	}
	ids := make([]string, 0, len(rs))
	for id := range rs {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(rs[a].Name+a, rs[b].Name+b) })
	anyTest := false
	for _, r := range rs {
		anyTest = anyTest || len(r.Tests) > 0
	}
	for _, id := range ids {
		r := rs[id]
		value, _ := json.Marshal(r.Value)
		if r.Count != nil && r.Share != nil {
			value, _ = json.Marshal(map[string]*float64{"count": r.Count.Value, "share": r.Share.Value})
		}
		for _, t := range r.Tests {
			if t.Metric.Params.Type == "" {
				t.Metric.Params = r.Location.Metric.Params
			}
			s.test(t, value)
		}
		if !anyTest && r.Location.Metric.Params.Type != "" {
			s.metric(r.Location.Metric.Params, r.Name, value)
		}
	}
	return nil
}

func (m metric) check(name string) Check {
	c := Check{Metric: m.name(), Column: m.Column, Name: name, Method: m.Method, Left: m.Left, Right: m.Right, ColumnType: m.ColumnType}
	if m.Threshold != nil {
		c.Threshold = *m.Threshold
	}
	if m.Quantile != nil {
		c.Quantile = *m.Quantile
	}
	for _, v := range m.Values {
		c.List = append(c.List, fmt.Sprint(v))
	}
	return c
}

// number is a value of a metric: itself, or its count or share.
func number(raw json.RawMessage, share bool) *float64 {
	var v float64
	if len(raw) > 0 && json.Unmarshal(raw, &v) == nil && string(raw) != "null" {
		return &v
	}
	var cs struct{ Count, Share *float64 }
	if json.Unmarshal(raw, &cs) != nil {
		return nil
	}
	if share {
		return cs.Share
	}
	return cs.Count
}

var operators = map[string]string{
	"LessThanMetricTest": "<", "LessOrEqualMetricTest": "<=", "GreaterThanMetricTest": ">", "GreaterOrEqualMetricTest": ">=",
	"EqualMetricTest": "==", "NotEqualMetricTest": "!=", "IsInMetricTest": "in", "NotInMetricTest": "not in",
}

var statedBound = regexp.MustCompile(`(-?[0-9.]+(?:e[-+]?[0-9]+)?)(?: ± ([0-9.]+(?:e[-+]?[0-9]+)?))?`)

// test takes in a test of 0.7.
func (s *Snapshot) test(t snapshotTest, value json.RawMessage) {
	c := t.Metric.Params.check(t.Name)
	passed := t.Status == "SUCCESS"
	if t.Status == "SUCCESS" || t.Status == "FAIL" || t.Status == "WARNING" {
		c.Passed = &passed
	}
	c.Said = t.Description
	c.Share = t.Bound.Count != nil && !*t.Bound.Count
	c.Recorded = number(value, c.Share)
	kind := t.Config.Type[strings.LastIndexByte(t.Config.Type, ':')+1:]
	if c.Metric == "ValueDrift" && kind == "" {
		s.Checks = append(s.Checks, c)
		return
	}
	op, ok := operators[kind]
	if !ok {
		s.Skipped = append(s.Skipped, t.Name)
		return
	}
	b := &Bound{Op: op, List: t.Config.Values}
	than := t.Config.Threshold
	if len(than) == 0 {
		than = t.Config.Expected
	}
	if json.Unmarshal(than, &b.Than) != nil && b.List == nil {
		// A bound relative to the reference, of which the snapshot keeps only what
		// the name of the test says, such as "Equal 1500.000 ± 150.000".
		i := max(strings.LastIndex(t.Name, "Equal "), strings.LastIndex(t.Name, "Less "), strings.LastIndex(t.Name, "Greater "))
		m := statedBound.FindStringSubmatch(t.Name[max(i, 0):])
		if i < 0 || m == nil {
			s.Skipped = append(s.Skipped, t.Name)
			return
		}
		b.Than, _ = strconv.ParseFloat(m[1], 64)
		b.Tolerance, _ = strconv.ParseFloat(m[2], 64)
		b.Tolerance = max(b.Tolerance, 0.0005) // the name has three decimals
	}
	c.Bound = b
	s.Checks = append(s.Checks, c)
}

// assumedShare is Evidently's own default: within a tenth of the reference.
const assumedShare = 0.1

// held are the metrics that an untested report is held to.
var held = map[string]bool{"MeanValue": true, "StdValue": true, "QuantileValue": true, "MissingValueCount": true, "DatasetMissingValueCount": true,
	"ColumnCount": true, "EmptyColumnsCount": true, "ConstantColumnsCount": true, "DuplicatedColumnsCount": true, "MinValue": true, "MaxValue": true,
	"InRangeValueCount": true, "OutRangeValueCount": true, "InListValueCount": true, "OutListValueCount": true, "CategoryCount": true}

// metric takes in a metric of 0.7 that has no test: drift is held to its
// threshold, others to a tenth about their value.
func (s *Snapshot) metric(m metric, name string, value json.RawMessage) {
	c := m.check(name)
	switch {
	case c.Metric == "ValueDrift":
		c.Recorded = number(value, false)
		c.Passed = recordedDrift(c)
	case c.Metric == "DriftedColumnsCount":
		c.Share, c.Recorded = true, number(value, true)
		share := 0.5
		if m.DriftShare != nil {
			share = *m.DriftShare
		}
		c.Bound = &Bound{Op: "<", Than: share}
	case held[c.Metric]:
		c.Share = strings.HasSuffix(c.Metric, "Count") && strings.Contains(c.Metric, "Value") // missing and listed values, as a share
		c.Recorded = number(value, c.Share)
		if c.Recorded == nil {
			s.Skipped = append(s.Skipped, name)
			return
		}
		c.Bound = &Bound{Op: "==", Than: *c.Recorded, Tolerance: assumedShare*math.Abs(*c.Recorded) + 1e-12, Assumed: true}
	default:
		s.Skipped = append(s.Skipped, name)
		return
	}
	if c.Bound != nil && c.Recorded != nil && !c.Bound.Assumed {
		ok := c.Bound.Holds(*c.Recorded)
		c.Passed = &ok
	}
	s.Checks = append(s.Checks, c)
}

// recordedDrift is the verdict that a drift score of the snapshot had.
func recordedDrift(c Check) *bool {
	if c.Recorded == nil {
		return nil
	}
	t, ok := byTitle(c.Method)
	if !ok {
		return nil
	}
	passed := !t.drifted(*c.Recorded, c.Threshold)
	return &passed
}

// MethodOf is the name of a method given by its name or by its title in
// reports, such as "Wasserstein distance (normed)".
func MethodOf(title string) (string, bool) {
	if _, ok := tests[title]; ok {
		return title, true
	}
	for name, t := range tests {
		if t.title == title || strings.HasSuffix(title, "p_value") && strings.TrimSuffix(title, " p_value") == name {
			return name, true
		}
	}
	return "", false
}

func byTitle(title string) (test, bool) {
	name, ok := MethodOf(title)
	return tests[name], ok
}
