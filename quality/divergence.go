package quality

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/interval"
)

// Divergence settings. A pair is looked at every hour for months, so that a
// 95 % interval would find something every day: zPair = 4.5 leaves about
// 3·10⁻⁶ per side and look. A move smaller than MinMove of the baseline (for
// shares: MinMovePoints) is of no interest to a person.
const (
	zPair         = 4.5
	MinMove       = 0.10
	MinMovePoints = 0.03
)

// Past is what a comparison needs to know of one metric's past: the facts of
// the baseline, and those of each of its days.
type Past struct {
	Baseline *Facts
	Days     []*Facts
}

// Diverge looks for layers that moved apart: an offline metric that rose or
// held while an online or business metric fell beyond its interval (peers call
// it the offline/online mismatch). Intervals are at zPair, those of shares exact, and widened by the
// day-to-day spread that the baseline itself shows. A fall that is visible at
// 95 % but not at zPair is inconclusive, and never pages.
func Diverge(settings []Setting, now *Facts, past Past) []model.Divergence {
	var ups, downs []move
	for _, s := range settings {
		mv, ok := s.moved(now, past)
		if !ok {
			continue
		}
		if s.Layer == model.Offline {
			ups = append(ups, mv)
		} else {
			downs = append(downs, mv)
		}
	}
	best := bestMove(ups)
	if best == nil {
		return nil
	}
	slices.SortStableFunc(downs, func(a, b move) int { return cmp.Compare(b.size(), a.size()) })
	var out []model.Divergence
	for _, d := range downs {
		if d.strict.Low <= 0 && d.plain.Low <= 0 || !d.matters() {
			continue
		}
		if d.s.Unit == model.UnitUSD && best.plain.High >= 0 {
			continue // dearer with nothing gained in view is a matter of cost, not of layers that disagree
		}
		verdict := "diverging"
		if d.strict.Low <= 0 {
			verdict = "inconclusive"
		}
		out = append(out, model.Divergence{
			Better: string(best.s.Layer) + "/" + best.s.Name, Worse: string(d.s.Layer) + "/" + d.s.Name,
			Up: best.change, Down: d.change, Verdict: verdict,
			Why: fmt.Sprintf("%s went from %s to %s while %s went from %s to %s",
				best.s.Title, Format(*best.base.Value, best.s.Unit), describe(best.now, best.s.Unit),
				d.s.Title, Format(*d.base.Value, d.s.Unit), describe(d.now, d.s.Unit)),
		})
	}
	return out
}

// move is one metric's change; positive in plain and strict is worse.
type move struct {
	s             Setting
	now, base     model.Estimate
	change        model.Estimate
	plain, strict model.Interval95
}

// matters reports whether the point change is large enough to bother anyone.
func (m move) matters() bool {
	d := math.Abs(*m.change.Value)
	if m.s.Unit == model.UnitRatio {
		return d >= MinMovePoints
	}
	return d >= MinMove*math.Abs(*m.base.Value)
}

// size is how many half widths of its own interval the metric moved.
func (m move) size() float64 {
	if half := m.plain.High - m.plain.Low; half > 0 {
		return (m.plain.High + m.plain.Low) / half
	}
	return 0
}

func (s Setting) moved(now *Facts, past Past) (move, bool) {
	a, b := s.measure(now, z95), s.measure(past.Baseline, z95)
	if !a.Measured() || !b.Measured() || a.N < int64(s.MinSample) || b.N < int64(s.MinSample) {
		return move{}, false
	}
	wide := s.spread(past, *b.Value)
	c := Difference(a.Estimate, b.Estimate, wide)
	as, bs := s.measure(now, zPair), s.measure(past.Baseline, zPair)
	strict := Difference(as.Estimate, bs.Estimate, wide)
	if strict.Measured() && (strict.Interval.Low > 0 || strict.Interval.High < 0) { // seldom: the exact one costs a thousand times as much
		strict = Difference(s.exact(as.Estimate), s.exact(bs.Estimate), wide)
	}
	if !c.Measured() || !strict.Measured() {
		return move{}, false
	}
	m := move{s: s, now: a.Estimate, base: b.Estimate, change: c, plain: *c.Interval, strict: *strict.Interval}
	if s.HigherIsBetter {
		m.plain.Low, m.plain.High = -m.plain.High, -m.plain.Low
		m.strict.Low, m.strict.High = -m.strict.High, -m.strict.Low
	}
	return m, true
}

// exact widens the zPair interval of a share to the exact one. So far out the
// binomial is skewed: of 73 decisions at 9.6 %, 19 are 4.8 standard errors too
// many, which happens fifteen times as often as the normal distribution says.
func (s Setting) exact(e model.Estimate) model.Estimate {
	if s.Unit != model.UnitRatio || !e.Measured() || e.Interval == nil || *e.Value < 0 || *e.Value > 1 {
		return e
	}
	n := float64(e.N)
	i := interval.ClopperPearson(*e.Value*n, n, 1-stat.NormalTwoSided(zPair))
	e.Interval = &model.Interval95{Low: math.Min(e.Interval.Low, i.Low), High: math.Max(e.Interval.High, i.High)}
	return e
}

// spread is the square root of the design effect: how much wider the days of
// the baseline scatter about it than their own intervals allow, at least 1.
// With fewer than three days it is 1.5, not a claim to know.
func (s Setting) spread(past Past, base float64) float64 {
	var sum, n float64
	for _, d := range past.Days {
		e := s.measure(d, z95)
		if !e.Measured() || e.Interval == nil || e.N < 5 {
			continue
		}
		half := *e.Value - e.Interval.Low
		if base > *e.Value {
			half = e.Interval.High - *e.Value
		}
		if half > 0 {
			z := (*e.Value - base) / half * z95
			sum += z * z
			n++
		}
	}
	if n < 3 {
		return 1.5
	}
	return math.Max(1, math.Sqrt(sum/n))
}

// bestMove is the offline metric that rose most in standard terms, or one that
// held. Where any offline metric fell beyond doubt, the layers agree and there
// is none.
func bestMove(ups []move) *move {
	var best *move
	score := math.Inf(-1)
	for i := range ups {
		u := &ups[i]
		if u.strict.Low > 0 {
			return nil
		}
		if u.plain.Low > 0 {
			continue
		}
		half := (u.plain.High - u.plain.Low) / 2
		mid := -(u.plain.High + u.plain.Low) / 2 // positive is better
		if half > 0 && mid/half > score {
			best, score = u, mid/half
		}
	}
	return best
}

// Silence is how long a layer may be quiet before its light goes out.
const Silence = 3 * 24 * time.Hour
