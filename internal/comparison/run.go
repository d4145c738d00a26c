package comparison

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/windage-dev/windage/drift/compare"
	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/internal/table"
)

// Options say what to compare and how.
type Options struct {
	Reference, Current string
	// Columns names the columns to compare; empty means all.
	Columns []string
	// Format says how the files are written, where they do not tell.
	Format table.Format
	// Categorical names columns of numbers that are codes.
	Categorical []string
	Settings    compare.Settings
	// Progress is told the share of the work that is done; it may be nil.
	Progress func(float64)
}

// File describes one of the two files.
type File struct {
	Path string `json:"path"`
	Rows int    `json:"rows"`
	// Skipped are rows that could not be read; SkippedReason names the first.
	Skipped       int    `json:"skipped_rows,omitempty"`
	SkippedReason string `json:"skipped_reason,omitempty"`
}

// file describes an open file.
func file(path string, t table.Table) File {
	skipped := t.Skipped()
	return File{Path: path, Rows: t.Rows(), Skipped: skipped.Rows, SkippedReason: skipped.Reason}
}

// TypeChange is a column whose kind differs between the files.
type TypeChange struct {
	Column    string `json:"column"`
	Reference string `json:"reference"`
	Current   string `json:"current"`
}

// Schema names what differs in the columns themselves.
type Schema struct {
	OnlyInReference []string     `json:"only_in_reference"`
	OnlyInCurrent   []string     `json:"only_in_current"`
	TypeChanges     []TypeChange `json:"type_changes"`
}

// Report is the comparison of two files.
type Report struct {
	Reference File   `json:"reference"`
	Current   File   `json:"current"`
	Schema    Schema `json:"schema"`
	// Verdict is the worst verdict of the columns; a lost column or a changed
	// type is drift.
	Verdict compare.Verdict `json:"verdict"`
	// Drifted, Measured and Total count columns.
	Drifted  int              `json:"drifted_columns"`
	Measured int              `json:"measured_columns"`
	Total    int              `json:"columns_compared"`
	Settings Settings         `json:"settings"`
	Columns  []compare.Result `json:"columns"`
	// Rests says what intervals and p-values rest on.
	Rests string `json:"intervals_rest_on"`
	// Seconds is the wall time of the comparison.
	Seconds float64 `json:"seconds"`
}

const (
	restOnRows = "Rows are taken as independent."
	restOnDays = "Intervals rest on as many rows as those of a day are worth (design effect); sizes are those of the grid (4.4 % of a number, 0.005 of a score)."
)

// Settings are the tolerances as the report states them.
type Settings struct {
	Confidence float64 `json:"confidence"`
	Shift      float64 `json:"shift_tolerance"`
	Missing    float64 `json:"missing_tolerance"`
	Unseen     float64 `json:"unseen_tolerance"`
	Tail       float64 `json:"tail_tolerance"`
}

func stated(s compare.Settings) Settings {
	return Settings{s.Level, s.Shift, s.Missing, s.Unseen, s.Tail}
}

// pair is both files, open.
type pair struct {
	ref, cur table.Table
	names    []string // in both, in the order of the reference
	schema   Schema
}

func (p *pair) close() {
	_ = p.ref.Close()
	_ = p.cur.Close()
}

// open opens both files; strict says that they are read as pandas reads them.
func open(o Options, strict bool) (*pair, error) {
	if o.Reference == table.Stdin && o.Current == table.Stdin {
		return nil, errors.New("both files are the standard input: give one of them by its name")
	}
	opt := table.Options{Columns: o.Columns, Text: o.Categorical, Format: o.Format, Strict: strict}
	var p pair
	var err error
	if p.ref, err = table.Open(o.Reference, opt); err != nil {
		return nil, err
	}
	if p.cur, err = table.Open(o.Current, opt); err != nil {
		_ = p.ref.Close()
		return nil, err
	}
	inRef, inCur := p.ref.Names(), p.cur.Names()
	for _, n := range inRef {
		if slices.Contains(inCur, n) {
			p.names = append(p.names, n)
		} else {
			p.schema.OnlyInReference = append(p.schema.OnlyInReference, n)
		}
	}
	for _, n := range inCur {
		if !slices.Contains(inRef, n) {
			p.schema.OnlyInCurrent = append(p.schema.OnlyInCurrent, n)
		}
	}
	for _, n := range o.Columns {
		if !slices.Contains(inRef, n) && !slices.Contains(inCur, n) {
			p.close()
			return nil, fmt.Errorf("no column %q in either file", n)
		}
	}
	if len(p.names) == 0 {
		p.close()
		return nil, fmt.Errorf("the files have no column in common: %s has %s, %s has %s", o.Reference, strings.Join(inRef, ", "), o.Current, strings.Join(inCur, ", "))
	}
	return &p, nil
}

