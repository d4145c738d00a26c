package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/sim"
	"github.com/windage-dev/windage/model"
)

// shapes are streams of other shapes than token counts in which nothing
// happens: 20 series of a shape as one installation, four weeks watched.
func shapes(f figures, draws int) {
	const k, watch, perHour = 20, 4 * 168, 100
	fmt.Println("streams of other shapes where nothing happens: 20 series, 100 rows an hour, false pages per 30 days with 1, 2 and 4 weeks of reference")
	for i, s := range sim.Shapes {
		if !strings.Contains(s.Name, shapeNamed) {
			continue
		}
		fmt.Printf("  %-52s", s.Name)
		for _, weeks := range []int{1, 2, 4} {
			pages := 0
			for rep := range draws {
				all := make([]detect.Series, k)
				for j := range all {
					r := rand.New(rand.NewPCG(firstSeed+uint64(rep), uint64(1000*i+j)))
					all[j] = detect.Series{Product: fmt.Sprint(j), Name: "x", Kind: detect.Numeric}
					if s.Unit {
						all[j].Kind = detect.Score
					}
					if s.Value != nil {
						all[j].Kind = detect.Categorical
					}
					all[j].Numeric, all[j].Categorical = s.Draw(r, start, weeks*168+watch, perHour)
				}
				for _, in := range judge(all, weeks*168) {
					if in.Severity == model.Page {
						pages++
						if verbose {
							fmt.Printf("\n    %s %s %s %s", in.Product, in.OpenedAt.Format("2 Jan 15h"), in.Moved, in.Evidence)
						}
					}
				}
			}
			v, lo, hi := perMonth(pages, draws*watch)
			f[fmt.Sprintf("null.shape.%s.weeks%d.series%d", s.Name, weeks, k)] = figure{Value: v, Unit: "false pages per 30 days", N: draws, Low: &lo, High: &hi}
			fmt.Printf("  %5.2f (%.2f to %.2f)", v, lo, hi)
		}
		fmt.Println()
	}
}
