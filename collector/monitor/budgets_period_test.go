package monitor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// Given a daily budget that was overspent in the evening, when the next day
// has begun and little is spent, then its incident is closed with its day, also
// where nobody looked in between.
func TestAnIncidentOfABudgetEndsWithItsPeriod(t *testing.T) {
	midnight := time.Date(2026, 10, 6, 0, 0, 0, 0, time.UTC)
	steps := map[int64]store.Spend{}
	for at := midnight.AddDate(0, 0, -2); at.Before(midnight.AddDate(0, 0, 2)); at = at.Add(store.SpendStep) {
		usd := model.USD / 100
		if !at.Before(midnight.Add(-3*time.Hour)) && at.Before(midnight.Add(-time.Hour)) {
			usd = model.USD
		}
		steps[at.Unix()] = store.Spend{Product: "support", Start: at, USD: usd, Seen: usd, Calls: 1}
	}
	for name, asOf := range map[string]time.Time{"ten minutes into the day": midnight.Add(10 * time.Minute), "a day later": midnight.AddDate(0, 0, 1)} {
		t.Run(name, func(t *testing.T) {
			e := evaluatorFor("products:\n  support:\n    budget: {usd: 10, period: day}\n")
			e.spend = map[string]map[int64]store.Spend{"support": steps}
			budgets, found := e.judgeBudgets(asOf)
			require.Len(t, budgets, 1)
			require.Equal(t, model.StateOK, budgets[0].State, budgets[0].Why)
			require.NotEmpty(t, found, "the evening was told of")
			for _, i := range found {
				require.False(t, i.Open(), "%s: %s", i.Series, i.Evidence)
				require.False(t, i.ClosedAt.After(midnight.Add(time.Hour)), i.Series)
			}
		})
	}
}
