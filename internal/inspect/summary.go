package inspect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/windage-dev/windage/model"
)

// Summary is what a set of rows adds up to.
type Summary struct {
	Rows          map[string]int `json:"rows"` // by kind
	Calls         []ModelTotal   `json:"calls"`
	CostUSD       Amount         `json:"cost_usd"`
	UnpricedCalls int            `json:"unpriced_calls"`
	Unpriced      map[string]int `json:"unpriced,omitempty"`      // those calls by the cost's reason
	UnknownUsage  map[string]int `json:"unknown_usage,omitempty"` // calls by why all or some of their usage is unknown
	Suppressed    map[string]int `json:"suppressed,omitempty"`    // rows that tell of a call or tool run once more, by rule
	Inconsistent  int            `json:"inconsistent,omitempty"`  // calls whose usage does not add up, or cannot be
	Dialects      map[string]int `json:"dialects"`
	Signals       map[string]int `json:"signals,omitempty"` // by name
	Puzzles       []*Puzzle      `json:"not_understood,omitempty"`
	MetricTokens  []metricUsage  `json:"metric_usage,omitempty"`
}

// ModelTotal is what the counted calls of one model add up to.
type ModelTotal struct {
	Provider string         `json:"provider"`
	Model    string         `json:"model"`
	Kind     string         `json:"kind"`
	Calls    int            `json:"calls"`
	Errors   int            `json:"errors"`
	Input    int64          `json:"input_total"`
	Cached   int64          `json:"cache_read"`
	Output   int64          `json:"output_total"`
	Unknown  int            `json:"unknown_usage"` // calls whose usage is unknown
	CostUSD  Amount         `json:"cost_usd"`
	Unpriced int            `json:"unpriced"`
	Why      map[string]int `json:"unpriced_reasons,omitempty"` // calls by reason

	cost   model.Sum
	priced int
}

// Amount is an exact decimal of USD; "" is unknown, which in JSON is null.
type Amount string

func (a Amount) String() string { return string(a) }

// MarshalJSON writes a number, or null.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(cmp.Or(string(a), "null")), nil }

// UnmarshalJSON reads a number, or null.
func (a *Amount) UnmarshalJSON(b []byte) error {
	if *a = Amount(b); *a == "null" {
		*a = ""
	}
	return nil
}

// amountOf is the sum of the calls that have a price; unknown where others
// have none and none of them has one.
func amountOf(sum *model.Sum, priced, unpriced int) Amount {
	if priced == 0 && unpriced > 0 {
		return ""
	}
	return Amount(sum.String())
}

// notAsked is why a call has no price where no price book was asked.
const notAsked = "not priced (--no-prices)"

func (r *report) summarise() Summary {
	s := Summary{Rows: map[string]int{}, Unpriced: map[string]int{}, UnknownUsage: map[string]int{}, Suppressed: map[string]int{}, Dialects: map[string]int{}, Signals: map[string]int{}, MetricTokens: metricTotals(r.points)}
	totals := map[[3]string]*ModelTotal{}
	var all model.Sum
	priced := 0
	for _, row := range r.rows {
		s.Rows[string(r.kind(row))]++
		if row.Dialect != "" {
			s.Dialects[row.Dialect]++
		}
		if row.CostSuppressedRule != "" && !row.CostCounted {
			s.Suppressed[row.CostSuppressedRule]++
		}
		if !row.CostCounted {
			continue
		}
		name := cmp.Or(row.PricedModel, row.ResponseModel, row.RequestModel, "(unknown)")
		k := [3]string{row.Provider, name, string(row.Kind)}
		t := totals[k]
		if t == nil {
			t = &ModelTotal{Provider: row.Provider, Model: name, Kind: string(row.Kind), Why: map[string]int{}}
			totals[k] = t
		}
		t.Calls++
		if row.Failed() {
			t.Errors++
		}
		t.Input = plus(t.Input, row.InputTotal)
		t.Cached = plus(t.Cached, row.CacheRead)
		t.Output = plus(t.Output, row.OutputTotal)
		if row.InContainer() {
			continue
		}
		// A call that failed and says no usage is unpriced like any other: what
		// a provider bills of a timeout is not known, and not nothing.
		if row.UsageSource == "" {
			t.Unknown++
		}
		if row.UsageMissingReason != "" {
			s.UnknownUsage[row.UsageMissingReason]++
		}
		if row.UsageInconsistent != "" {
			s.Inconsistent++
		}
		switch c := row.Cost; {
		case c == nil || c.Status == model.CostUnpriced:
			why := notAsked
			if c != nil {
				why = c.Reason
			}
			t.Unpriced++
			t.Why[why]++
			s.UnpricedCalls++
			s.Unpriced[why]++
		default:
			t.priced++
			t.cost.Add(c.USD)
			priced++
			all.Add(c.USD)
		}
	}
	for _, t := range totals {
		t.CostUSD = amountOf(&t.cost, t.priced, t.Unpriced)
		s.Calls = append(s.Calls, *t)
	}
	slices.SortFunc(s.Calls, func(a, b ModelTotal) int {
		return cmp.Or(b.cost.Big().Cmp(a.cost.Big()), strings.Compare(a.Model, b.Model), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Provider, b.Provider))
	})
	s.CostUSD = amountOf(&all, priced, s.UnpricedCalls)
	for _, sig := range r.signals {
		s.Signals[cmp.Or(sig.Name, string(sig.Kind))]++
	}
	for _, p := range r.puzzles {
		s.Puzzles = append(s.Puzzles, p)
	}
	slices.SortFunc(s.Puzzles, func(a, b *Puzzle) int {
		return cmp.Or(strings.Compare(a.Reason, b.Reason), b.Count-a.Count, strings.Compare(a.Scope, b.Scope))
	})
	return s
}

