package filled

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

func TestStruct(t *testing.T) {
	at := time.Unix(1_790_000_000, 0).UTC()
	type inner struct{ Text string }
	var got struct {
		Text   string
		Count  model.Int
		At     time.Time
		Inner  *inner
		List   []inner
		Named  map[string]float64
		ID     model.SpanID
		hidden int
	}
	Struct(&got, 10, at)
	require.Equal(t, "text 12", got.Text)
	require.Equal(t, model.Some(13), got.Count)
	require.Equal(t, at.Add(14*time.Millisecond), got.At)
	require.Equal(t, &inner{"text 17"}, got.Inner)
	require.Equal(t, []inner{{"text 20"}, {"text 22"}}, got.List)
	require.Equal(t, map[string]float64{"key 24": 24.5, "key 25": 25.5}, got.Named)
	require.Equal(t, model.SpanID{26, 27, 28, 29, 30, 31, 32, 33}, got.ID)
	require.Zero(t, got.hidden)

	require.Panics(t, func() { Struct(&struct{ F func() }{}, 0, at) })
}
