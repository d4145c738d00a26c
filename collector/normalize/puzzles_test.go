package normalize

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

func TestPuzzlesAreToldByInstrumentationWithOneExample(t *testing.T) {
	var p Puzzles
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	row := func(scope string) *model.Span {
		return &model.Span{ServiceName: "shop", ScopeName: scope, ScopeVersion: "9.0"}
	}
	p.Add(ReasonUnknownKeys, row("a"), []string{"llm.new"}, at)
	p.Add(ReasonUnknownKeys, row("a"), []string{"llm.newer"}, at.Add(time.Minute))
	p.Add(ReasonNoUsage, row("b"), nil, at)
	require.Equal(t, []model.NotUnderstood{
		{Reason: ReasonUnknownKeys, Service: "shop", Scope: "a", ScopeVersion: "9.0", Count: 2, Last: at.Add(time.Minute), Attributes: []string{"llm.new"}},
		{Reason: ReasonNoUsage, Service: "shop", Scope: "b", ScopeVersion: "9.0", Count: 1, Last: at},
	}, p.List())

	for i := range 10_000 {
		p.Add(ReasonNoUsage, row(strconv.Itoa(i)), nil, at)
	}
	require.LessOrEqual(t, len(p.List()), maxPuzzles+2)
	total := int64(0)
	for _, n := range p.List() {
		total += n.Count
	}
	require.EqualValues(t, 10_003, total, "what is not told apart is still counted")
}
