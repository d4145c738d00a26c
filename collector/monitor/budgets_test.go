package monitor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost/budget"
	"github.com/windage-dev/windage/model"
)

// thisMonth is a period of budgets in which all rows from start on lie: the
// month of UTC, or where that has just begun, of a place half a day behind.
func thisMonth() string {
	if from, _ := budget.Month.Bounds(time.Now(), time.UTC); from.After(start()) {
		return "period: month, time_zone: Etc/GMT+12"
	}
	return "period: month"
}

// Calls of two teams and of none, some without a price, in one product.
func TestBudgetsOfTeamsAndTenantsCountTheirOwnCalls(t *testing.T) {
	db, month := database(t), thisMonth()
	at := start()
	var spans []*model.Span
	for i := range 40 {
		s, _ := task(i, at.Add(time.Duration(i)*time.Minute))
		for _, row := range s {
			row.Team, row.Tenant = []string{"claims", "search", ""}[i%3], []string{"acme", ""}[i%2]
			if row.Team == "search" && row.Cost != nil {
				row.Cost = &model.Cost{Status: model.CostUnpriced, Reason: "unknown_model"}
			}
		}
		spans = append(spans, s...)
	}
	put(t, db, spans, nil)
	s := look(t, evaluatorFor(`products:
  support:
    budgets:
      - {name: all, usd: 5, `+month+`}
      - {name: claims, usd: 5, `+month+`, team: claims}
      - {name: search, usd: 5, `+month+`, team: search}
      - {name: acme, usd: 5, `+month+`, tenant: acme}
      - {name: nobody, usd: 5, `+month+`, team: nobody}
`), db)

	used, unpriced, state := map[string]float64{}, map[string]int64{}, map[string]model.State{}
	for _, b := range s.Budgets {
		unpriced[b.Name], state[b.Name] = b.Unpriced, b.State
		if b.UsedUSD != nil {
			used[b.Name] = *b.UsedUSD
		}
	}
	// 14 tasks of claims, 13 of search, 13 of none; acme has every second of them.
	require.InDeltaMapValues(t, map[string]float64{"all": 0.027, "claims": 0.014, "acme": 0.014, "nobody": 0}, used, 1e-9)
	require.Equal(t, map[string]int64{"all": 13, "claims": 0, "search": 13, "acme": 6, "nobody": 0}, unpriced)
	require.Equal(t, map[string]model.State{"all": "unknown", "claims": "ok", "search": "unknown", "acme": "unknown", "nobody": "ok"}, state)
}
