package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/windage-dev/windage/model"
)

// CallsToPrice reads the calls in [from, until), or those of some traces in
// it, with all that pricing looks at; Cost is the price they have now. They
// come in order of time.
func (s *Store) CallsToPrice(ctx context.Context, from, until time.Time, traces []model.TraceID, take func(*model.Span) error) error {
	return s.read(ctx, "calls_to_price.sql", func(r driver.Rows) error {
		row, err := scanCall(r)
		if err != nil {
			return err
		}
		return take(row)
	}, named("from", from.UnixMilli()), named("until", until.UnixMilli()), named("traces", hexIDs(traces)))
}

func scanCall(r driver.Rows) (*model.Span, error) {
	var (
		s                                         model.Span
		trace, span, kind, usage, source          string
		cost, status, reason, matched, row, table string
		reported, localCache, cacheHit            string
		duration                                  int64
	)
	if err := r.Scan(&s.ServiceName, &s.Start, &trace, &span, &kind, &s.Operation, &duration, &s.Status, &s.Provider, &s.ProviderRaw, &s.RequestModel, &s.ResponseModel,
		&s.PricedModel, &s.BaseURL, &s.Region, &s.ServiceTier, &s.Batch, &s.ResponseID, &s.CacheSemantics, &source,
		&usage, &cost, &status, &reason, &matched, &row, &table,
		&s.CostCounted, &s.CostSuppressedBy, &s.CostSuppressedRule, &reported, &s.ReportedCostSource, &s.Weight, &s.Purpose, &localCache, &cacheHit); err != nil {
		return nil, err
	}
	copy(s.TraceID[:], trace)
	copy(s.SpanID[:], span)
	s.Kind, s.UsageSource, s.Duration = model.Kind(kind), model.UsageSource(source), time.Duration(duration)
	if err := json.Unmarshal([]byte(usage), &s.Usage); err != nil {
		return nil, fmt.Errorf("reading the usage of span %s: %w", s.SpanID, err)
	}
	if status != "" {
		s.Cost = &model.Cost{Status: model.CostStatus(status), Reason: reason, Matched: matched, Row: row, Table: table}
		if cost != "" {
			usd, err := model.ParseMoney(cost)
			if err != nil {
				return nil, fmt.Errorf("reading the cost of span %s: %w", s.SpanID, err)
			}
			s.Cost.USD = usd
		}
	}
	if reported != "" {
		if usd, err := model.ParseMoney(reported); err == nil {
			s.ReportedCost = &usd
		}
	}
	for k, v := range map[string]string{"windage.local_cache": localCache, "llm.cache_hit": cacheHit} {
		if v != "" {
			s.Rest = append(s.Rest, model.Attr{Key: k, Value: v})
		}
	}
	return &s, nil
}

// FindTraces gives the traces that have the id, or a call whose response has it.
func (s *Store) FindTraces(ctx context.Context, id string) (out []Touched, err error) {
	err = s.read(ctx, "trace_of_response.sql", func(r driver.Rows) error {
		var hex string
		var t Touched
		if err := r.Scan(&hex, &t.First, &t.Last); err != nil {
			return err
		}
		if t.ID, err = model.ParseTraceID(hex); err != nil {
			return err
		}
		out = append(out, t)
		return nil
	}, named("id", id))
	return out, err
}

// CostChange is one call and its new price; Span.Cost is the old one.
type CostChange struct {
	Span *model.Span
	New  model.Cost
}

