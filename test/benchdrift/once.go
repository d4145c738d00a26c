package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/sim"
	"github.com/windage-dev/windage/model"
)

// once is how often one change that stays is paged: it should be once. Each
// stream is an installation of its own, shifted at an hour of its own, and
// watched for two to three weeks after it.
func once(f figures, draws int) {
	const perHour = 60
	fmt.Println("one change that stays, 60 rows an hour: share paged exactly once, never and more often, with 2 and 4 weeks of reference")
	for i, s := range sim.Shifted(start) {
		if !strings.Contains(s.Name, shapeNamed) {
			continue
		}
		fmt.Printf("  %-34s", s.Name)
		for _, weeks := range []int{2, 4} {
			paged := map[int]int{}
			for rep := range draws {
				r := rand.New(rand.NewPCG(firstSeed+uint64(rep), uint64(7000+i)))
				at := weeks*168 + r.IntN(7*24)
				s := sim.Shifted(start.Add(time.Duration(at) * time.Hour))[i]
				x := detect.Series{Product: "p", Name: "x", Kind: detect.Numeric}
				if s.Unit {
					x.Kind = detect.Score
				}
				if s.Value != nil {
					x.Kind = detect.Categorical
				}
				x.Numeric, x.Categorical = s.Draw(r, start, (weeks+3)*168, perHour)
				n := 0
				all := judge([]detect.Series{x}, weeks*168)
				for _, in := range all {
					if in.Severity == model.Page {
						n++
					}
				}
				paged[min(n, 2)]++
				if verbose && n > 1 {
					fmt.Printf("\n   draw %d at %s", rep, start.Add(time.Duration(at)*time.Hour).Format("2 Jan 15h"))
					for _, in := range all {
						fmt.Printf("\n    %-6s %s to %s, from %s: %s; %s", in.Severity, in.OpenedAt.Format("2 Jan 15h"), in.ClosedAt.Format("2 Jan 15h"), in.StartedAt.Format("2 Jan 15h"), in.Moved, in.Evidence)
					}
				}
			}
			name := fmt.Sprintf("constant.%s.weeks%d", s.Name, weeks)
			for k, what := range []string{"never", "once", "more"} {
				f[name+"."+what] = figure{Value: float64(paged[k]) / float64(draws), Unit: "share", N: draws}
			}
			fmt.Printf("  %d weeks: %d of %d once, %d never, %d more often", weeks, paged[1], draws, paged[0], paged[2])
		}
		fmt.Println()
	}
}
