package release

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/windage-dev/windage/internal/table"
	"github.com/windage-dev/windage/quality/gate"
)

// Results are the eval results of both sides, case by case.
type Results struct {
	// Pairs by metric, in the order of the baseline's cases.
	Pairs map[string][]gate.Pair
	Cases int
	Notes []string
	// Unread says of columns why they cannot be read.
	Unread map[string]string
}

// ResultFiles says where results are and how they are laid out: CSV, TSV, JSON
// lines or Parquet, a row for each case, a column for each metric.
type ResultFiles struct {
	Baseline, Candidate string
	ID                  string   // column that names the case
	Cluster             string   // column that names what cases are alike by; may be ""
	Same                []string // columns that must not differ between the sides, such as the judge's version
}

// ReadResults reads both files and pairs their rows by case. A case that only
// one side ran is a pair with one result missing.
func ReadResults(f ResultFiles) (*Results, error) {
	base, err := readSide(f.Baseline, f)
	if err != nil {
		return nil, err
	}
	cand, err := readSide(f.Candidate, f)
	if err != nil {
		return nil, err
	}
	if err := f.sameConditions(base, cand); err != nil {
		return nil, err
	}
	r := &Results{Pairs: map[string][]gate.Pair{}, Unread: map[string]string{}}
	for _, side := range []*results{base, cand} {
		r.Notes = append(r.Notes, side.notes...)
		maps.Copy(r.Unread, side.unread)
	}
	ids := append([]string(nil), base.ids...)
	for _, id := range cand.ids {
		if _, ok := base.row[id]; !ok {
			ids = append(ids, id)
		}
	}
	r.Cases = len(ids)
	var names []string
	for n := range base.metrics {
		names = append(names, n)
	}
	for n := range cand.metrics {
		if _, ok := base.metrics[n]; !ok {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		pairs := make([]gate.Pair, len(ids))
		for i, id := range ids {
			pairs[i] = gate.Pair{Baseline: base.value(n, id), Candidate: cand.value(n, id), Cluster: base.cluster(id)}
			if pairs[i].Cluster == "" {
				pairs[i].Cluster = cand.cluster(id)
			}
		}
		r.Pairs[n] = pairs
	}
	if only := len(ids) - len(cand.ids); only > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d of %d cases are missing from the candidate's results", only, len(ids)))
	}
	if only := len(ids) - len(base.ids); only > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d of %d cases are missing from the baseline's results", only, len(ids)))
	}
	return r, nil
}

// results are those of one side.
type results struct {
	path     string
	ids      []string
	row      map[string]int
	metrics  map[string][]float64
	clusters []string
	same     map[string][]string
	notes    []string
	unread   map[string]string
}

func (r *results) value(metric, id string) float64 {
	v, ok := r.metrics[metric]
	i, has := r.row[id]
	if !ok || !has {
		return math.NaN()
	}
	return v[i]
}

func (r *results) cluster(id string) string {
	if i, ok := r.row[id]; ok && r.clusters != nil {
		return r.clusters[i]
	}
	return ""
}

