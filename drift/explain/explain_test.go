package explain

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/model"
)

func TestKitagawaAddsUpToTheChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "groups")
		groups := make([]Group, n)
		var p, q float64
		for i := range groups {
			groups[i] = Group{
				ShareBefore: rapid.Float64Range(0.01, 1).Draw(t, "p"), ShareAfter: rapid.Float64Range(0.01, 1).Draw(t, "q"),
				Before: rapid.Float64Range(-5, 5).Draw(t, "before"), After: rapid.Float64Range(-5, 5).Draw(t, "after"),
			}
			p, q = p+groups[i].ShareBefore, q+groups[i].ShareAfter
		}
		var before, after float64
		for i := range groups {
			groups[i].ShareBefore /= p
			groups[i].ShareAfter /= q
			before += groups[i].ShareBefore * groups[i].Before
			after += groups[i].ShareAfter * groups[i].After
		}
		s := Kitagawa(groups)
		require.InDelta(t, after-before, s.Mix+s.Within, 1e-9)
	})
}

func TestAPureChangeOfMixIsNoChangeWithin(t *testing.T) {
	s := Kitagawa([]Group{{"de", 0.2, 0.8, 0.5, 0.8}, {"en", 0.8, 0.9, 0.5, 0.9}})
	require.Zero(t, s.Within)
	require.InDelta(t, -0.03, s.Mix, 1e-12)
}

func TestTheValueThatMovedMostComesFirst(t *testing.T) {
	got := Values(map[string]int64{"stop": 900, "length": 100}, map[string]int64{"stop": 500, "length": 480, "odd": 20}, 3)
	require.Equal(t, `"stop" from 90 % to 50 % of rows`, got[0].String())
	require.Equal(t, `"length"`, got[1].What)
	require.Equal(t, `"odd"`, got[2].What)
}

func TestNothingMovedIsNothingNamed(t *testing.T) {
	require.Empty(t, Values(map[string]int64{"a": 1000, "b": 1000}, map[string]int64{"a": 51, "b": 49}, 3))
}

func TestTheRangeThatGrewIsNamed(t *testing.T) {
	var a, b block.NumericBuilder
	for i := range 1000 {
		a.Add(float64(100 + i))
		b.Add(float64(50 + i/10))
	}
	ref, cur := a.Block(time.Time{}, 0), b.Block(time.Time{}, 0)
	got := Ranges(&ref, &cur, 0, 1)
	require.Contains(t, got[0].What, "below")
	require.InDelta(t, 1, got[0].Current, 0.01)
}

func TestTheRegionIsWhereRowsWentNotWhereTheyLeft(t *testing.T) {
	r := ValueRegion(map[string]int64{"stop": 900, "length": 100}, map[string]int64{"stop": 500, "length": 480, block.Other: 20})
	require.Equal(t, &model.Region{Value: "length"}, r)
	require.Equal(t, &model.Region{Missing: true}, ValueRegion(map[string]int64{"a": 100}, map[string]int64{"a": 50, block.Null: 50}))
	require.Nil(t, ValueRegion(map[string]int64{"a": 100}, map[string]int64{"a": 50}))
	var a, b block.NumericBuilder
	for i := range 1000 {
		a.Add(float64(100 + i))
		b.Add(float64(50 + i/10))
	}
	ref, cur := a.Block(time.Time{}, 0), b.Block(time.Time{}, 0)
	r = RangeRegion(&ref, &cur, 0)
	require.Nil(t, r.Low)
	require.InDelta(t, 300, *r.High, 20)
}

func TestTheNearestChangeBeforeTheStartIsTheLikeliestCause(t *testing.T) {
	start := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	changes := []model.Change{
		{At: start.Add(-5 * time.Hour), Product: "p", Name: "early"},
		{At: start.Add(-20 * time.Minute), Product: "p", Name: "near"},
		{At: start.Add(-time.Minute), Product: "other", Name: "elsewhere"},
		{At: start.Add(-48 * time.Hour), Product: "p", Name: "old"},
	}
	got := Causes(changes, "p", start, time.Hour)
	require.Equal(t, "near", got[0].Name)
	require.Len(t, got, 2)
}
