package incident

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/model"
)

// Given any findings, when they are folded, then none is lost and none told
// twice, and no incident opens before it began.
func TestFoldOfAnything(t *testing.T) {
	kinds := []model.IncidentKind{model.IncidentDrift, model.IncidentDataQuality, model.IncidentRunaway, model.IncidentCostShift, model.IncidentBudgetBurn, model.IncidentDivergence, model.IncidentViolation}
	rapid.Check(t, func(t *rapid.T) {
		var given []model.Incident
		want := map[string]int{}
		for n := range rapid.IntRange(1, 12).Draw(t, "findings") {
			began := rapid.IntRange(0, 40).Draw(t, "began")
			i := found(rapid.SampledFrom(kinds).Draw(t, "kind"), fmt.Sprintf("%s{n=%d}", rapid.SampledFrom([]string{"output_tokens", "acceptance_rate", "cost_per_task"}).Draw(t, "signal"), n),
				rapid.SampledFrom([]model.Severity{model.Page, model.Ticket}).Draw(t, "severity"), began, began+rapid.IntRange(0, 12).Draw(t, "told after"))
			if rapid.Bool().Draw(t, "closed") {
				i.ClosedAt = i.OpenedAt.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "open for")) * time.Hour)
			}
			given = append(given, i)
			want[i.Series]++
		}
		got := map[string]int{}
		for _, i := range Fold(given) {
			require.False(t, i.OpenedAt.Before(i.StartedAt), "%s began at %s and opened at %s", i.Series, i.StartedAt, i.OpenedAt)
			got[i.Series]++
			for _, e := range i.Explained {
				got[e.Series]++
			}
		}
		require.Equal(t, want, got)
	})
}
