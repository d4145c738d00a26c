package detect

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/block"
)

// What was learnt on working days must not make the first weekend news.
func TestTheFirstWeekendIsNoIncident(t *testing.T) {
	monday := time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC)
	var counts []block.Categorical
	for h := range 12 * 24 {
		n := int64(50 + 30*(h%24)/24)
		counts = append(counts, block.Categorical{Start: monday.Add(time.Duration(h) * time.Hour), Length: time.Hour,
			Counts: map[string]int64{"stop": n, "length": n/8 + int64(h%3), "tool_calls": n/9 + int64(h%2)}})
	}
	for name, ref := range map[string]Reference{
		"rolling": {Rolling: true},
		"pinned":  {Until: monday.Add(5 * 24 * time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			r := Run([]Series{{Product: "shop", Name: "finish_reason", Kind: Categorical, Categorical: counts}},
				Settings{Now: monday.Add(12 * 24 * time.Hour), Reference: ref})
			require.Empty(t, r.Incidents)
		})
	}
}
