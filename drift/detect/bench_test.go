package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/windage-dev/windage/drift/sim"
)

// BenchmarkRun judges 100 series over 28 days of reference and 30 watched.
func BenchmarkRun(b *testing.B) {
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	var s []Series
	for i := range 100 {
		w := sim.Workload{PerHour: 400, Start: start, Blocks: 58 * 24}
		s = append(s, Series{Product: fmt.Sprint(i), Name: "output_tokens", Kind: Numeric, Numeric: w.Numeric(rand.New(rand.NewPCG(1, uint64(i))))})
	}
	for b.Loop() {
		Run(s, Settings{Reference: Reference{Until: start.Add(28 * 24 * time.Hour)}})
	}
}
