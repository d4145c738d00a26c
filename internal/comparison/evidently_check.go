package comparison

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/windage-dev/windage/drift/compat/evidently"
	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/internal/table"
)

// SnapshotCheck is the outcome of one expectation of an Evidently snapshot.
type SnapshotCheck struct {
	Check  string `json:"check"`
	Metric string `json:"metric"`
	Column string `json:"column,omitempty"`
	Wanted string `json:"wanted"`
	// Value is that of the data, or without data that of the snapshot.
	Value    *float64 `json:"value"`
	Recorded *float64 `json:"value_in_snapshot,omitempty"`
	// Passed is null where the check is not measurable, for the Reason.
	Passed *bool  `json:"passed"`
	Reason string `json:"reason,omitempty"`
}

// SnapshotReport is an Evidently snapshot as checks.
type SnapshotReport struct {
	Snapshot string          `json:"snapshot"`
	Format   string          `json:"format"`
	Current  *File           `json:"current,omitempty"`
	Checks   []SnapshotCheck `json:"checks"`
	Skipped  []string        `json:"not_checked,omitempty"`
	Failed   int             `json:"failed"`
	Measured int             `json:"measured"`
}

// CheckSnapshot checks a data file against what an Evidently snapshot expects.
// Without a file the verdicts are those that the snapshot recorded; drift needs
// the reference data too.
func CheckSnapshot(path, current, reference string, format table.Format) (*SnapshotReport, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	snap, err := evidently.ParseSnapshot(raw)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	rep := &SnapshotReport{Snapshot: path, Format: snap.Format, Skipped: snap.Skipped}
	var h *holder
	if current != "" {
		if h, err = openHolder(current, reference, format); err != nil {
			return nil, err
		}
		defer h.close()
		rep.Current = new(File)
		*rep.Current = file(current, h.cur)
	} else if reference != "" {
		return nil, errors.New("a reference without current data: name what is to be checked too")
	}
	if h != nil {
		h.drift(snap.Checks)
	}
	for i := range snap.Checks {
		c := &snap.Checks[i]
		line := SnapshotCheck{Check: c.Name, Metric: c.Metric, Column: c.Column, Wanted: wanted(c), Value: c.Recorded, Passed: c.Passed}
		if h != nil {
			line.Recorded = c.Recorded
			line.Value, line.Passed, line.Reason = h.hold(c)
		} else if c.Passed == nil {
			line.Reason = "the snapshot records no verdict; name the data to check"
		}
		if line.Passed != nil {
			rep.Measured++
			if !*line.Passed {
				rep.Failed++
			}
		}
		rep.Checks = append(rep.Checks, line)
	}
	return rep, nil
}

func wanted(c *evidently.Check) string {
	unit := ""
	if c.Share {
		unit = " (share of rows)"
		if c.Metric == "DriftedColumnsCount" {
			unit = " (share of columns)"
		}
	}
	switch {
	case c.Metric == "ValueDrift":
		return fmt.Sprintf("no drift: %s, threshold %g", c.Method, c.Threshold)
	case c.Bound != nil:
		return c.Bound.String() + unit
	}
	return "-"
}

// holder is the data that checks are held to.
type holder struct {
	cur, ref table.Table // ref may be nil
	columns  map[string]*table.Column
	drifts   map[string]drifting
}

type drifting struct {
	out evidently.Outcome
	err error
}

func openHolder(current, reference string, format table.Format) (*holder, error) {
	if current == table.Stdin && reference == table.Stdin {
		return nil, errors.New("both files are the standard input: give one of them by its name")
	}
	opt := table.Options{Format: format, Strict: true}
	h := &holder{columns: map[string]*table.Column{}, drifts: map[string]drifting{}}
	var err error
	if h.cur, err = table.Open(current, opt); err != nil {
		return nil, err
	}
	if reference != "" {
		if h.ref, err = table.Open(reference, opt); err != nil {
			_ = h.cur.Close()
			return nil, err
		}
	}
	return h, nil
}

func (h *holder) close() {
	_ = h.cur.Close()
	if h.ref != nil {
		_ = h.ref.Close()
	}
}

func driftKey(c *evidently.Check) string {
	return c.Column + "\x00" + c.Method + "\x00" + strconv.FormatFloat(c.Threshold, 'g', -1, 64)
}

// drift computes the drift of all columns that are checked for it.
func (h *holder) drift(checks []evidently.Check) {
	for i := range checks {
		c := &checks[i]
		if c.Metric != "ValueDrift" {
			continue
		}
		k := driftKey(c)
		if _, done := h.drifts[k]; done {
			continue
		}
		h.drifts[k] = func() (d drifting) {
			if h.ref == nil {
				d.err = errors.New("drift is against the reference data: name it with --reference")
				return d
			}
			ref, err := h.ref.Column(c.Column)
			if err != nil {
				d.err = fmt.Errorf("the reference: %w", err)
				return d
			}
			cur, err := h.cur.Column(c.Column)
			if err != nil {
				d.err = err
				return d
			}
			raw, reason := h.raw(c.Column, ref, cur)
			if reason != "" {
				d.err = errors.New(reason)
				return d
			}
			d.out, d.err = evidently.Hold(raw, c.Method, c.Threshold)
			return d
		}()
	}
}