// ApplyCostChanges keeps the old and the new price of each call and puts the
// new one in force. All calls must start in [from, until). run names the
// re-pricing: applying the same changes under the same name again changes
// nothing more.
func (s *Store) ApplyCostChanges(ctx context.Context, run string, from, until time.Time, changes []CostChange) error {
	if len(changes) == 0 {
		return nil
	}
	now := time.Now().UTC()
	const columns = "service_name, start_time, trace_id, span_id, changed_at, run, old_usd, old_status, old_reason, old_price_row, old_table_sha256, " +
		"new_usd, new_input_usd, new_output_usd, new_cache_read_usd, new_cache_write_usd, new_other_usd, new_cache_saved_pico_usd, new_requested_model_pico_usd, new_status, new_reason, new_matched_model, new_price_row, new_table_sha256"
	err := s.fill(ctx, "cost_change_rows", columns, len(changes), func(i int, b driver.Batch) error {
		c := &changes[i]
		old := model.Cost{}
		if c.Span.Cost != nil {
			old = *c.Span.Cost
		}
		n := &c.New
		return b.Append(c.Span.ServiceName, c.Span.Start, string(c.Span.TraceID[:]), string(c.Span.SpanID[:]), now, run,
			amount(&old, old.USD), string(old.Status), old.Reason, old.Row, old.Table,
			amount(n, n.USD), amount(n, n.Input), amount(n, n.Output), amount(n, n.CacheRead), amount(n, n.CacheWrite), amount(n, n.Other), orNil(n.CacheSaved), orNil(n.Requested),
			string(n.Status), n.Reason, n.Matched, n.Row, n.Table)
	})
	if err != nil {
		return err
	}
	sql, err := s.query("apply_cost_changes.sql")
	if err != nil {
		return err
	}
	if err := s.conn.Exec(ctx, sql, named("run", run), named("from", from.UnixMilli()), named("until", until.UnixMilli())); err != nil {
		return fmt.Errorf("store: applying new prices: %w", err)
	}
	return nil
}

// amount is NULL where there is no price: unpriced is not 0.
func amount(c *model.Cost, m model.Money) *decimal.Decimal {
	if c.Status == model.CostUnpriced || c.Status == "" {
		return nil
	}
	d := decimal.New(int64(m), -12)
	return &d
}

// CostDimensions are the dimensions that CostBy groups by, as users name
// them, and the expression of each over the view calls.
var costDimensions = map[string]string{
	"product": "product", "team": "team", "tenant": "tenant", "user": "user_id", "service": "service_name", "environment": "environment",
	"provider": "provider", "model": "model", "request_model": "request_model", "operation": "operation", "kind": "kind",
	"prompt": "prompt_name", "prompt.name": "prompt_name", "prompt.version": "prompt_version", "variant": "variant",
	"agent": "agent_name", "workflow": "workflow_name", "tier": "service_tier", "region": "region", "purpose": "if(purpose = '', 'product', purpose)",
	"task_type": "task_type", "status": "ifNull(cost_status, 'unpriced')", "reason": "ifNull(cost_reason, '')",
	"session": "session_id", "task": "task_id", "language": "language",
	"outcome": "if(j_outcome = '', 'unknown', j_outcome)", "tool": "j_tool",
	"day": "toString(toDate(start_time))", "hour": "toString(toStartOfHour(start_time))", "service_version": "service_version",
}

