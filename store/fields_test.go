package store_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit/filled"
	"github.com/windage-dev/windage/model"
)

// full is a span with every field set to something of its own, n apart.
func full(t testing.TB, n int) *model.Span {
	t.Helper()
	s := &model.Span{}
	filled.Struct(s, 1000*n, day0)
	s.Signals = nil // they are written as such
	s.Start = day0.Add(time.Duration(n) * time.Second)
	s.ReceivedAt = time.Time{}
	s.Cost.Status = model.CostPriced
	s.CostCounted = true
	return s
}

// leaves are the values in a struct, as text.
func leaves(v reflect.Value, out map[string]bool) {
	switch x := v.Interface().(type) {
	case time.Time:
		out[x.UTC().Format(time.RFC3339Nano)] = true
		return
	case model.Int:
		out[fmt.Sprint(x.N)] = true
		return
	case model.Money:
		out[x.String()] = true
		return
	case time.Duration:
		out[fmt.Sprint(int64(x))] = true
		return
	case decimal.Decimal:
		out[x.String()], out[x.Shift(12).String()] = true, true // amounts, of which some are counts of pico-USD in the row
		return
	case model.TraceID, model.SpanID:
		out[fmt.Sprint(x)] = true
		return
	case model.Bool:
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(v.Field(i), out)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			leaves(v.Elem(), out)
		}
	case reflect.Slice:
		for i := range v.Len() {
			leaves(v.Index(i), out)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			leaves(it.Key(), out)
			leaves(it.Value(), out)
		}
	case reflect.Bool:
	default:
		out[fmt.Sprint(v.Interface())] = true
	}
}

// TestEveryFieldIsStored fails when someone adds a field to model.Span or
// model.Signal and forgets the store: a value that only that field has is
// then nowhere in the row.
func TestEveryFieldIsStored(t *testing.T) {
	s := open(t)
	span := full(t, 1)
	require.NoError(t, s.InsertSpans(t.Context(), []*model.Span{span}, "t"))
	var signal model.Signal
	filled.Struct(&signal, 5000, day0)
	signal.Deleted, signal.ReceivedAt = false, time.Time{}
	require.NoError(t, s.InsertSignals(t.Context(), []model.Signal{signal}, "t"))

	for name, tc := range map[string]struct {
		want any
		sql  string
	}{
		"span":   {*span, "SELECT s.*, c.system, c.input, c.output, c.tools FROM spans AS s LEFT JOIN content_rows AS c ON lower(hex(c.trace_id)) = s.trace_id"},
		"signal": {signal, "SELECT * FROM signals"},
	} {
		t.Run(name, func(t *testing.T) {
			got, wanted := map[string]bool{}, map[string]bool{}
			for _, v := range one(t, s, tc.sql) {
				if v != nil {
					leaves(reflect.ValueOf(v), got)
				}
			}
			leaves(reflect.ValueOf(tc.want), wanted)
			delete(wanted, time.Time{}.Format(time.RFC3339Nano)) // received_at is the store's own
			require.Greater(t, len(wanted), 20)
			for v := range got {
				delete(wanted, v)
			}
			require.Empty(t, wanted, "values of fields that are nowhere in the row")
		})
	}
}
