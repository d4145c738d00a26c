package release

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/windage-dev/windage/internal/tabular"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/quality/gate"
)

// columns are those of the tables for people.
var columns = []string{"verdict", "metric", "role", "from", "baseline", "candidate", "change", "interval", "margin", "why"}

func (r *Report) rows() (out [][]string) {
	for _, c := range r.Checks {
		row := []string{strings.ToUpper(string(c.Verdict)), c.Metric, string(c.Role), string(c.Source), amount(c.Baseline, c.Unit), amount(c.Candidate, c.Unit), "", "", c.Margin, c.Why}
		if c.Change.Measured() {
			row[6] = change(*c.Change.Value, c.Unit)
			if i := c.Change.Interval; i != nil {
				row[7] = change(i.Low, c.Unit) + " to " + change(i.High, c.Unit)
			}
		}
		out = append(out, row)
	}
	return out
}

func amount(e model.Estimate, u model.Unit) string {
	if !e.Measured() {
		return "not measured"
	}
	return fmt.Sprintf("%s (n=%d)", quality.Format(*e.Value, u), e.N)
}

// change is a difference for people: of shares in percentage points.
func change(v float64, u model.Unit) string {
	sign := "+"
	if v < 0 {
		sign = "-"
	}
	v = math.Abs(v)
	if u == model.UnitRatio {
		return fmt.Sprintf("%s%.1f pp", sign, 100*v)
	}
	return sign + quality.Format(v, u)
}

// Headline is the verdict in one sentence.
func (r *Report) Headline() string {
	of := ""
	if r.Product != "" {
		of = " of " + r.Product
	}
	return fmt.Sprintf("%s: %s%s against %s", strings.ToUpper(string(r.Verdict)), r.Candidate.name(), of, r.Baseline.name())
}

func (s SideReport) name() string {
	var parts []string
	for _, p := range []string{s.Side, s.Results} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " with ")
}

func (s SideReport) traffic() string {
	if s.First.IsZero() {
		return "nothing"
	}
	return fmt.Sprintf("%d closed tasks and %d calls, from %s to %s", s.Tasks, s.Calls, s.First.Format(time.RFC3339), s.Last.Add(time.Hour).Format(time.RFC3339))
}

// facts are the lines below the headline: what was compared, and how surely.
func (r *Report) facts() (out []string) {
	if r.Baseline.Side != "" {
		out = append(out, "baseline: "+r.Baseline.traffic(), "candidate: "+r.Candidate.traffic())
	}
	if r.Cases > 0 {
		out = append(out, fmt.Sprintf("eval results: %d cases, compared case by case", r.Cases))
	}
	how := "at one look"
	if r.Sequential {
		how = "at every look"
	}
	out = append(out, fmt.Sprintf("a metric worse by its margin passes with a chance of at most %g %%, %s", 100*r.Alpha, how))
	if r.Split != nil && !r.Split.Mismatch {
		out = append(out, fmt.Sprintf("shares: %.2f %% of the tasks are the candidate's, %.2f %% were planned (p = %.2g)", 100*r.Split.Observed, 100*r.Split.Expected, r.Split.P))
	}
	for _, n := range r.Notes {
		out = append(out, "note: "+n)
	}
	return out
}

// WriteText writes the report for a terminal.
func (r *Report) WriteText(out io.Writer) error {
	w, err := tabular.New("table", out)
	if err != nil {
		return err
	}
	if err := w.Columns(columns); err != nil {
		return err
	}
	for _, row := range r.rows() {
		values := make([]any, len(row))
		for i, v := range row {
			values[i] = v
		}
		if err := w.Row(values); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("\n")
	for _, f := range r.facts() {
		b.WriteString(f + "\n")
	}
	b.WriteString("\n" + r.Headline() + "\n")
	for _, why := range r.Why {
		b.WriteString("  " + why + "\n")
	}
	_, err = io.WriteString(out, b.String())
	return err
}

// WriteJSON writes the report for programs.
func (r *Report) WriteJSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// WriteMarkdown writes the report for a pull request.
func (r *Report) WriteMarkdown(out io.Writer) error {
	cell := strings.NewReplacer("|", "\\|", "\n", " ")
	var b strings.Builder
	fmt.Fprintf(&b, "## Release gate: %s\n\n", cell.Replace(r.Headline()))
	for _, why := range r.Why {
		fmt.Fprintf(&b, "- %s\n", why)
	}
	if len(r.Why) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("| " + strings.Join(columns, " | ") + " |\n|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, row := range r.rows() {
		for i := range row {
			row[i] = cell.Replace(row[i])
		}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	b.WriteString("\n")
	for _, f := range r.facts() {
		fmt.Fprintf(&b, "- %s\n", f)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// The JUnit form: a test case for each check. What could not be told is an
// error, so that a CI system does not take it for a pass or a skip.
type (
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"timestamp,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string      `xml:"classname,attr"`
		Name    string      `xml:"name,attr"`
		Failure *junitFault `xml:"failure,omitempty"`
		Error   *junitFault `xml:"error,omitempty"`
		Skipped *junitFault `xml:"skipped,omitempty"`
		Output  string      `xml:"system-out,omitempty"`
	}
	junitFault struct {
		Message string `xml:"message,attr"`
	}
)

// WriteJUnit writes the report as a JUnit test suite.
func (r *Report) WriteJUnit(out io.Writer) error {
	s := junitSuite{Name: "release gate " + r.Headline(), Time: r.At.UTC().Format("2006-01-02T15:04:05")}
	add := func(c junitCase) {
		s.Tests++
		if c.Failure != nil {
			s.Failures++
		}
		if c.Error != nil {
			s.Errors++
		}
		s.Cases = append(s.Cases, c)
	}
	rows := r.rows()
	for i, c := range r.Checks {
		t := junitCase{Class: "gate." + string(c.Source), Name: c.Metric}
		for k := 4; k <= 8; k++ {
			t.Output += columns[k] + ": " + rows[i][k] + "\n"
		}
		switch {
		case c.Role == gate.Advisory:
			t.Skipped = &junitFault{"does not decide: " + c.Why}
		case c.Verdict == gate.Fail:
			t.Failure = &junitFault{c.Why}
		case c.Verdict == gate.Inconclusive && c.Role == gate.Guardrail:
			t.Error = &junitFault{c.Why}
		}
		add(t)
	}
	if r.Split != nil {
		t := junitCase{Class: "gate.traffic", Name: "sample_ratio"}
		if r.Split.Mismatch {
			t.Failure = &junitFault{r.Split.Why}
		}
		add(t)
	}
	if r.Verdict != gate.Pass && s.Failures+s.Errors == 0 {
		add(junitCase{Class: "gate", Name: "verdict", Error: &junitFault{strings.Join(r.Why, "; ")}})
	}
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(out)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(out, "\n")
	return err
}