// each calls f for every column on all cores, one column of both files in
// memory per core. The scratch of a core is used from column to column.
func (p *pair) each(progress func(float64), f func(i int, ref, cur *table.Column, s *scratch) error) error {
	next := make(chan int)
	errs := make([]error, len(p.names))
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			s := &scratch{}
			for i := range next {
				ref, err := p.ref.Column(p.names[i])
				var cur *table.Column
				if err == nil {
					cur, err = p.cur.Column(p.names[i])
				}
				if err == nil {
					err = f(i, ref, cur, s)
				}
				errs[i] = err
				mu.Lock()
				done++
				if progress != nil {
					progress(float64(done) / float64(len(p.names)))
				}
				mu.Unlock()
			}
		}()
	}
	for i := range p.names {
		next <- i
	}
	close(next)
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("column %s: %w", p.names[i], err)
		}
	}
	return nil
}

type scratch struct{ sorter stat.Sorter }

// numeric cleans and sorts the values of a column in place.
func (s *scratch) numeric(c *table.Column) compare.Numeric {
	n := compare.Numeric{Rows: c.Rows, Misfits: c.Misfits, Bad: c.Bad()}
	if c.Kind == table.Empty {
		n.Missing = c.Rows
		return n
	}
	kept := c.Values[:0]
	for _, v := range c.Values {
		switch {
		case v-v == 0:
			kept = append(kept, v)
		case math.IsNaN(v):
			n.Missing++
		default:
			n.NonFinite++
		}
	}
	n.Missing -= c.Misfits
	n.Sorted = kept
	s.sorter.Sort(kept)
	return n
}

func categories(c *table.Column) compare.Categories {
	if c.Kind == table.Empty {
		return compare.Categories{Counts: map[string]int64{}, Rows: c.Rows, Missing: c.Rows}
	}
	return compare.Categories{Counts: c.Counts(), Rows: c.Rows, Missing: c.Nulls, Misfits: c.Misfits}
}

func texts(c *table.Column) compare.Texts {
	t := compare.Texts{Words: c.Words, Rows: c.Rows, Missing: c.Nulls + c.Misfits}
	for _, code := range c.Codes {
		if code != table.Null {
			t.Codes = append(t.Codes, code)
		}
	}
	return t
}

func vectors(c *table.Column) compare.Vectors {
	if c.Kind == table.Empty {
		return compare.Vectors{Rows: c.Rows, Missing: c.Rows}
	}
	return compare.Vectors{Data: c.Vectors, Dim: c.Dim, Rows: c.Rows, Missing: c.Nulls, Misfits: c.Misfits}
}

