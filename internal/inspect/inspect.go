package inspect

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/normalize"
	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

// Options says what is printed.
type Options struct {
	Summary bool // totals instead of rows
	Tree    bool // each trace as a tree instead of rows
	Explain bool // with each row, which attribute or rule gave each field
	JSON    bool // the summary as JSON
	Content bool // print what people and models said
	UserKey []byte
	Book    *cost.Book
}

// ErrUnread is returned when some input could not be read; the rest was.
var ErrUnread = errors.New("some requests could not be read")

// report is everything read.
type report struct {
	rows    []*model.Span
	signals []model.Signal
	points  []model.UsagePoint
	why     map[*model.Span][]normalize.Source
	puzzles map[puzzleKey]*Puzzle
	tasks   map[*model.Span]bool // plain spans that are the task of their trace
}

// Puzzle is traffic that was not understood.
type Puzzle struct {
	Reason  string   `json:"reason"`
	Count   int      `json:"count"`
	Scope   string   `json:"scope,omitempty"`
	Span    string   `json:"span,omitempty"`       // name of the first
	Example []string `json:"attributes,omitempty"` // names only
}

type puzzleKey struct{ reason, scope string }

// maxPuzzles bounds how many are told apart; the others add up by reason.
const maxPuzzles = 64

// Files reads export requests from files ("-" is stdin) and prints what
// windage makes of them.
func Files(stdin io.Reader, stdout, stderr io.Writer, files []string, o Options) error {
	r, n, err := newReport(o)
	if err != nil {
		return err
	}
	unread := false
	bad := func(err error) {
		unread = true
		_, _ = fmt.Fprintln(stderr, "windage: inspect:", err)
	}
	s := sink{
		traces: func(td ptrace.Traces) { r.rows = append(r.rows, n.Traces(td)...) },
		logs: func(ld plog.Logs) {
			rows, signals := n.Logs(ld)
			r.rows, r.signals = append(r.rows, rows...), append(r.signals, signals...)
		},
		metrics: func(md pmetric.Metrics) {
			r.points = append(r.points, n.Metrics(md, normalize.MetricsTold{Refused: r.refused})...)
		},
	}
	for _, f := range files {
		if err := s.readFile(f, stdin, bad); err != nil {
			return err
		}
	}
	r.rows = append(r.rows, n.Complete(r.rows)...)
	r.settle(o.Book)
	if r.empty() && !unread {
		_, _ = fmt.Fprintln(stderr, "windage: inspect: nothing was read: the input holds no span, log record or metric of generative AI")
	}
	if err := r.print(stdout, o); err != nil {
		return err
	}
	if unread {
		return ErrUnread
	}
	return nil
}

// empty reports whether nothing is to be told of.
func (r *report) empty() bool {
	return len(r.rows) == 0 && len(r.signals) == 0 && len(r.points) == 0 && len(r.puzzles) == 0
}

func newReport(o Options) (*report, *normalize.Normalizer, error) {
	r := &report{why: map[*model.Span][]normalize.Source{}, puzzles: map[puzzleKey]*Puzzle{}}
	opts := normalize.Options{KeepContent: o.Content, UserKey: o.UserKey, NotUnderstood: r.puzzle}
	if o.Explain {
		opts.Explain = func(row *model.Span, why []normalize.Source) { r.why[row] = why }
	}
	n, err := normalize.New(opts)
	return r, n, err
}

// refused notes a data point that could not be read.
func (r *report) refused(reason string) { r.puzzle(reason, &model.Span{}, nil) }

func (r *report) puzzle(reason string, row *model.Span, keys []string) {
	k := puzzleKey{reason, row.ScopeName}
	p := r.puzzles[k]
	if p == nil && len(r.puzzles) >= maxPuzzles {
		k.scope = ""
		p = r.puzzles[k]
	}
	if p == nil {
		p = &Puzzle{Reason: reason, Scope: k.scope, Span: row.Name, Example: slices.Clone(keys)}
		r.puzzles[k] = p
	}
	p.Count++
}