func readSide(path string, f ResultFiles) (*results, error) {
	text := append([]string{f.ID}, f.Same...)
	if f.Cluster != "" {
		text = append(text, f.Cluster)
	}
	t, err := table.Open(path, table.Options{Text: text})
	if err != nil {
		return nil, err
	}
	defer t.Close()
	out := &results{path: path, row: map[string]int{}, metrics: map[string][]float64{}, same: map[string][]string{}, unread: map[string]string{}}
	if bad := t.Skipped(); bad.Rows > 0 {
		out.notes = append(out.notes, fmt.Sprintf("%s: %d rows could not be read: %s", path, bad.Rows, bad.Reason))
	}
	words := func(name, flag string) ([]string, error) {
		if !slices.Contains(t.Names(), name) {
			return nil, fmt.Errorf("%s has no column %q; it has %s (%s names another)", path, name, strings.Join(t.Names(), ", "), flag)
		}
		c, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		return texts(c)
	}
	if out.ids, err = words(f.ID, "--id"); err != nil {
		return nil, err
	}
	for i, id := range out.ids {
		if id == "" {
			return nil, fmt.Errorf("%s, row %d: the case has no %s", path, i+1, f.ID)
		}
		if first, twice := out.row[id]; twice {
			return nil, fmt.Errorf("%s, row %d: case %q was there already in row %d: one row for each case", path, i+1, id, first+1)
		}
		out.row[id] = i
	}
	if f.Cluster != "" {
		if out.clusters, err = words(f.Cluster, "--cluster-by"); err != nil {
			return nil, err
		}
	}
	for _, n := range f.Same {
		if out.same[n], err = words(n, "--same"); err != nil {
			return nil, err
		}
	}
	for _, n := range t.Names() {
		if slices.Contains(text, n) {
			continue
		}
		c, err := t.Column(n)
		if err != nil {
			return nil, err
		}
		if c.Kind == table.Unsupported {
			out.unread[n] = c.Reason
			out.notes = append(out.notes, fmt.Sprintf("%s: column %s is left out: %s", path, n, c.Reason))
		}
		if v, ok := numbers(c); ok {
			out.metrics[n] = v
			if bad := c.Bad(); bad != "" && c.Kind == table.Number {
				out.notes = append(out.notes, fmt.Sprintf("%s: column %s: %s", path, n, bad))
			}
		}
	}
	return out, nil
}

// texts are the rows of a column as texts, "" where there is none.
func texts(c *table.Column) ([]string, error) {
	if c.Kind == table.Empty {
		return make([]string, c.Rows), nil
	}
	c, err := c.AsText()
	if err != nil {
		return nil, err
	}
	out := make([]string, len(c.Codes))
	for i, code := range c.Codes {
		if code != table.Null {
			out[i] = c.Words[code]
		}
	}
	return out, nil
}

// verdicts are the words that evaluation tools write for a case that held or
// did not.
var verdicts = map[string]float64{
	"true": 1, "pass": 1, "passed": 1, "yes": 1, "success": 1, "correct": 1,
	"false": 0, "fail": 0, "failed": 0, "no": 0, "failure": 0, "incorrect": 0,
}

// numbers are the rows of a column that measures something: numbers, or words
// of verdicts as 1 and 0. Missing ones are NaN, and so are infinite ones, which
// have no mean. Another word ("error", "timeout") among them is a case without
// a result, but a column of many different words is one of texts.
func numbers(c *table.Column) ([]float64, bool) {
	if n, ok := c.AsNumbers(); ok {
		c = n
	}
	switch c.Kind {
	case table.Number:
		out := slices.Clone(c.Values)
		for i, v := range out {
			if math.IsInf(v, 0) {
				out[i] = math.NaN()
			}
		}
		return out, true
	case table.Empty:
		out := make([]float64, c.Rows)
		for i := range out {
			out[i] = math.NaN()
		}
		return out, true
	case table.Text:
	default:
		return nil, false
	}
	values := make([]float64, len(c.Words))
	others := 0
	for i, w := range c.Words {
		w = strings.ToLower(strings.TrimSpace(w))
		v, ok := verdicts[w]
		if !ok {
			n, err := strconv.ParseFloat(w, 64)
			v, ok = n, err == nil && !math.IsInf(n, 0)
		}
		if values[i] = v; !ok {
			values[i] = math.NaN()
			others++
		}
	}
	out := make([]float64, len(c.Codes))
	rows := 0
	for i, code := range c.Codes {
		if out[i] = math.NaN(); code != table.Null {
			out[i] = values[code]
		}
		if !math.IsNaN(out[i]) {
			rows++
		}
	}
	return out, rows > 0 && rows >= others
}

// sameConditions holds the sides to the same judge, settings or whatever else
// was named: a difference there would be taken for one of the candidate.
func (f ResultFiles) sameConditions(a, b *results) error {
	for _, n := range f.Same {
		for i, id := range a.ids {
			j, ok := b.row[id]
			if ok && a.same[n][i] != b.same[n][j] {
				return fmt.Errorf("case %s was run with %s %q by the baseline and %q by the candidate: the two cannot be compared; run both with the same", id, n, a.same[n][i], b.same[n][j])
			}
		}
	}
	return nil
}