// Run compares the two files.
func Run(o Options) (*Report, error) {
	start := time.Now()
	p, err := open(o, false)
	if err != nil {
		return nil, err
	}
	defer p.close()
	rep := &Report{Reference: file(o.Reference, p.ref), Current: file(o.Current, p.cur), Schema: p.schema, Total: len(p.names),
		Settings: stated(o.Settings),
		Columns:  make([]compare.Result, len(p.names)), Rests: restOnRows}
	changes := make([]*TypeChange, len(p.names))
	err = p.each(o.Progress, func(i int, ref, cur *table.Column, s *scratch) error {
		rep.Columns[i], changes[i] = column(p.names[i], ref, cur, s, o.Settings)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		if c != nil {
			rep.Schema.TypeChanges = append(rep.Schema.TypeChanges, *c)
		}
	}
	compare.Finish(rep.Columns, o.Settings)
	rep.count()
	rep.Seconds = time.Since(start).Seconds()
	return rep, nil
}

func (r *Report) count() {
	r.Verdict = compare.NotMeasurable
	rank := map[compare.Verdict]int{compare.NotMeasurable: 0, compare.Stable: 1, compare.Small: 2, compare.Drift: 3}
	for _, c := range r.Columns {
		if c.Verdict == compare.Drift {
			r.Drifted++
		}
		if c.Verdict != compare.NotMeasurable {
			r.Measured++
		}
		if rank[c.Verdict] > rank[r.Verdict] {
			r.Verdict = c.Verdict
		}
	}
	if len(r.Schema.OnlyInReference)+len(r.Schema.TypeChanges) > 0 {
		r.Verdict = compare.Drift
	}
}

// rises reports whether whole numbers rise from nearly every row to the next;
// rows without a number are passed over.
func rises(c *table.Column) bool {
	if len(c.Values) < 100 {
		return false
	}
	up, n, last := 0, 0, math.Inf(-1)
	for _, v := range c.Values {
		if v != v {
			continue
		}
		if n++; v > last {
			up++
		}
		if last = v; v != math.Trunc(v) {
			return false
		}
	}
	return n >= 100 && up*100 >= 95*n
}

// sameKind reads the side of a column that mixes numbers with texts as the
// other side is.
func sameKind(ref, cur *table.Column) (*table.Column, *table.Column) {
	switch {
	case ref.Kind == table.Number && cur.Kind == table.Text:
		if n, ok := cur.AsNumbers(); ok {
			return ref, n
		}
	case ref.Kind == table.Text && cur.Kind == table.Number:
		if n, ok := ref.AsNumbers(); ok {
			return n, cur
		}
	}
	return ref, cur
}

// column compares one column by the kinds of its two sides.
func column(name string, ref, cur *table.Column, s *scratch, set compare.Settings) (compare.Result, *TypeChange) {
	ref, cur = sameKind(ref, cur)
	kind := ref.Kind
	if kind == table.Empty || cur.Kind == table.Unsupported {
		kind = cur.Kind
	}
	if cur.Kind != kind && cur.Kind != table.Empty && ref.Kind != table.Unsupported {
		change := &TypeChange{name, ref.Kind.String(), cur.Kind.String()}
		return compare.Result{Column: name, Kind: change.Reference + " → " + change.Current, Verdict: compare.Drift,
			Reference: compare.Side{Rows: ref.Rows, Missing: ref.Nulls}, Current: compare.Side{Rows: cur.Rows, Missing: cur.Nulls},
			Reason: fmt.Sprintf("the type changed from %s to %s", change.Reference, change.Current)}, change
	}
	refuse := func(reason string) (compare.Result, *TypeChange) {
		return compare.Result{Column: name, Kind: kind.String(), Verdict: compare.NotMeasurable, Reason: reason,
			Reference: compare.Side{Rows: ref.Rows, Missing: ref.Nulls}, Current: compare.Side{Rows: cur.Rows, Missing: cur.Nulls}}, nil
	}
	switch kind {
	case table.Number:
		if a, b := rises(ref), rises(cur); a && b {
			return refuse("its whole numbers only rise, on both sides: it looks like an identifier or a counter")
		}
		return compare.CompareNumbers(name, s.numeric(ref), s.numeric(cur), set), nil
	case table.Text:
		if reason := mixed(ref, cur); reason != "" {
			return refuse(reason)
		}
		if compare.LooksLikeText(ref.Words, ref.Rows) && ref.Kind == cur.Kind {
			return compare.CompareTexts(name, texts(ref), texts(cur), set), nil
		}
		return compare.CompareCategories(name, categories(ref), categories(cur), set), nil
	case table.Vector:
		return compare.CompareVectors(name, vectors(ref), vectors(cur), set), nil
	case table.Time:
		return refuse(fmt.Sprintf("it holds instants, which move by themselves: %s, then %s", span(ref), span(cur)))
	case table.Unsupported:
		// What cannot be read has not been seen to change.
		if ref.Reason != "" {
			return refuse("on the reference side " + ref.Reason)
		}
		return refuse("on the current side " + cur.Reason)
	default:
		if ref.Rows == 0 && cur.Rows == 0 {
			return refuse("neither side has rows")
		}
		return refuse("every value is missing on both sides")
	}
}

// mixed refuses a text column with many different values of which some are
// numbers and some are not.
func mixed(ref, cur *table.Column) string {
	for _, c := range []*table.Column{ref, cur} {
		numbers := 0
		for _, w := range c.Words {
			if table.IsNumber(w) {
				numbers++
			}
		}
		if n := len(c.Words); n > 50 && numbers > n/20 && n-numbers > n/20 {
			return fmt.Sprintf("it mixes numbers and texts (%d and %d different ones)", numbers, n-numbers)
		}
	}
	return ""
}

func span(c *table.Column) string {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range c.Values {
		if v == v {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if hi < lo {
		return "nothing"
	}
	day := func(v float64) string { return time.Unix(int64(v), 0).UTC().Format(time.RFC3339) }
	return day(lo) + " to " + day(hi)
}