// settle decides which rows count, and prices every call.
func (r *report) settle(book *cost.Book) {
	count.Merge(r.rows)
	r.tasks = taskRoots(r.rows)
	for _, row := range r.rows {
		price(book, row)
	}
	for _, row := range r.rows {
		r.signals = append(r.signals, row.Signals...)
	}
}

func price(book *cost.Book, row *model.Span) {
	if book != nil && row.MayCount() {
		c := book.Price(row)
		row.Cost = &c
	}
}

func (r *report) print(w io.Writer, o Options) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var err error
	switch {
	case o.Summary:
		err = r.summary(out, o.JSON)
	case o.Tree:
		err = r.tree(out)
	default:
		err = r.lines(out, o)
	}
	return cmp.Or(err, out.Flush())
}

// line is one row as printed.
type line struct {
	Kind model.Kind `json:"kind"` // as settled
	*model.Span
	// these shadow the row's own, to print null where it omits
	UsageSource        *model.UsageSource `json:"usage_source"`
	CostUSD            json.RawMessage    `json:"cost_usd"`
	CostStatus         *model.CostStatus  `json:"cost_status"`
	CostReason         string             `json:"cost_reason,omitempty"`
	CostMatched        string             `json:"cost_matched_model,omitempty"`
	CostRow            string             `json:"cost_price_row,omitempty"`
	CostTable          string             `json:"cost_table_sha256,omitempty"`
	ReportedCost       json.RawMessage    `json:"reported_cost,omitempty"`
	InputChars         *int64             `json:"input_chars,omitempty"`
	OutputChars        *int64             `json:"output_chars,omitempty"`
	Content            *content           `json:"content,omitempty"`
	Rest               map[string]string  `json:"rest,omitempty"`
	Explain            []normalize.Source `json:"explain,omitempty"`
	CostCounted        bool               `json:"cost_counted"`
	CostSuppressedBy   string             `json:"cost_suppressed_by,omitempty"`
	CostSuppressedRule string             `json:"cost_suppressed_rule,omitempty"`
}

type content struct {
	System string `json:"system,omitempty"`
	Input  string `json:"input,omitempty"`
	Output string `json:"output,omitempty"`
	Tools  string `json:"tools,omitempty"`
}

func (r *report) line(row *model.Span) line {
	l := line{Kind: r.kind(row), Span: row, CostUSD: json.RawMessage("null"), CostCounted: row.CostCounted, CostSuppressedBy: row.CostSuppressedBy, CostSuppressedRule: row.CostSuppressedRule}
	if row.UsageSource != "" {
		l.UsageSource = &row.UsageSource
	}
	if c := row.Cost; c != nil {
		l.CostStatus, l.CostReason, l.CostMatched, l.CostRow, l.CostTable = &c.Status, c.Reason, c.Matched, c.Row, c.Table
		if c.Status != model.CostUnpriced {
			l.CostUSD = json.RawMessage(c.USD.String())
		}
	}
	if row.ReportedCost != nil {
		l.ReportedCost = json.RawMessage(row.ReportedCost.String())
	}
	if row.InputChars.Known {
		l.InputChars = &row.InputChars.N
	}
	if row.OutputChars.Known {
		l.OutputChars = &row.OutputChars.N
	}
	if row.Content != nil {
		c := content(*row.Content)
		l.Content = &c
	}
	if len(row.Rest) > 0 {
		l.Rest = make(map[string]string, len(row.Rest))
		for _, a := range row.Rest {
			l.Rest[a.Key] = a.Value
		}
	}
	return l
}

// signalLine is one signal as printed; its kind is one of the kinds of row.
type signalLine struct {
	model.Signal
	Row string `json:"row"` // always "signal"
}

func (r *report) lines(w io.Writer, o Options) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, row := range r.rows {
		l := r.line(row)
		l.Explain = r.why[row]
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	for _, s := range r.signals {
		if err := enc.Encode(signalLine{s, "signal"}); err != nil {
			return err
		}
	}
	for _, u := range metricTotals(r.points) {
		if err := enc.Encode(u); err != nil {
			return err
		}
	}
	return nil
}
