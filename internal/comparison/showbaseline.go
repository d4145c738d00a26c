package comparison

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/windage-dev/windage/drift/baseline"
)

// Baselines are shown as a list.
type Baselines []baseline.Head

// Terminal writes the list as a table.
func (l Baselines) Terminal(w io.Writer, width int) error {
	if len(l) == 0 {
		_, err := io.WriteString(w, "Nothing is pinned. `windage baseline pin NAME` pins what the store holds.\n")
		return err
	}
	var b strings.Builder
	rows := [][]string{{"BASELINE", "PRODUCT", "SOURCE", "FROM", "UNTIL", "SERIES", "ROWS", "SHA256", "PINNED", "STATE"}}
	for _, h := range l {
		state := "in use"
		if h.Retired() {
			state = "retired " + day(h.RetiredAt) + " by " + h.RetiredBy
			if h.Why != "" {
				state += ": " + h.Why
			}
		} else if h.Note != "" {
			state += ": " + h.Note
		}
		source := string(h.Source)
		if h.Origin != "" {
			source = h.Origin
		}
		rows = append(rows, []string{h.ID(), h.Product, source, day(h.From), day(h.Until), strconv.Itoa(h.Series), thousands(int(h.Rows)),
			fmt.Sprintf("%.8s", h.Hash), day(h.PinnedAt) + " by " + h.PinnedBy, state})
	}
	grid(&b, rows, width)
	_, err := io.WriteString(w, b.String())
	return err
}

func day(t time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.UTC().Format(time.DateOnly)
	default:
		return t.UTC().Format("2006-01-02 15:04")
	}
}

// Baseline is a baseline as it is shown.
type Baseline struct {
	baseline.Head
	SeriesOf []baseline.Summary `json:"series_of"`
}

// Terminal writes what the baseline holds.
func (x Baseline) Terminal(w io.Writer, width int) error {
	var b strings.Builder
	line := func(k, v string) {
		if v != "" {
			fmt.Fprintf(&b, "%-10s %s\n", k, v)
		}
	}
	line("baseline", x.ID())
	line("product", x.Product)
	line("source", strings.TrimSpace(string(x.Source)+" "+x.Origin))
	if x.Timeless() {
		line("window", "without times")
	} else {
		line("window", day(x.From)+" to "+day(x.Until))
	}
	line("sha256", x.Hash)
	line("pinned", x.PinnedAt.Format(time.RFC3339)+" by "+x.PinnedBy+", windage "+x.Code+", windage.yaml "+x.Config)
	line("note", x.Note)
	if x.Retired() {
		line("retired", strings.TrimSpace(x.RetiredAt.Format(time.RFC3339)+" by "+x.RetiredBy+" "+x.Why))
	}
	b.WriteString("\n")
	rows := [][]string{{"SERIES", "KIND", "ROWS", "WORTH", "MISSING", "HISTOGRAM", "MEAN ± SD", "P50", "P95", "MIN TO MAX, OR VALUES"}}
	for _, s := range x.SeriesOf {
		rows = append(rows, describe(s))
	}
	grid(&b, rows, width)
	b.WriteString("\nWORTH is the number of independent rows that the rows are worth, from how days differ.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func describe(s baseline.Summary) []string {
	missing := "0"
	if n := s.Missing + s.Bad; n > 0 && s.Rows > 0 {
		missing = fmt.Sprintf("%.3g %%", 100*float64(n)/float64(s.Rows))
	}
	row := []string{s.Series, s.Kind, thousands(int(s.Rows)), thousands(int(s.Worth)), missing, "", "", "", "", ""}
	if h := s.Histogram; h != nil {
		top := 0.0
		for _, v := range h.Shares {
			top = max(top, v)
		}
		row[5] = spark(h.Shares, top)
		var values []string
		for i, l := range h.Labels[:min(len(h.Labels), 5)] {
			values = append(values, fmt.Sprintf("%s %.3g %%", l, 100*h.Shares[i]))
		}
		row[9] = strings.Join(values, ", ")
		if rest := s.Distinct - len(values); s.Distinct > 0 && rest > 0 {
			row[9] += fmt.Sprintf(", %d more", rest)
		}
	}
	if n := s.Numbers; n != nil {
		row[6], row[7], row[8] = short(n.Mean)+" ± "+short(n.SD), short(n.P50), short(n.P95)
		row[9] = short(n.Min) + " to " + short(n.Max)
	}
	return row
}