// CostDimensions lists the dimensions of CostBy.
func CostDimensions() []string {
	out := make([]string, 0, len(costDimensions))
	for k := range costDimensions {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// CostRow is the spend of one combination of dimension values.
type CostRow struct {
	Values          []string
	Calls, Unpriced int64
	Partial         int64
	Input, Output   int64 // tokens
	CacheRead       int64
	// USD is exact and of the calls that have a price; nil where none has.
	USD *string
	// Reported are SDKs' own figures, and ReportedComputed ours of the same
	// calls; nil where none reports one.
	Reported, ReportedComputed *string
	// Estimated is USD of all traffic, sampled calls weighted up: USD itself
	// where none was sampled.
	Estimated *string
}

// CostBy sums counted calls in [from, until) by dimensions, dearest first.
// Every call is in exactly one row, so the rows always add up to the total.
func (s *Store) CostBy(ctx context.Context, dims []string, from, until time.Time) ([]CostRow, error) {
	var exprs []string
	for _, d := range dims {
		e, ok := costDimensions[d]
		if !ok {
			if name, found := strings.CutPrefix(d, "attr."); found {
				e, ok = "attributes["+quote(name)+"]", true
			}
		}
		if !ok {
			return nil, fmt.Errorf("no dimension %q; known are %s, and attr.NAME for any other attribute", d, strings.Join(CostDimensions(), ", "))
		}
		exprs = append(exprs, "toString("+e+")")
	}
	key := "[" + strings.Join(exprs, ", ") + "]"
	if len(exprs) == 0 {
		key = "CAST([] AS Array(String))"
	}
	source := s.table("calls")
	if slices.Contains(dims, "outcome") {
		source = "(SELECT * FROM " + source + " AS c LEFT JOIN " + s.taskOutcomes() +
			" AS o ON c.trace_id = o.j_trace AND c.span_id = o.j_span AND c.service_name = o.j_service AND c.start_time = o.j_start)"
	}
	if slices.Contains(dims, "tool") {
		// What a tool caused: the calls between its result and the next one's.
		source = "(SELECT * FROM " + source + " AS x ASOF LEFT JOIN (SELECT trace_id AS j_tool_trace, end_time AS j_tool_end, tool_name AS j_tool FROM " + s.table("spans") +
			" WHERE kind = 'tool_call') AS t ON x.trace_id = t.j_tool_trace AND x.start_time >= t.j_tool_end)"
	}
	sql := "SELECT " + key + " AS k, count(), countIf(cost_usd IS NULL AND ifNull(cost_reason, '') != 'in_container'), countIf(cost_status = 'partial'), " +
		"toInt64(sum(ifNull(input_total, 0))), toInt64(sum(ifNull(output_total, 0))), toInt64(sum(ifNull(cache_read, 0))), " +
		"toString(sum(cost_usd)) AS usd, toString(sum(reported_cost_usd)), toString(sumIf(cost_usd, reported_cost_usd IS NOT NULL)), " +
		"toString(sum(if(weight > 1, toDecimal128(weight * toFloat64(cost_usd), 12), cost_usd))) FROM " + source +
		" WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') GROUP BY k ORDER BY sum(cost_usd) DESC NULLS LAST, k"
	rows, err := s.conn.Query(ctx, sql, named("from", from.UnixMilli()), named("until", until.UnixMilli()))
	if err != nil {
		return nil, reading("cost by "+strings.Join(dims, ", "), err)
	}
	defer rows.Close()
	var out []CostRow
	for rows.Next() {
		var r CostRow
		var calls, unpriced, partial uint64
		if err := rows.Scan(&r.Values, &calls, &unpriced, &partial, &r.Input, &r.Output, &r.CacheRead, &r.USD, &r.Reported, &r.ReportedComputed, &r.Estimated); err != nil {
			return nil, fmt.Errorf("store: cost by %s: %w", strings.Join(dims, ", "), err)
		}
		r.Calls, r.Unpriced, r.Partial = int64(calls), int64(unpriced), int64(partial)
		out = append(out, r)
	}
	return out, rows.Err()
}

// taskOutcomes is a subquery: the outcome of the task that each call is part of.
func (s *Store) taskOutcomes() string {
	return "(SELECT lower(hex(d.trace_id)) AS j_trace, lower(hex(d.span_id)) AS j_span, d.service_name AS j_service, d.start_time AS j_start, toString(t.outcome) AS j_outcome FROM " +
		"(SELECT * FROM " + s.table("decision_rows") + " FINAL) AS d INNER JOIN (SELECT product, task_id, outcome FROM " + s.table("task_rows") + " FINAL) AS t ON d.product = t.product AND d.task_id = t.task_id)"
}

// SampledCost is the spend of all traffic in [from, until), sampled traces
// weighted up: sums over traces of w·c and of w(w−1)c², which is its variance,
// in USD; and how many traces and services are sampled.
type SampledCost struct {
	USD, Variance             float64
	Traces, Sampled           int64
	Services, SampledServices int64
}

// SampledCost sums counted calls with their sampling weights.
func (s *Store) SampledCost(ctx context.Context, from, until time.Time) (c SampledCost, err error) {
	err = s.read(ctx, "sampled_cost.sql", func(r driver.Rows) error {
		var traces, sampled, services, sampledServices uint64
		if err := r.Scan(&c.USD, &c.Variance, &traces, &sampled, &services, &sampledServices); err != nil {
			return err
		}
		c.Traces, c.Sampled, c.Services, c.SampledServices = int64(traces), int64(sampled), int64(services), int64(sampledServices)
		return nil
	}, named("from", from.UnixMilli()), named("until", until.UnixMilli()))
	return c, err
}

// quote is a ClickHouse string literal.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