// plus adds a count that may be unknown to a sum, which stays at the greatest
// number there is where what senders claim would go beyond it.
func plus(sum int64, n model.Int) int64 {
	if n.Or(0) > math.MaxInt64-sum {
		return math.MaxInt64
	}
	return sum + n.Or(0)
}

func (r *report) summary(w io.Writer, asJSON bool) error {
	s := r.summarise()
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", " ")
		return enc.Encode(s)
	}
	if len(r.rows) == 0 && len(r.points) == 0 {
		_, err := fmt.Fprintln(w, "No spans.")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, "MODEL\tKIND\tCALLS\tERRORS\tINPUT\tCACHED\tOUTPUT\tNO USAGE\tUSD\tUNPRICED\t")
	for _, c := range s.Calls {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t\n", strings.TrimPrefix(c.Provider+"/"+c.Model, "/"), c.Kind, c.Calls, c.Errors, c.Input, c.Cached, c.Output, c.Unknown, c.usd(), c.Unpriced)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	switch {
	case s.CostUSD == "":
		_, _ = fmt.Fprintf(w, "\ntotal unpriced (%s)\n", because(s.Unpriced))
	case s.UnpricedCalls > 0:
		_, _ = fmt.Fprintf(w, "\ntotal %s USD, and unpriced: %s\n", s.CostUSD, because(s.Unpriced))
	default:
		_, _ = fmt.Fprintf(w, "\ntotal %s USD\n", s.CostUSD)
	}
	section(w, "rows", s.Rows)
	section(w, "dialects", s.Dialects)
	section(w, "not counted, by rule", s.Suppressed)
	section(w, "cost unknown, by reason", s.Unpriced)
	section(w, "usage unknown, by reason", s.UnknownUsage)
	if s.Inconsistent > 0 {
		_, _ = fmt.Fprintf(w, "usage that does not add up: %d calls\n", s.Inconsistent)
	}
	section(w, "signals", s.Signals)
	for _, p := range s.Puzzles {
		_, _ = fmt.Fprintf(w, "not understood: %s ×%d", p.Reason, p.Count)
		if p.Span != "" {
			_, _ = fmt.Fprintf(w, ", e.g. span %q", p.Span)
		}
		if p.Scope != "" {
			_, _ = fmt.Fprintf(w, " of scope %s", p.Scope)
		}
		if len(p.Example) > 0 {
			_, _ = fmt.Fprintf(w, " with %s", strings.Join(p.Example, ", "))
		}
		_, _ = fmt.Fprintln(w)
	}
	for _, u := range s.MetricTokens {
		_, _ = fmt.Fprintf(w, "metric %s (not added to the above)\n", u.text())
	}
	return nil
}

// usd is the amount of a line of the table, or why there is none.
func (t *ModelTotal) usd() string {
	if t.CostUSD != "" {
		return t.CostUSD.String()
	}
	return "unpriced (" + because(t.Why) + ")"
}

// because counts calls by the reason for which they have no price.
func because(counts map[string]int) string {
	n := 0
	reasons := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	for i, why := range reasons {
		n += counts[why]
		if len(counts) > 1 {
			reasons[i] = fmt.Sprintf("%s %d", why, counts[why])
		}
	}
	calls := "calls"
	if n == 1 {
		calls = "call"
	}
	return fmt.Sprintf("%d %s: %s", n, calls, strings.Join(reasons, ", "))
}

func section(w io.Writer, title string, counts map[string]int) {
	if len(counts) == 0 {
		return
	}
	keys := make([]string, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = fmt.Sprintf("%s %d", cmp.Or(k, "(none)"), counts[k])
	}
	_, _ = fmt.Fprintf(w, "%s: %s\n", title, strings.Join(parts, ", "))
}
