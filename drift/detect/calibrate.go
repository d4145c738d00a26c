package detect

import (
	"math"
	"time"

	"gonum.org/v1/gonum/mathext"

	"github.com/windage-dev/windage/model"
)

// falsePages counts the pages that a series would have sent in its own
// reference, each part judged by the others; windows stay within a part, and
// within a week one page stands for all.
func (w *watch) falsePages(cal *calendar, s Settings) (pages, blocks int) {
	last := math.MinInt
	for i, t := range w.refs.at {
		from := w.refs.part[i]
		blocks++
		_, page := w.strongest(cal, t, from, from, false, func(p peak) bool {
			if p.log < w.threshold {
				return false
			}
			size, lower := p.effect(t)
			return w.pages(cal, p, size, lower, s)
		})
		if page.measured {
			if t-last > cal.blocks(again) {
				pages++
			}
			last = t
		}
	}
	return pages, blocks
}

// perMonth is a rate per thirty days with its exact 95 % Poisson interval
// (Garwood 1936).
func perMonth(events int, watched time.Duration) model.Estimate {
	if watched <= 0 {
		return model.Estimate{Reason: "no reference to measure it on"}
	}
	months := float64(watched) / float64(month)
	k := float64(events)
	lo := 0.0
	if events > 0 {
		lo = mathext.GammaIncRegInv(k, 0.025) / months
	}
	hi := mathext.GammaIncRegInv(k+1, 0.975) / months
	v := k / months
	return model.Estimate{Value: &v, Interval: &model.Interval95{Low: lo, High: hi}, N: int64(math.Round(watched.Hours() / 168))}
}
