package evidently

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/windage-dev/windage/drift/stat"
)

// Preset is Evidently's DataDriftPreset.
type Preset struct {
	// Method is the test for every column; NumMethod and CatMethod for columns
	// of a type. Empty lets Choose decide.
	Method, NumMethod, CatMethod string
	// DriftShare is the share of drifted columns that makes a data set drifted.
	DriftShare float64
}

// Raw is one column as it stands in the two data sets, before cleaning.
type Raw struct {
	Name string
	// Ref and Cur are the numbers, NaN for missing.
	Ref, Cur []float64
	Integer  bool
	// Sorted says that Ref and Cur are cleaned and sorted already.
	Sorted bool
	// RefCounts and CurCounts are the rows per category; nil for numbers.
	RefCounts, CurCounts map[string]int64
}

// ColumnReport is the preset's line on a column.
type ColumnReport struct {
	Name string
	Outcome
	// Shown is the method's name in the report, Metric the name of the metric.
	Shown, Metric string
	// Counted says that the column counts as drifted for the data set, which
	// is not always Drifted: an infinity on a side without missing values is
	// dropped for the column's value but not for the count
	// (get_drift_for_columns).
	Counted bool
}

// Report is what the preset says.
type Report struct {
	Columns []ColumnReport
	// Drifted and Share are the number and the share of drifted columns, and
	// DatasetDrift the verdict Share ≥ DriftShare.
	Drifted      int
	Share        float64
	DatasetDrift bool
	Metric       string
}

// Run applies the preset to the columns.
func (p Preset) Run(columns []Raw) (Report, error) {
	lines := make([]ColumnReport, len(columns))
	for i, raw := range columns {
		var err error
		if lines[i], err = p.Column(raw); err != nil {
			return Report{}, fmt.Errorf("column %s: %w", raw.Name, err)
		}
	}
	return p.Summary(lines), nil
}

// Column applies the preset to one column.
func (p Preset) Column(raw Raw) (ColumnReport, error) {
	var c Column
	var err error
	switch {
	case raw.RefCounts != nil:
		c, err = Categorical(SortedKeys(raw.RefCounts, raw.CurCounts))
	case raw.Sorted:
		c, err = Sorted(raw.Ref, raw.Cur, raw.Integer)
	default:
		c, err = Numeric(raw.Ref, raw.Cur, raw.Integer)
	}
	if err != nil {
		return ColumnReport{}, err
	}
	method := p.asked(c)
	chosen := method == ""
	if chosen {
		method = Choose(c)
	}
	o, err := Run(method, c)
	if err != nil {
		return ColumnReport{}, err
	}
	line := ColumnReport{Name: raw.Name, Outcome: o, Shown: method, Counted: o.Drifted}
	if chosen {
		line.Shown = o.Title
	}
	line.Metric = fmt.Sprintf("ValueDrift(column=%s,method=%s,threshold=%s)", raw.Name, line.Shown, pyFloat(o.Threshold))
	if !raw.Sorted && (keepsInfinities(raw.Ref) || keepsInfinities(raw.Cur)) {
		counted, err := withInfinities(raw, method)
		if err != nil {
			return ColumnReport{}, err
		}
		line.Counted = counted.Drifted
	}
	return line, nil
}

// Summary counts the drifted columns.
func (p Preset) Summary(lines []ColumnReport) Report {
	rep := Report{Columns: lines, Metric: p.metric()}
	for _, l := range lines {
		if l.Counted {
			rep.Drifted++
		}
	}
	if len(lines) > 0 {
		rep.Share = float64(rep.Drifted) / float64(len(lines))
	}
	rep.DatasetDrift = rep.Share >= p.DriftShare
	return rep
}

// asked is the method that the preset was told to use for such a column.
func (p Preset) asked(c Column) string {
	switch {
	case c.Numeric() && p.NumMethod != "":
		return p.NumMethod
	case !c.Numeric() && p.CatMethod != "":
		return p.CatMethod
	}
	return p.Method
}

func (p Preset) metric() string {
	parts := []string{"drift_share=" + pyFloat(p.DriftShare)}
	for _, arg := range [][2]string{{"cat_method", p.CatMethod}, {"method", p.Method}, {"num_method", p.NumMethod}} {
		if arg[1] != "" {
			parts = append(parts, arg[0]+"="+arg[1])
		}
	}
	return "DriftedColumnsCount(" + strings.Join(parts, ",") + ")"
}

func pyFloat(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// keepsInfinities tells whether a side has an infinity but no missing value:
// such a side goes to the count as it is.
func keepsInfinities(side []float64) bool {
	inf := false
	for _, v := range side {
		if math.IsNaN(v) {
			return false
		}
		inf = inf || math.IsInf(v, 0)
	}
	return inf
}

// withInfinities is the outcome for the count of a column whose infinities
// stay: distances on bins cannot be computed and raise, the normed Wasserstein
// distance is not a number and so not drift, ranks are computed as they are.
func withInfinities(raw Raw, method string) (Outcome, error) {
	if method == "wasserstein" {
		return Outcome{Method: method, Value: math.NaN()}, nil
	}
	clean := func(side []float64) []float64 {
		if keepsInfinities(side) {
			return side
		}
		return stat.Finite(side)
	}
	c := Column{refRows: clean(raw.Ref), curRows: clean(raw.Cur)}
	c.Ref, c.Cur = sortedCopy(c.refRows), sortedCopy(c.curRows)
	return Run(method, c)
}

// Hold computes what Evidently's ValueDrift says of a column with a method, by
// its name or its title, and a threshold.
func Hold(raw Raw, method string, threshold float64) (Outcome, error) {
	name, ok := MethodOf(method)
	if !ok {
		return Outcome{}, fmt.Errorf("no test of Evidently is called %q", method)
	}
	line, err := Preset{Method: name}.Column(raw)
	if err != nil {
		return Outcome{}, err
	}
	o := line.Outcome
	o.Threshold, o.Drifted = threshold, tests[name].drifted(o.Value, threshold)
	return o, nil
}