// raw is a column for Evidently's tests. The columns stay as they are, since
// other checks read them too.
func (h *holder) raw(name string, ref, cur *table.Column) (evidently.Raw, string) {
	a, b := *ref, *cur
	a.Values, b.Values = slices.Clone(ref.Values), slices.Clone(cur.Values)
	return evidentlyRaw(name, &a, &b, &scratch{})
}

// hold holds the data to one check.
func (h *holder) hold(c *evidently.Check) (value *float64, passed *bool, reason string) {
	not := func(format string, args ...any) (*float64, *bool, string) {
		return nil, nil, "not measurable, because " + fmt.Sprintf(format, args...)
	}
	if c.Metric == "ValueDrift" {
		d := h.drifts[driftKey(c)]
		if d.err != nil {
			return not("%s", d.err)
		}
		ok := !d.out.Drifted
		if d.out.Value == d.out.Value {
			value = &d.out.Value
		}
		return value, &ok, ""
	}
	v, err := h.measure(c)
	if err != nil {
		return not("%s", err)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return not("the data give no finite %s", c.Metric)
	}
	if c.Bound == nil {
		return &v, nil, "not measurable, because the snapshot states no bound"
	}
	ok := c.Bound.Holds(v)
	return &v, &ok, ""
}

// measure computes a metric of Evidently's.
func (h *holder) measure(c *evidently.Check) (float64, error) {
	switch c.Metric {
	case "RowCount":
		return float64(h.cur.Rows()), nil
	case "ColumnCount":
		if c.ColumnType == "" {
			return float64(len(h.cur.Names())), nil
		}
		return h.count(func(x *table.Column) bool { return columnType(x) == c.ColumnType })
	case "EmptyColumnsCount":
		return h.count(func(x *table.Column) bool { return x.Kind == table.Empty })
	case "ConstantColumnsCount":
		return h.count(func(x *table.Column) bool { return distinct(x) <= 1 })
	case "DatasetMissingValueCount":
		missing := 0.0
		if _, err := h.count(func(x *table.Column) bool { missing += float64(x.Nulls); return false }); err != nil {
			return 0, err
		}
		if c.Share {
			return missing / float64(h.cur.Rows()) / float64(len(h.cur.Names())), nil
		}
		return missing, nil
	case "AlmostConstantColumnsCount":
		return h.almostConstant()
	case "DuplicatedColumnsCount":
		return h.duplicatedColumns(false)
	case "AlmostDuplicatedColumnsCount":
		return h.duplicatedColumns(true)
	case "DuplicatedRowCount":
		return h.duplicatedRows()
	case "EmptyRowsCount":
		return h.emptyRows()
	case "DriftedColumnsCount":
		return h.drifted(c.Share)
	}
	if c.Column == "" {
		return 0, fmt.Errorf("windage does not compute Evidently's %s", c.Metric)
	}
	x, err := h.cur.Column(c.Column)
	if err != nil {
		return 0, err
	}
	share := func(n float64, of int) float64 {
		if c.Share {
			return n / float64(of)
		}
		return n
	}
	present := x.Rows - x.Nulls
	switch c.Metric {
	case "MissingValueCount":
		return share(float64(x.Nulls), x.Rows), nil
	case "CategoryCount", "UniqueValueCount":
		return float64(distinct(x)), nil
	case "InListValueCount", "OutListValueCount":
		in, err := h.listed(c, x)
		if err != nil {
			return 0, err
		}
		if c.Metric == "OutListValueCount" {
			in = float64(present) - in
		}
		return share(in, present), nil
	}
	if x.Kind != table.Number {
		return 0, fmt.Errorf("%s of a column of kind %s", c.Metric, x.Kind)
	}
	s := stat.Finite(x.Values)
	if len(s) == 0 {
		return 0, errors.New("the column has no finite number")
	}
	slices.Sort(s)
	switch c.Metric {
	case "MinValue":
		return s[0], nil
	case "MaxValue":
		return s[len(s)-1], nil
	case "MeanValue":
		return stat.Mean(s), nil
	case "StdValue":
		return math.Sqrt(stat.Variance(s, 1)), nil
	case "QuantileValue":
		return stat.Quantile(s, c.Quantile), nil
	case "InRangeValueCount", "OutRangeValueCount":
		lo, hi, err := h.bounds(c)
		if err != nil {
			return 0, err
		}
		in := 0.0
		for _, v := range s {
			if v >= lo && v <= hi {
				in++
			}
		}
		if c.Metric == "OutRangeValueCount" {
			in = float64(len(s)) - in
		}
		return share(in, len(s)), nil
	}
	return 0, fmt.Errorf("windage does not compute Evidently's %s", c.Metric)
}

