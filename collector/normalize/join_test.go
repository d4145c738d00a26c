package normalize

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// Of a call told by a span without usage, and by a record with it.
func callAndRecord() (span, record *model.Span) {
	at := time.Unix(1_790_000_000, 0)
	span = &model.Span{Kind: model.KindModelCall, TraceID: model.TraceID{1}, SpanID: model.SpanID{2}, Start: at, Duration: time.Second, RequestModel: "gpt-4o", ResponseID: "r-1"}
	record = &model.Span{
		Kind: model.KindModelCall, Name: "gen_ai.client.inference.operation.details", TraceID: span.TraceID, SpanID: span.SpanID, Start: at.Add(time.Second), RequestModel: "gpt-4o", ResponseID: "r-1",
		Usage: model.Usage{InputTotal: model.Some(100), OutputTotal: model.Some(10)}, UsageSource: model.UsageProvider,
	}
	return span, record
}

func TestRecordMinutesAfterItsSpan(t *testing.T) {
	// given a span that went on
	j := newJoiner()
	span, record := callAndRecord()
	j.span(span)
	require.False(t, span.HasUsage())
	// when others came meanwhile, and a record of it comes five minutes later
	record.Start = record.Start.Add(5 * time.Minute)
	j.record(&model.Span{TraceID: model.TraceID{9}, SpanID: model.SpanID{9}, Start: record.Start})
	require.Empty(t, j.orphans(false))
	late := j.record(record)
	// then its row goes on again, completed
	require.NotNil(t, late)
	require.Equal(t, span.SpanID, late.SpanID)
	require.Equal(t, model.Some(100), late.InputTotal)
	// and the record sent again tells nothing new
	again := *record
	require.Nil(t, j.record(&again))
	// and the span sent again still knows
	resent, _ := callAndRecord()
	j.span(resent)
	require.Equal(t, model.Some(100), resent.InputTotal)
	// and a conversation's messages take no room but for the first
	for i := range 100 {
		j.record(&model.Span{TraceID: span.TraceID, SpanID: span.SpanID, Start: record.Start.Add(time.Duration(i)), InputChars: model.Some(1), InputHash: uint64(i + 1)})
	}
	require.Len(t, j.recent[spanKey{span.TraceID, span.SpanID}].said, 2)
}

func TestRecordBeforeItsSpan(t *testing.T) {
	j := newJoiner()
	span, record := callAndRecord()
	require.Nil(t, j.record(record))
	j.span(span)
	require.Equal(t, model.Some(10), span.OutputTotal)
	require.Empty(t, j.orphans(true))
}

// Given records of two calls that were written in the context of the span
// around both, then each is a row of its own below that span, which stays what
// it is; and only once time has gone on without a span of theirs.
func TestRecordInTheContextAround(t *testing.T) {
	for name, spanFirst := range map[string]bool{"the span comes first": true, "the records come first": false} {
		t.Run(name, func(t *testing.T) {
			j := newJoiner()
			around, first := callAndRecord()
			around.Kind, around.ResponseID, around.RequestModel = model.KindTask, "", ""
			second := *first
			second.ResponseID, second.Start = "r-2", first.Start.Add(time.Second)
			if spanFirst {
				j.span(around)
			}
			require.Nil(t, j.record(first))
			require.Nil(t, j.record(&second))
			if !spanFirst {
				j.span(around)
			}
			require.Empty(t, j.orphans(false), "their spans may still come")
			j.record(&model.Span{TraceID: model.TraceID{9}, SpanID: model.SpanID{9}, Start: first.Start.Add(joinWindow + time.Second)})
			rows := j.orphans(false)
			require.Len(t, rows, 2)
			require.NotEqual(t, rows[0].SpanID, rows[1].SpanID)
			for _, r := range rows {
				require.Equal(t, around.SpanID, r.ParentSpanID)
				require.NotEqual(t, around.SpanID, r.SpanID)
			}
			require.False(t, around.HasUsage())
		})
	}
}

// Given what several records say of one span, in any order, then what is known
// in the end is what the earliest that says it said.
func TestRecordsOfOneSpanInAnyOrder(t *testing.T) {
	span, first := callAndRecord()
	second := *first
	second.Start, second.InputTotal, second.FinishReasons = first.Start.Add(time.Second), model.Some(999), []string{"stop"}
	records := []*model.Span{first, &second}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} { // 0 is the span
		j := newJoiner()
		var last *model.Span
		for _, i := range order {
			if i == 0 {
				own := *span
				j.span(&own)
				last = &own
				continue
			}
			own := *records[i-1]
			if late := j.record(&own); late != nil {
				last = late
			}
		}
		require.Equal(t, model.Some(100), last.InputTotal, order)
		require.Equal(t, []string{"stop"}, last.FinishReasons, order)
	}
}

// What waits for spans is bounded, in number and of each span.
func TestWaitingRecordsAreBounded(t *testing.T) {
	j := newJoiner()
	for i := range 3 * maxSaid {
		_, record := callAndRecord()
		record.ResponseID = fmt.Sprint("r-", i)
		j.record(record)
		for range 10 { // a message, again and again
			j.record(&model.Span{TraceID: record.TraceID, SpanID: record.SpanID, Start: record.Start.Add(time.Duration(i)), InputChars: model.Some(1), InputHash: uint64(i + 1)})
		}
	}
	require.LessOrEqual(t, len(j.pending[spanKey{model.TraceID{1}, model.SpanID{2}}]), maxSaid)
	require.LessOrEqual(t, len(j.orphans(true)), maxSaid)
	for i := range maxPending + 10 {
		_, record := callAndRecord()
		record.TraceID = model.TraceID{2, byte(i), byte(i >> 8)}
		j.record(record)
	}
	require.Len(t, j.orphans(false), 10)
}
