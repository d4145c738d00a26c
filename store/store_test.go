package store_test

import (
	"fmt"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/internal/testkit/filled"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// day0 is a time well inside every retention.
var day0 = time.Now().UTC().Truncate(24 * time.Hour).Add(-48 * time.Hour)

// open gives a migrated store in a fresh database.
func open(t testing.TB) *store.Store {
	t.Helper()
	s, _ := opened(t)
	return s
}

// opened is open with the DSN of the database.
func opened(t testing.TB) (*store.Store, string) {
	t.Helper()
	dsn := testkit.Engine(t)
	s := connect(t, dsn)
	require.NoError(t, s.Migrate(t.Context()))
	return s, dsn
}

func connect(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DSN: store.DSN(dsn), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// priced is a counted, priced model call, the n-th of its trace.
func priced(trace byte, n byte, at time.Time) *model.Span {
	return &model.Span{
		Kind: model.KindModelCall, TraceID: model.TraceID{0: trace, 15: 1}, SpanID: model.SpanID{0: trace, 7: n}, Name: "chat gpt",
		Start: at, Duration: 1500 * time.Millisecond, ServiceName: "svc", Provider: "openai", RequestModel: "gpt", CostCounted: true,
		Usage: model.Usage{InputTotal: model.Some(100), OutputTotal: model.Some(20)},
		Cost:  &model.Cost{USD: 1_234_567, Status: model.CostPriced, Input: 1_000_000, Output: 234_567},
	}
}

// one runs a query that returns one row.
func one(t testing.TB, s *store.Store, sql string) []any {
	t.Helper()
	res, err := s.Query(t.Context(), sql)
	require.NoError(t, err, sql)
	require.Len(t, res.Rows, 1, sql)
	return res.Rows[0]
}

// count runs a query that returns one whole number.
func count(t testing.TB, s *store.Store, sql string) int {
	t.Helper()
	v, ok := one(t, s, sql)[0].(uint64)
	require.True(t, ok, sql)
	return int(v)
}

func deref(v any) any {
	switch p := v.(type) {
	case *decimal.Decimal:
		if p == nil {
			return nil
		}
		return *p
	case *int64:
		if p == nil {
			return nil
		}
		return *p
	}
	return v
}

func TestUnknownCountsStayUnknown(t *testing.T) {
	s := open(t)
	known := priced(1, 1, day0)
	unknown := priced(1, 2, day0)
	unknown.Usage, unknown.Cost = model.Usage{}, &model.Cost{Status: model.CostUnpriced, Reason: "unknown_model"}
	require.NoError(t, s.InsertSpans(t.Context(), []*model.Span{known, unknown}, ""))

	row := one(t, s, "SELECT sum(input_total), countIf(input_total IS NULL), countIf(input_total = 0), countIf(cost_usd IS NULL), sum(cost_usd) FROM calls")
	require.EqualValues(t, int64(100), deref(row[0]))
	require.EqualValues(t, 1, row[1])
	require.EqualValues(t, 0, row[2])
	require.EqualValues(t, 1, row[3], "an unpriced call has no cost, not a cost of zero")
	require.Equal(t, "0.000001234567", fmt.Sprint(deref(row[4])))
	require.Equal(t, 1, count(t, s, "SELECT count() FROM calls WHERE cost_status = 'unpriced' AND cost_reason = 'unknown_model'"))
}

func TestMoneyIsExact(t *testing.T) {
	s := open(t)
	var spans []*model.Span
	var want model.Sum
	for i := range 3000 {
		sp := priced(byte(i%250), byte(i/250), day0.Add(time.Duration(i)*time.Millisecond))
		sp.Cost.USD = model.Money(150_001 + i) // 1.5e-7 USD and some
		want.Add(sp.Cost.USD)
		spans = append(spans, sp)
	}
	big := priced(251, 1, day0)
	big.Cost.USD = 9_223_372_036_854_775_807 // the largest amount there is
	negative := priced(252, 1, day0)
	negative.Cost.USD = -7
	want.Add(big.Cost.USD)
	want.Add(negative.Cost.USD)
	require.NoError(t, s.InsertSpans(t.Context(), append(spans, big, negative), ""))
	require.Equal(t, want.String(), fmt.Sprint(deref(one(t, s, "SELECT sum(cost_usd) FROM calls")[0])))
}

func TestTheSameTokenIsStoredOnce(t *testing.T) {
	s, dsn := opened(t)
	c := testkit.Connect(t, dsn)
	rows := []*model.Span{priced(1, 1, day0), priced(1, 2, day0)}
	for range 3 {
		require.NoError(t, s.InsertSpans(t.Context(), rows, "batch-1"))
		require.NoError(t, s.InsertSignals(t.Context(), []model.Signal{{Kind: model.SignalFeedback, Name: "thumbs", At: day0}}, "batch-1"))
	}
	var raw, signals uint64
	require.NoError(t, c.QueryRow(t.Context(), "SELECT (SELECT count() FROM span_rows), (SELECT count() FROM signal_rows)").Scan(&raw, &signals))
	require.EqualValues(t, 2, raw, "the repeated inserts did nothing at all")
	require.EqualValues(t, 1, signals)
}

func TestTheSameRowsInAnotherCutReplaceThemselves(t *testing.T) {
	s, dsn := opened(t)
	c := testkit.Connect(t, dsn)
	ctx := t.Context()
	a, b, d := priced(1, 1, day0), priced(1, 2, day0), priced(2, 1, day0)
	require.NoError(t, s.InsertSpans(ctx, []*model.Span{a, b}, "one"))
	require.NoError(t, s.InsertSpans(ctx, []*model.Span{d}, "two"))
	// After a restart the queue gives the same rows in another batch, priced anew.
	for _, sp := range []*model.Span{a, b, d} {
		sp.Cost = &model.Cost{USD: 2_000_000, Status: model.CostPriced}
	}
	time.Sleep(2 * time.Millisecond)
	require.NoError(t, s.InsertSpans(ctx, []*model.Span{a, b, d}, "three"))

	row := one(t, s, "SELECT count(), sum(cost_usd) FROM calls")
	require.EqualValues(t, 3, row[0])
	require.Equal(t, "0.000006", fmt.Sprint(deref(row[1])), "the newest row counts")
	require.NoError(t, c.Exec(ctx, "OPTIMIZE TABLE span_rows FINAL"))
	var left uint64
	require.NoError(t, c.QueryRow(ctx, "SELECT count() FROM span_rows").Scan(&left))
	require.EqualValues(t, 3, left)
}

// everyIdentity are signals of every kind of target, with every field changed
// by itself, and how many of them model.Signal.ID tells apart.
func everyIdentity() (signals []model.Signal, distinct int) {
	var other model.Signal
	filled.Struct(&other, 7, day0.Add(time.Minute))
	ids := map[model.SignalID]bool{}
	for _, base := range []model.Signal{
		{Kind: model.SignalEvaluation, Name: "groundedness", TraceID: model.TraceID{1}},
		{Kind: model.SignalFeedback, Name: "acceptance", ResponseID: "r"},
		{Kind: model.SignalOutcome, Name: "outcome", SessionID: "s"},
		{Kind: model.SignalLabel, Name: "label", PredictionID: "p"},
		{Kind: model.SignalBusiness, Name: "activation", UserID: "u", Product: "shop"},
		{Kind: model.SignalBusiness, Name: "retention", Product: "shop"},
		{Kind: model.SignalViolation, Name: "pii"},
		{Kind: model.SignalChange, Name: "deploy", UserID: "alice"},
		{Kind: model.SignalSuite, Name: "exact", Suite: "gold", Run: "1", Case: "c"},
	} {
		base.At = day0
		for i := range reflect.TypeFor[model.Signal]().NumField() {
			switch reflect.TypeFor[model.Signal]().Field(i).Name {
			case "Deleted", "ReceivedAt":
				continue
			}
			s := base
			reflect.ValueOf(&s).Elem().Field(i).Set(reflect.ValueOf(other).Field(i))
			signals = append(signals, base, s)
			ids[base.ID()], ids[s.ID()] = true, true
		}
	}
	return signals, len(ids)
}

func TestMergingKeepsEveryIdentity(t *testing.T) {
	// given rows that differ in one part of their identity each
	s, dsn := opened(t)
	c := testkit.Connect(t, dsn)
	ctx := t.Context()
	signals, distinct := everyIdentity()
	require.Greater(t, distinct, 100)
	spans := []*model.Span{priced(1, 1, day0), priced(1, 2, day0), priced(2, 1, day0), priced(1, 1, day0.Add(time.Minute))}
	other := priced(1, 1, day0)
	other.ServiceName = "other"
	spans = append(spans, other)
	for range 2 { // and each twice
		require.NoError(t, s.InsertSignals(ctx, signals, ""))
		require.NoError(t, s.InsertSpans(ctx, spans, ""))
	}

	// when ClickHouse merges all it can
	for _, table := range []string{"signal_rows", "span_rows", "trace_bounds", "dirty_minutes"} {
		require.NoError(t, c.Exec(ctx, "OPTIMIZE TABLE "+table+" FINAL"))
	}

	// then each is there once
	require.Equal(t, distinct, count(t, s, "SELECT count() FROM signals"))
	require.Equal(t, len(spans), count(t, s, "SELECT count() FROM spans"))
	require.Equal(t, 2, count(t, s, "SELECT uniqExact(trace_id) FROM trace_bounds"))
	require.Equal(t, 2, count(t, s, "SELECT uniqExact(minute) FROM dirty_minutes"))
}

func TestASignalIsCorrectedAndTakenBack(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	score := func(v float64, at time.Time) model.Signal {
		return model.Signal{Kind: model.SignalEvaluation, Name: "groundedness", At: at, TraceID: model.TraceID{1}, Source: "judge", SourceID: "7", Value: &v}
	}
	require.NoError(t, s.InsertSignals(ctx, []model.Signal{score(0.2, day0)}, "a"))
	time.Sleep(2 * time.Millisecond)
	require.NoError(t, s.InsertSignals(ctx, []model.Signal{score(0.9, day0.AddDate(0, 1, 0))}, "b"), "a correction from a later month")
	row := one(t, s, "SELECT count(), any(value) FROM signals")
	require.EqualValues(t, 1, row[0])
	require.InDelta(t, 0.9, *row[1].(*float64), 0)
	time.Sleep(2 * time.Millisecond)
	gone := score(0.9, day0)
	gone.Deleted = true
	require.NoError(t, s.InsertSignals(ctx, []model.Signal{gone}, "c"))
	require.Zero(t, count(t, s, "SELECT count() FROM signals"))
}

func TestDirtyMinutesFollowSpansAndLateSignals(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	dirty := func() map[string]bool {
		res, err := s.Query(ctx, "SELECT DISTINCT minute FROM dirty_minutes WHERE changed_at > now64(3) - 3600 ORDER BY minute")
		require.NoError(t, err)
		out := map[string]bool{}
		for _, r := range res.Rows {
			out[r[0].(time.Time).Sub(day0).String()] = true
		}
		return out
	}
	newest := func() time.Time {
		return one(t, s, "SELECT max(changed_at) FROM dirty_minutes WHERE minute = toDateTime("+fmt.Sprint(day0.Unix())+")")[0].(time.Time)
	}

	// given a trace that lasts three minutes
	require.NoError(t, s.InsertSpans(ctx, []*model.Span{priced(1, 1, day0), priced(1, 2, day0.Add(3*time.Minute))}, ""))
	require.Equal(t, map[string]bool{"0s": true, "3m0s": true}, dirty())
	before := newest()
	time.Sleep(5 * time.Millisecond)

	// when someone speaks about it a day later, and about a trace not seen yet
	require.NoError(t, s.InsertSignals(ctx, []model.Signal{
		{Kind: model.SignalFeedback, Name: "thumbs", At: day0.Add(24 * time.Hour), TraceID: model.TraceID{0: 1, 15: 1}},
		{Kind: model.SignalFeedback, Name: "thumbs", At: day0.Add(25 * time.Hour), TraceID: model.TraceID{9}},
	}, ""))

	// then its minutes are dirty again, and the signals' own
	require.Equal(t, map[string]bool{"0s": true, "3m0s": true, "24h0m0s": true, "25h0m0s": true}, dirty())
	require.True(t, newest().After(before))
}

func TestManyDaysInOneBatch(t *testing.T) {
	s := open(t)
	var spans []*model.Span
	var signals []model.Signal
	for d := range 120 {
		at := day0.AddDate(0, 0, d-60)
		spans = append(spans, priced(byte(d), 1, at))
		signals = append(signals, model.Signal{Kind: model.SignalLabel, Name: "truth", At: at, PredictionID: fmt.Sprint(d)})
	}
	require.NoError(t, s.InsertSpans(t.Context(), spans, "tok"), "ClickHouse itself refuses more than 100 partitions in one insert")
	require.NoError(t, s.InsertSpans(t.Context(), spans, "tok"))
	require.NoError(t, s.InsertSignals(t.Context(), signals, "tok"))
	require.Equal(t, 120, count(t, s, "SELECT count() FROM spans"))
	require.Equal(t, 120, count(t, s, "SELECT count() FROM signals"))
}

func TestContentLiesApart(t *testing.T) {
	s, dsn := opened(t)
	with, without := priced(1, 1, day0), priced(1, 2, day0)
	with.Content = &model.Content{System: "be brief", Input: `[{"role":"user"}]`, Output: "käse\x00", Tools: "[]"}
	require.NoError(t, s.InsertSpans(t.Context(), []*model.Span{with, without}, "t"))
	var n uint64
	var out string
	require.NoError(t, testkit.Connect(t, dsn).QueryRow(t.Context(), "SELECT count(), any(output) FROM content_rows FINAL").Scan(&n, &out))
	require.EqualValues(t, 1, n)
	require.Equal(t, "käse\x00", out)
}

func TestASettledDecisionWins(t *testing.T) {
	s, dsn := opened(t)
	c := testkit.Connect(t, dsn)
	ctx := t.Context()
	inner, outer, proxy := priced(1, 1, day0), priced(1, 2, day0), priced(1, 3, day0)
	proxy.CostCounted = false
	require.NoError(t, s.InsertSpans(ctx, []*model.Span{inner, outer, proxy}, ""))
	require.Equal(t, 2, count(t, s, "SELECT count() FROM calls"))

	// when it turns out that outer tells of proxy's request
	for span, counted := range map[*model.Span]bool{outer: false, proxy: true} {
		require.NoError(t, c.Exec(ctx, "INSERT INTO decision_rows (service_name, start_time, trace_id, span_id, product, task_id, counted, suppressed_by, rule, version) SELECT service_name, start_time, trace_id, span_id, 'copilot', 't1', ?, '', 'same_response_id', '1' FROM span_rows FINAL WHERE span_id = unhex(?)",
			counted, span.SpanID.String()))
	}
	res, err := s.Query(ctx, "SELECT span_id, product, task_id FROM calls ORDER BY span_id")
	require.NoError(t, err)
	require.Equal(t, [][]any{{inner.SpanID.String(), "", ""}, {proxy.SpanID.String(), "copilot", "t1"}}, res.Rows)
}

func TestReadersReadTheirMinutesOnly(t *testing.T) {
	// given a day of spans in merged parts
	s, dsn := opened(t)
	c := testkit.Connect(t, dsn)
	ctx := t.Context()
	for part := range 5 {
		require.NoError(t, c.Exec(ctx, `INSERT INTO span_rows (service_name, start_time, trace_id, span_id, kind, cost_counted)
			SELECT 'svc', toDateTime64(?, 9, 'UTC') + toIntervalMillisecond(number * 345), reinterpretAsFixedString(toUInt128(number)), reinterpretAsFixedString(number), 'model_call', true FROM numbers(?, 50000)`, day0.Unix(), part*50_000))
	}
	require.NoError(t, c.Exec(ctx, "OPTIMIZE TABLE span_rows FINAL"))
	from := day0.Add(10 * time.Hour)
	window := fmt.Sprintf("start_time >= toDateTime64(%d, 9, 'UTC') AND start_time < toDateTime64(%d, 9, 'UTC')", from.Unix(), from.Add(10*time.Minute).Unix())
	for name, sql := range map[string]string{
		"raw":   "SELECT count() FROM span_rows FINAL WHERE " + window,
		"spans": "SELECT count() FROM spans WHERE " + window,
		"calls": "SELECT count(), sum(cost_usd) FROM calls WHERE " + window,
	} {
		t.Run(name, func(t *testing.T) {
			read, all := granules(t, s, sql)
			require.Greater(t, all, 25, "enough granules to tell")
			require.LessOrEqual(t, read, all/8, "granules read")
		})
	}
	t.Run("a trace by its id", func(t *testing.T) {
		read, all := granules(t, s, "SELECT * FROM spans WHERE trace_id = lower(hex(reinterpretAsFixedString(toUInt128(123456))))")
		require.LessOrEqual(t, read, all/10)
		require.Equal(t, 1, count(t, s, "SELECT count() FROM spans WHERE trace_id = lower(hex(reinterpretAsFixedString(toUInt128(123456))))"))
	})
}
