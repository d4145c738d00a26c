package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/internal/inspect"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

func init() { register(newExplainCost) }

func newExplainCost() *cobra.Command {
	var from storeFlags
	var book bookFlags
	var files []string
	cmd := &cobra.Command{
		Use:   "explain-cost TRACE_ID|RESPONSE_ID",
		Short: "Show how the cost of a trace or a call was computed, line by line",
		Long: `Show the arithmetic behind an amount as a person would write it: tokens × rate,
the price row and the table it comes from, what was assumed, what the SDK or
gateway reported itself, and which spans were not counted and why.

The trace is read from the store in use, or from OTLP files (--from).`,
		Example: `  windage explain-cost 4bf92f3577b34da6a3ce929d0e0e4736
  windage explain-cost chatcmpl-9xY --from traces.jsonl`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := book.load()
			if err != nil {
				return err
			}
			rows, tasks, err := callsOf(cmd, &from, files, args[0])
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				return Failed(fmt.Errorf("no call of a trace or response with the id %q", args[0]))
			}
			if one := ofResponse(rows, args[0]); len(one) > 0 {
				rows, tasks = one, nil // what the rest of the trace cost was not asked
			}
			explain(cmd.OutOrStdout(), b, rows, args[0])
			explainTasks(cmd.OutOrStdout(), tasks)
			return nil
		},
	}
	from.register(cmd)
	book.register(cmd)
	cmd.Flags().StringArrayVar(&files, "from", nil, "read OTLP traces from this file instead of the store; may be repeated")
	return cmd
}

// ofResponse are the rows that tell of one response; none where the id is that
// of a trace.
func ofResponse(rows []*model.Span, id string) (out []*model.Span) {
	for _, r := range rows {
		if r.ResponseID == id {
			out = append(out, r)
		}
	}
	return out
}

