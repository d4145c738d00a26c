package count

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// running is one call of a tool loop below span parent; at is in milliseconds.
func running(id, parent byte, at int, in, out int64) *model.Span {
	return &model.Span{
		Kind: model.KindModelCall, TraceID: model.TraceID{1}, SpanID: model.SpanID{id}, ParentSpanID: model.SpanID{parent}, Name: "chat gpt-4o",
		RequestModel: "gpt-4o", ScopeName: "org.springframework.boot", ServiceName: "shop", IsAggregate: true, UsageSource: model.UsageProvider,
		Start: time.Unix(1_790_000_000, 0).Add(time.Duration(at) * time.Millisecond), Duration: 10 * time.Millisecond,
		Usage: model.Usage{InputTotal: model.Some(in), OutputTotal: model.Some(out)},
	}
}

func TestRunningTotalsCountOnce(t *testing.T) {
	for name, test := range map[string]struct {
		rows    []*model.Span
		counted []int64 // inputs of the rows that count, in order of time
		apart   []int64 // the same, where the totals are taken apart
	}{
		"three calls of one loop":           {[]*model.Span{running(1, 9, 0, 100, 10), running(2, 9, 20, 300, 25), running(3, 9, 40, 600, 45)}, []int64{600}, []int64{100, 200, 300}},
		"two loops side by side":            {[]*model.Span{running(1, 8, 0, 100, 10), running(2, 9, 20, 300, 25)}, []int64{100, 300}, []int64{100, 300}},
		"less than before: a loop anew":     {[]*model.Span{running(1, 9, 0, 100, 10), running(2, 9, 20, 300, 5)}, []int64{100, 300}, []int64{100, 300}},
		"at the same time: no loop":         {[]*model.Span{running(1, 9, 0, 100, 10), running(2, 9, 5, 300, 25)}, []int64{100, 300}, []int64{100, 300}},
		"the last one came first, by clock": {[]*model.Span{running(2, 9, 20, 300, 25), running(1, 9, 0, 100, 10)}, []int64{300}, []int64{100, 200}},
	} {
		t.Run(name, func(t *testing.T) {
			inputs := func() (in []int64) {
				rows := slices.Clone(test.rows)
				slices.SortFunc(rows, func(a, b *model.Span) int { return a.Start.Compare(b.Start) })
				for _, r := range rows {
					if r.CostCounted {
						in = append(in, r.InputTotal.N)
					}
				}
				return in
			}
			Settle(test.rows)
			require.Equal(t, test.counted, inputs())
			Merge(test.rows)
			require.Equal(t, test.apart, inputs())
			Merge(test.rows)
			require.Equal(t, test.apart, inputs(), "once taken apart, they stay so")
		})
	}
}
