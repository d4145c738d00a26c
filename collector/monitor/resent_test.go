package monitor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// Given calls that were counted, when an exporter sends their spans again with
// another start, in the same minute or in another one, then each call is spent
// once: in the product, in its budgets and by team.
func TestASpanSentAgainWithAnotherStartIsSpentOnce(t *testing.T) {
	for name, by := range map[string]time.Duration{"in the same minute": 15 * time.Second, "minutes later": 3 * time.Minute, "an hour earlier": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			month := thisMonth()
			db, e := database(t), evaluatorFor(`products:
  support:
    budgets:
      - {name: all, usd: 5, `+month+`}
      - {name: claims, usd: 5, `+month+`, team: claims}
`)
			var first, again []*model.Span
			for i := range 5 {
				spans, _ := task(i, start().Add(2*time.Hour+time.Duration(i)*time.Minute)) // all within the period, moved or not
				for _, s := range spans {
					s.Team = "claims"
					moved := *s
					moved.Start = s.Start.Add(by)
					again = append(again, &moved)
				}
				first = append(first, spans...)
			}
			spent := func() map[string]float64 {
				s := look(t, e, db)
				require.EqualValues(t, 5, s.Product("support").Cost.Calls)
				used := map[string]float64{}
				for _, b := range s.Budgets {
					require.NotNil(t, b.UsedUSD)
					used[b.Name] = *b.UsedUSD
				}
				return used
			}
			once := map[string]float64{"all": 0.005, "claims": 0.005}
			put(t, db, first, nil)
			require.InDeltaMapValues(t, once, spent(), 1e-9)
			put(t, db, again, nil)
			require.InDeltaMapValues(t, once, spent(), 1e-9)
			require.InDeltaMapValues(t, once, spent(), 1e-9, "and that stays so")
		})
	}
}
