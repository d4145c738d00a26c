package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/place"
)

// Decision is what was settled about one span.
type Decision struct {
	Service       string
	Start         time.Time
	Trace         model.TraceID
	Span          model.SpanID
	Product, Task string
	Slices        []string
	Counted       bool
	SuppressedBy  string
	Rule          string
	Tool          string // whose result a call came after
	// Sample is how the span's trace stands for others; its zero value is that
	// of a trace which was kept for certain.
	Sample place.Sample
}

func (d *Decision) sample() place.Sample {
	if d.Sample.Weight <= 1 {
		return place.Sample{Weight: 1}
	}
	return d.Sample
}

// Key names the row of a span that was decided about.
func (d *Decision) Key() RowKey {
	return RowKey{d.Service, d.Start.UTC().Truncate(time.Minute), d.Trace, d.Span}
}

// Same reports whether nothing differs that matters to a number. The start is
// part of it: a decision holds for the row that starts then.
func (d *Decision) Same(o *Decision) bool {
	return d.Start.Equal(o.Start) && d.Product == o.Product && d.Task == o.Task && d.Counted == o.Counted && d.SuppressedBy == o.SuppressedBy &&
		d.Rule == o.Rule && d.Tool == o.Tool && d.sample() == o.sample() && slices.Equal(d.Slices, o.Slices)
}

// RowKey names a row of a span: a span that was exported again with a start in
// another minute, or by another service, is another row.
type RowKey struct {
	Service string
	Minute  time.Time
	Trace   model.TraceID
	Span    model.SpanID
}

// Decisions reads what was settled about the rows of the traces.
func (s *Store) Decisions(ctx context.Context, traces []model.TraceID, from, until time.Time) (map[RowKey]Decision, error) {
	out := map[RowKey]Decision{}
	err := s.read(ctx, "decisions.sql", func(r driver.Rows) error {
		var d Decision
		var trace, span string
		if err := r.Scan(&d.Service, &d.Start, &trace, &span, &d.Product, &d.Task, &d.Slices, &d.Counted, &d.SuppressedBy, &d.Rule, &d.Tool, &d.Sample.Weight, &d.Sample.USD, &d.Sample.Tokens); err != nil {
			return err
		}
		copy(d.Trace[:], trace)
		copy(d.Span[:], span)
		out[d.Key()] = d
		return nil
	}, named("traces", hexIDs(traces)), named("from", from.UnixMilli()), named("until", until.UnixMilli()))
	return out, err
}

// fill inserts n rows of a table, each by append.
func (s *Store) fill(ctx context.Context, table, columns string, n int, row func(i int, b driver.Batch) error) error {
	if n == 0 {
		return nil
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"async_insert": 0, "insert_deduplicate": 0, "max_partitions_per_insert_block": 1000,
	}))
	b, err := s.conn.PrepareBatch(ctx, "INSERT INTO "+s.table(table)+" ("+columns+")", driver.WithReleaseConnection())
	if err != nil {
		return fmt.Errorf("store: writing %s: %w", table, err)
	}
	for i := range n {
		if err := row(i, b); err != nil {
			_ = b.Abort()
			return fmt.Errorf("store: writing %s: %w", table, err)
		}
	}
	if err := b.Send(); err != nil {
		return fmt.Errorf("store: writing %s: %w", table, err)
	}
	return nil
}

// WriteDecisions stores what was settled, with the version of the code.
func (s *Store) WriteDecisions(ctx context.Context, ds []Decision, version string) error {
	return s.fill(ctx, "decision_rows", "service_name, start_time, trace_id, span_id, product, task_id, slices, counted, suppressed_by, rule, tool, weight, sample_usd, sample_tokens, version", len(ds),
		func(i int, b driver.Batch) error {
			d := &ds[i]
			x := d.sample()
			return b.Append(d.Service, d.Start, string(d.Trace[:]), string(d.Span[:]), d.Product, d.Task, nonNil(d.Slices), d.Counted, d.SuppressedBy, d.Rule, d.Tool, x.Weight, x.USD, x.Tokens, version)
		})
}

func nonNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// WriteTasks stores tasks as they are now known; gone are tasks that no row
// belongs to any more.
func (s *Store) WriteTasks(ctx context.Context, ts []place.Task, gone []place.TaskKey, code, config string) error {
	const columns = "product, task_id, task_type, rule, service_name, environment, started_at, ended_at, ended, closes_at, abandons_at, outcome, outcome_source, " +
		"session_id, user_id, tenant, agent_name, model, prompt_version, variant, language, trace_id, spans, calls, unpriced, partial, tool_calls, retrievals, errors, " +
		"input_tokens, output_tokens, cost_usd, judge_cost_usd, shadow_cost_usd, retry_cost_usd, loop_cost_usd, cache_saved_usd, cache_known, " +
		"logical_calls, fallback_calls, fallback_cost_usd, fallback_saved_usd, fallback_known, quality, weight, escalated, overridden, violated, slices, code_version, config_version, deleted"
	return s.fill(ctx, "task_rows", columns, len(ts)+len(gone), func(i int, b driver.Batch) error {
		var t place.Task
		deleted := uint8(0)
		if i < len(ts) {
			t = ts[i]
		} else {
			t = place.Task{Product: gone[i-len(ts)].Product, ID: gone[i-len(ts)].ID, Start: time.Now()}
			t.End, t.ClosesAt, t.AbandonsAt = t.Start, t.Start, t.Start
			deleted = 1
		}
		var cost *decimal.Decimal
		if t.Calls == 0 || t.Calls > t.Unpriced {
			d := sumDecimal(&t.Cost.Total)
			cost = &d
		}
		return b.Append(t.Product, t.ID, t.Type, string(t.Rule), t.Service, t.Environment, t.Start, t.End, t.Ended, t.ClosesAt, t.AbandonsAt, string(t.Outcome), t.OutcomeSource,
			t.Session, t.User, t.Tenant, t.Agent, t.Model, t.Prompt, t.Variant, t.Language, string(t.Trace[:]),
			uint64(t.Spans), uint64(t.Calls), uint64(t.Unpriced), uint64(t.Partial), uint64(t.ToolCalls), uint64(t.Retrievals), uint64(t.Errors),
			orNil(t.Input), orNil(t.Output), cost, sumDecimal(&t.Cost.Evaluation), sumDecimal(&t.Cost.Shadow), sumDecimal(&t.Cost.Retry), sumDecimal(&t.Cost.Loop),
			sumOrNil(&t.Cost.CacheSaved, t.Cost.CacheKnown), uint64(t.Cost.CacheKnown), uint64(t.Cost.Fallback.OfCalls), uint64(t.Cost.Fallback.Calls), sumDecimal(&t.Cost.Fallback.Cost),
			sumOrNil(&t.Cost.Fallback.Saved, t.Cost.Fallback.Known), uint64(t.Cost.Fallback.Known), t.Quality, max(t.Weight, 1), t.Escalated, t.Overridden, t.Violated, nonNil(t.Slices), code, config, deleted)
	})
}

func orNil(n model.Int) *int64 {
	if !n.Known {
		return nil
	}
	return &n.N
}

// sumOrNil is NULL where nothing is known of the sum.
func sumOrNil(m *model.Sum, known int) *decimal.Decimal {
	if known == 0 {
		return nil
	}
	d := sumDecimal(m)
	return &d
}

func sumDecimal(m *model.Sum) decimal.Decimal { return decimal.NewFromBigInt(m.Big(), -12) }

// WriteSaid stores signals with what they speak of.
func (s *Store) WriteSaid(ctx context.Context, said []place.Said, computed time.Time) error {
	const columns = "id, computed_at, deleted, product, minute, at, kind, name, label, passed, value, severity, annotator, suite, run, matched, trace_id, task_id, target, slices, " +
		"model, prompt_version, variant, predicted, probability, truth, judge, anchor, expected"
	return s.fill(ctx, "said_rows", columns, len(said), func(i int, b driver.Batch) error {
		d := &said[i]
		var passed *bool
		if d.Passed != model.Unknown {
			v := d.Passed == model.True
			passed = &v
		}
		deleted := uint8(0)
		if d.Deleted {
			deleted = 1
		}
		return b.Append(string(d.ID[:]), computed, deleted, d.Product, d.Minute, d.At, string(d.Kind), d.Name, d.Label, passed, d.Value, d.Severity, d.Annotator, d.Suite, d.Run,
			d.Matched, string(d.TraceID[:]), d.Task, d.Target, nonNil(d.Slices), d.Model, d.PromptVersion, d.Variant, d.Predicted, d.Probability, d.Truth,
			d.Judge, d.Anchor, d.Expected)
	})
}