func (h *holder) count(is func(*table.Column) bool) (n float64, err error) {
	for _, name := range h.cur.Names() {
		x, err := h.cur.Column(name)
		if err != nil {
			return 0, err
		}
		if is(x) {
			n++
		}
	}
	return n, nil
}

func columnType(x *table.Column) string {
	switch x.Kind {
	case table.Number:
		return "num"
	case table.Text:
		return "cat"
	case table.Time:
		return "datetime"
	}
	return ""
}

func distinct(x *table.Column) int {
	switch x.Kind {
	case table.Text:
		return len(x.Counts())
	case table.Number, table.Time:
		set := map[float64]struct{}{}
		for _, v := range x.Values {
			if v == v {
				set[v] = struct{}{}
			}
		}
		return len(set)
	}
	return 0
}

// drifted is the number, or share, of columns that the preset sees drift in.
func (h *holder) drifted(share bool) (float64, error) {
	if h.ref == nil {
		return 0, errors.New("drift is against the reference data: name it with --reference")
	}
	var drifted, all float64
	for _, name := range h.cur.Names() {
		if !slices.Contains(h.ref.Names(), name) {
			continue
		}
		ref, err := h.ref.Column(name)
		if err != nil {
			return 0, err
		}
		cur, err := h.cur.Column(name)
		if err != nil {
			return 0, err
		}
		raw, reason := h.raw(name, ref, cur)
		if reason != "" {
			continue
		}
		line, err := evidently.Preset{}.Column(raw)
		if err != nil {
			continue
		}
		all++
		if line.Counted {
			drifted++
		}
	}
	switch {
	case all == 0:
		return 0, errors.New("no column of the two files can be compared")
	case share:
		return drifted / all, nil
	default:
		return drifted, nil
	}
}

// bounds are the range of a check, by default that of the reference.
func (h *holder) bounds(c *evidently.Check) (lo, hi float64, err error) {
	lo, hi = math.Inf(-1), math.Inf(1)
	if c.Left == nil && c.Right == nil {
		if h.ref == nil {
			return 0, 0, errors.New("the snapshot's range is that of the reference data: name it with --reference")
		}
		x, err := h.ref.Column(c.Column)
		if err != nil {
			return 0, 0, fmt.Errorf("the reference: %w", err)
		}
		s := stat.Finite(x.Values)
		if x.Kind != table.Number || len(s) == 0 {
			return 0, 0, errors.New("the reference column has no finite number")
		}
		return slices.Min(s), slices.Max(s), nil
	}
	if c.Left != nil {
		lo = *c.Left
	}
	if c.Right != nil {
		hi = *c.Right
	}
	return lo, hi, nil
}

// listed is the number of rows whose value is in the list of a check, by
// default the values of the reference.
func (h *holder) listed(c *evidently.Check, x *table.Column) (float64, error) {
	text, err := x.AsText()
	if err != nil {
		return 0, err
	}
	known := map[string]bool{}
	for _, v := range c.List {
		known[v] = true
	}
	if len(known) == 0 {
		if h.ref == nil {
			return 0, errors.New("the snapshot's list is that of the reference data: name it with --reference")
		}
		r, err := h.ref.Column(c.Column)
		if err == nil {
			r, err = r.AsText()
		}
		if err != nil {
			return 0, fmt.Errorf("the reference: %w", err)
		}
		for v := range r.Counts() {
			known[v] = true
		}
	}
	in := 0.0
	for v, n := range text.Counts() {
		if known[v] {
			in += float64(n)
		}
	}
	return in, nil
}

// Terminal writes the outcome as a table.
func (r *SnapshotReport) Terminal(w io.Writer, width int) error {
	var b strings.Builder
	rows := [][]string{{"VERDICT", "CHECK", "VALUE", "WANTED", ""}}
	for _, c := range r.Checks {
		verdict, value := "—", "—"
		if c.Passed != nil {
			verdict = map[bool]string{true: "ok", false: "FAIL"}[*c.Passed]
		}
		if c.Value != nil {
			value = strconv.FormatFloat(*c.Value, 'g', 6, 64)
		}
		rows = append(rows, []string{verdict, c.Check, value, c.Wanted, c.Reason})
	}
	grid(&b, rows, width)
	of := "as the snapshot recorded them"
	if r.Current != nil {
		of = fmt.Sprintf("on %s rows of %s", thousands(r.Current.Rows), r.Current.Path)
	}
	fmt.Fprintf(&b, "\n%s: %d of %d checks failed, %d could be measured, %s.\n", r.Format, r.Failed, len(r.Checks), r.Measured, of)
	if n := len(r.Skipped); n > 0 {
		fmt.Fprintf(&b, "Not checked: %s\n", strings.Join(r.Skipped, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
