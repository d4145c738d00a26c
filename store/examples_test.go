package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// Given calls of many sizes, when a range, a value or missing values moved,
// then the examples are of rows that lie there, of the slice that is asked
// for, and the same ones whenever it is asked.
func TestExamplesLieWhereTheRowsWent(t *testing.T) {
	s := open(t)
	at := time.Now().UTC().Truncate(time.Hour).Add(-5 * time.Hour)
	var spans []*model.Span
	for i := range 12 {
		c := call(i, at.Add(time.Duration(i)*time.Minute))
		c.Usage.OutputTotal, c.FinishReasons = model.Some(int64(100*i)), []string{[]string{"stop", "length"}[i/9]}
		if i == 5 {
			c.Usage.OutputTotal = model.Int{}
		}
		spans = append(spans, c)
	}
	require.NoError(t, s.InsertSpans(t.Context(), spans, ""))
	settle(t, s, spans[:6], "plan=free")
	settle(t, s, spans[6:], "plan=pro")
	require.NoError(t, s.Recompute(t.Context(), store.Changed{Spans: minutesOf(spans)}, at.Add(2*time.Hour), time.Now(), nil))
	product := "svc"
	traces := func(is ...int) (out []string) {
		for _, i := range is {
			out = append(out, spans[i].TraceID.String())
		}
		return out
	}
	number := func(v float64) *float64 { return &v }
	for name, c := range map[string]struct {
		region model.Region
		want   []string
	}{
		"a range":               {model.Region{Series: "output_tokens", Low: number(850), High: number(1050)}, traces(9, 10)},
		"a range in a slice":    {model.Region{Series: "output_tokens{plan=free}", Low: number(350)}, traces(4)},
		"nothing lies there":    {model.Region{Series: "output_tokens", Low: number(5000)}, traces(11)},
		"a value":               {model.Region{Series: "finish_reason", Value: "length"}, traces(9, 10, 11)},
		"rows without a value":  {model.Region{Series: "output_tokens", Missing: true}, traces(5)},
		"an unknown series":     {model.Region{Series: "nothing"}, nil},
		"a value nobody has":    {model.Region{Series: "finish_reason", Value: "other"}, nil},
		"a slice nobody is in":  {model.Region{Series: "output_tokens{plan=none}"}, nil},
		"a hostile slice, text": {model.Region{Series: "output_tokens{') OR 1=1}", Value: "') OR 1=1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.Examples(t.Context(), product, c.region, []time.Time{at.Add(-time.Hour), at}, time.Now())
			require.NoError(t, err)
			again, err := s.Examples(t.Context(), product, c.region, []time.Time{at}, time.Now())
			require.NoError(t, err)
			require.Equal(t, got, again)
			require.LessOrEqual(t, len(got), 3)
			for _, w := range c.want {
				require.Contains(t, got, w)
			}
			if c.want == nil {
				require.Empty(t, got)
			}
		})
	}
}