// callsOf reads the calls of the traces that the id names.
func callsOf(cmd *cobra.Command, from *storeFlags, files []string, id string) ([]*model.Span, []store.TaskCost, error) {
	if len(files) > 0 {
		all, err := inspect.Rows(cmd.InOrStdin(), cmd.ErrOrStderr(), files)
		if err != nil {
			return nil, nil, err
		}
		want := map[model.TraceID]bool{}
		for _, r := range all {
			if strings.EqualFold(r.TraceID.String(), id) || r.ResponseID == id {
				want[r.TraceID] = true
			}
		}
		var rows []*model.Span
		for _, r := range all {
			if want[r.TraceID] && r.MayCount() {
				rows = append(rows, r)
			}
		}
		return rows, nil, nil
	}
	s, closeStore, err := from.open(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	defer closeStore()
	rows, err := storedCalls(cmd.Context(), s, id)
	if err != nil {
		return nil, nil, err
	}
	traces := map[model.TraceID]bool{}
	for _, r := range rows {
		traces[r.TraceID] = true
	}
	tasks, err := s.TasksOf(cmd.Context(), slices.Collect(maps.Keys(traces)))
	return rows, tasks, err
}

func storedCalls(ctx context.Context, s *store.Store, id string) ([]*model.Span, error) {
	if len(id) == 32 {
		if t, err := model.ParseTraceID(strings.ToLower(id)); err == nil {
			id = t.String()
		}
	}
	found, err := s.FindTraces(ctx, id)
	if err != nil {
		return nil, err
	}
	var rows []*model.Span
	for _, f := range found {
		err := s.CallsToPrice(ctx, f.First.Add(-time.Millisecond), f.Last.Add(2*time.Millisecond), []model.TraceID{f.ID}, func(r *model.Span) error {
			rows = append(rows, r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func explain(w io.Writer, b *cost.Book, rows []*model.Span, id string) {
	total := newExplained(b, rows)
	fmt.Fprintf(w, "%s: %s\n", id, total)
	for i, r := range rows {
		explainCall(w, b, i+1, r)
	}
	if sum := total.addition(); sum != "" {
		fmt.Fprintf(w, "\n%s\n", sum)
	}
	if weight := total.sampled(); weight != "" {
		fmt.Fprintf(w, "\n%s\n", weight)
	}
}

// explainTasks says what the tasks that the calls are part of cost in all, and
// what of it bought nothing.
func explainTasks(w io.Writer, tasks []store.TaskCost) {
	for _, t := range tasks {
		fmt.Fprintf(w, "\ntask %s of %s, %s: %s, %s USD", t.ID, orDash(t.Product), t.Outcome, plural(int(t.Calls), "call"), t.USD)
		if t.Unpriced > 0 {
			fmt.Fprintf(w, " and %s without a price", plural(int(t.Unpriced), "call"))
		}
		fmt.Fprintln(w)
		for _, part := range []struct{ what, usd string }{
			{"retried attempts", t.Retry}, {"work done again in a loop", t.Loop}, {"saved by the prompt cache", t.CacheSaved},
			{"judges, not part of it", t.Judges}, {"shadow traffic, not part of it", t.Shadow},
		} {
			if part.usd != "" && part.usd != "0" {
				fmt.Fprintf(w, "   %s: %s USD\n", part.what, part.usd)
			}
		}
		if t.Fallbacks > 0 {
			fmt.Fprintf(w, "   answered by another model than asked for: %s", plural(int(t.Fallbacks), "call"))
			if t.FallbackSaved != "" {
				fmt.Fprintf(w, ", which saved %s USD", t.FallbackSaved)
			}
			fmt.Fprintln(w)
		}
	}
}

func explainCall(w io.Writer, b *cost.Book, n int, r *model.Span) {
	name := r.ResponseModel
	if name == "" {
		name = r.RequestModel
	}
	fmt.Fprintf(w, "\n%d. %s %s (%s), %s, span %s", n, orDash(r.Operation), orDash(name), orDash(r.Provider), r.Start.UTC().Format("2006-01-02 15:04:05 UTC"), r.SpanID)
	if r.ResponseID != "" {
		fmt.Fprintf(w, ", response %s", r.ResponseID)
	}
	fmt.Fprintln(w)
	if !r.CostCounted {
		fmt.Fprintf(w, "   not counted: %s", orDash(r.CostSuppressedRule))
		if r.CostSuppressedBy != "" {
			fmt.Fprintf(w, "; span %s tells of the same request", r.CostSuppressedBy)
		}
		fmt.Fprintln(w)
		return
	}
	if r.InContainer() {
		fmt.Fprintf(w, "   no amount of its own: span %s tells what its calls used together\n", r.CostSuppressedBy)
		return
	}
	x := b.Explain(r)
	for _, l := range x.Lines {
		fmt.Fprintf(w, "   %s\n", l)
	}
	switch x.Cost.Status {
	case model.CostUnpriced:
		fmt.Fprintf(w, "   unpriced: %s. %s\n", x.Cost.Reason, cost.ReasonMeaning(x.Cost.Reason).Meaning)
		if advice := cost.Advice(x.Cost.Reason, r.Operation); advice != "" {
			fmt.Fprintf(w, "   %s\n", advice)
		}
		if x.Cost.Reason == cost.ReasonUnknownModel {
			if near := b.Near(r.Provider, name, 3); len(near) > 0 {
				fmt.Fprintf(w, "   nearest known: %s\n", strings.Join(near, ", "))
			}
		}
	case model.CostFree:
		fmt.Fprintf(w, "   free: %s\n", cost.ReasonMeaning(x.Cost.Reason).Meaning)
	default:
		fmt.Fprintf(w, "   = %s USD", x.Cost.USD)
		if x.Cost.Status == model.CostPartial {
			fmt.Fprintf(w, ", a lower bound: %s", cost.ReasonMeaning(x.Cost.Reason).Meaning)
		}
		fmt.Fprintln(w)
	}
	if x.Cost.Row != "" {
		fmt.Fprintf(w, "   price row %s of %s, table sha256 %.12s…", x.Cost.Row, x.Source, x.Cost.Table)
		if x.URL != "" {
			fmt.Fprintf(w, ", see %s", x.URL)
		}
		fmt.Fprintln(w)
	}
	if x.Cost.Status == model.CostPriced && x.Cost.Reason != "" {
		for _, a := range strings.Split(x.Cost.Reason, ",") {
			fmt.Fprintf(w, "   assumed: %s. %s\n", a, cost.ReasonMeaning(a).Meaning)
		}
	}
	for _, d := range (&cost.Listed{Differs: x.Differs}).DiffersText() {
		fmt.Fprintf(w, "   %s\n", d)
	}
	stored(w, r.Cost, x.Cost)
	if r.ReportedCost != nil {
		fmt.Fprintf(w, "   reported by %s: %s USD", orDash(r.ReportedCostSource), *r.ReportedCost)
		if x.Cost.Status != model.CostUnpriced && x.Cost.USD > 0 {
			fmt.Fprintf(w, " (%+.2f %% against ours)", 100*(float64(*r.ReportedCost)/float64(x.Cost.USD)-1))
		}
		fmt.Fprintln(w, "; kept beside, never added")
	}
}

// stored says what the store, and so every page and alert, holds of a call
// where that is not what was computed here.
func stored(w io.Writer, have *model.Cost, now model.Cost) {
	if have == nil || have.Status == now.Status && have.USD == now.USD {
		return
	}
	if have.Status == model.CostUnpriced {
		fmt.Fprintf(w, "   stored: unpriced: %s", have.Reason)
	} else {
		fmt.Fprintf(w, "   stored: %s USD (price row %s)", have.USD, orDash(have.Row))
	}
	if have.Table != "" && have.Table != now.Table {
		fmt.Fprintf(w, ", by another table, sha256 %.12s… (--prices FILE explains by a table of yours)", have.Table)
	}
	fmt.Fprintln(w, "; windage reprice brings the store to the table used here")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

var errNoRows = errors.New("no call in that span of time")
