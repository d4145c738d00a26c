package comparison

import (
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/windage-dev/windage/drift/compare"
)

// bars are the heights of a small histogram.
var bars = []rune(" ▁▂▃▄▅▆▇█")

// spark draws shares as a line of bars, the highest of peak full.
func spark(shares []float64, peak float64) string {
	out := make([]rune, len(shares))
	for i, v := range shares {
		k := 0
		if v > 0 && peak > 0 {
			k = min(1+int(v/peak*float64(len(bars)-2)+.5), len(bars)-1)
		}
		out[i] = bars[k]
	}
	return string(out)
}

func peak(h *compare.Histogram) (top float64) {
	for _, side := range [][]float64{h.Reference, h.Current} {
		for _, v := range side {
			top = max(top, v)
		}
	}
	return top
}

// words are the verdicts as people read them.
var words = map[compare.Verdict]string{
	compare.Drift: "DRIFT", compare.Small: "small", compare.Stable: "stable", compare.NotMeasurable: "—",
}

// ranked gives the columns from the worst verdict and the largest effect on.
func ranked(cols []compare.Result) []compare.Result {
	rank := map[compare.Verdict]int{compare.Drift: 0, compare.Small: 1, compare.Stable: 2, compare.NotMeasurable: 3}
	out := append([]compare.Result(nil), cols...)
	sort.SliceStable(out, func(i, j int) bool {
		if a, b := rank[out[i].Verdict], rank[out[j].Verdict]; a != b {
			return a < b
		}
		return strength(out[i]) > strength(out[j])
	})
	return out
}

// effect is the statistic that a column is judged by first.
func effect(r compare.Result) *compare.Statistic {
	for i, s := range r.Statistics {
		if s.Name == "ks" || s.Name == "total_variation" {
			return &r.Statistics[i]
		}
	}
	return nil
}

func strength(r compare.Result) float64 {
	top := 0.0
	if e := effect(r); e != nil {
		top = e.Value
	}
	for _, p := range r.Parts {
		top = max(top, strength(p))
	}
	return top
}

// short writes a number with three significant digits.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }

func effectText(r compare.Result) string {
	e := effect(r)
	if e == nil {
		return ""
	}
	name := "D"
	if e.Name == "total_variation" {
		name = "TV"
	}
	s := fmt.Sprintf("%s %.3f", name, e.Value)
	if e.Low != nil && e.High != nil {
		s += fmt.Sprintf(" [%.3f, %.3f]", *e.Low, *e.High)
	}
	return s
}

// Terminal writes the report as a table. width is the width of the terminal; 0
// means that lines may have any length.
func (r *Report) Terminal(w io.Writer, width int) error {
	var b strings.Builder
	head(&b, r.Reference, r.Current, r.Schema)
	rows := [][]string{{"VERDICT", "COLUMN", "KIND", fmt.Sprintf("EFFECT (%g %%)", 100*r.Settings.Confidence), "REFERENCE", "CURRENT", "WHY"}}
	for _, c := range ranked(r.Columns) {
		rows = append(rows, line(c, ""))
		for _, p := range c.Parts {
			rows = append(rows, line(p, "  "))
		}
	}
	grid(&b, rows, width)
	fmt.Fprintf(&b, "\n%d of %d columns drifted, %d measured. D is the largest gap between the distribution functions,\nTV the total variation distance. Drift is an effect above its tolerance with %g %% confidence:\nshift %g, missing %g, unseen categories %g, tail %g (shares of rows). %s\n",
		r.Drifted, r.Total, r.Measured, 100*r.Settings.Confidence, r.Settings.Shift, r.Settings.Missing, r.Settings.Unseen, r.Settings.Tail, r.Rests)
	_, err := io.WriteString(w, b.String())
	return err
}

func line(c compare.Result, indent string) []string {
	row := []string{words[c.Verdict], indent + c.Column, c.Kind, effectText(c), "", "", c.Reason}
	if h := c.Histogram; h != nil {
		top := peak(h)
		row[4], row[5] = spark(h.Reference, top), spark(h.Current, top)
	}
	if len(c.Parts) > 0 {
		row[6] = ""
	}
	return row
}

func head(b *strings.Builder, ref, cur File, s Schema) {
	fmt.Fprintf(b, "reference  %s\ncurrent    %s\n", ref, cur)
	if len(s.OnlyInReference) > 0 {
		fmt.Fprintf(b, "lost       %s\n", strings.Join(s.OnlyInReference, ", "))
	}
	if len(s.OnlyInCurrent) > 0 {
		fmt.Fprintf(b, "new        %s\n", strings.Join(s.OnlyInCurrent, ", "))
	}
	b.WriteString("\n")
}

// String names the file and its rows.
func (f File) String() string {
	s := fmt.Sprintf("%s  %s rows", f.Path, thousands(f.Rows))
	if f.Skipped > 0 {
		s += fmt.Sprintf(" (%s left out: %s)", thousands(f.Skipped), f.SkippedReason)
	}
	return s
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// grid writes rows with aligned columns; the last one is cut to the width.
func grid(b *strings.Builder, rows [][]string, width int) {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			wide[i] = max(wide[i], min(utf8.RuneCountInString(cell), 40))
		}
	}
	for _, row := range rows {
		var l strings.Builder
		for i, cell := range row {
			if i == len(row)-1 {
				l.WriteString(cell)
				break
			}
			cell = cut(cell, 40)
			l.WriteString(cell + strings.Repeat(" ", wide[i]-utf8.RuneCountInString(cell)+2))
		}
		text := strings.TrimRight(l.String(), " ")
		if width > 0 {
			text = cut(text, width)
		}
		b.WriteString(text + "\n")
	}
}

func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:max(n-1, 0)]) + "…"
}

// Terminal writes Evidently's numbers as a table.
func (r *EvidentlyReport) Terminal(w io.Writer, width int) error {
	var b strings.Builder
	head(&b, r.Reference, r.Current, r.Schema)
	rows := [][]string{{"VERDICT", "COLUMN", "METHOD", "VALUE", "THRESHOLD", "ROWS", ""}}
	for _, c := range r.Columns {
		verdict, value := "stable", "—"
		switch {
		case c.Method == "":
			verdict = "—"
		case c.Drifted:
			verdict = "DRIFT"
		}
		if c.Value != nil {
			value = strconv.FormatFloat(*c.Value, 'g', 6, 64)
		}
		row := []string{verdict, c.Column, c.Method, value, "", "", c.Reason}
		if c.Method != "" {
			row[4], row[5] = short(c.Threshold), fmt.Sprintf("%s / %s", thousands(c.N), thousands(c.M))
		}
		rows = append(rows, row)
	}
	grid(&b, rows, width)
	verdict := "no drift of the data set"
	if r.Drift {
		verdict = "the data set drifted"
	}
	fmt.Fprintf(&b, "\nEvidently's DataDriftPreset: %d of %d columns drifted, a share of %.4g against %g: %s.\n", r.Drifted, r.Measured, r.Share, r.Threshold, verdict)
	_, err := io.WriteString(w, b.String())
	return err
}
