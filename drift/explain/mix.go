package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/windage-dev/windage/model"
)

// Part is one slice of a series before and after: rows, and the sum and the sum
// of squares of what is averaged (ones and noughts for a share).
type Part struct {
	Name          string
	Before, After Moments
}

// Moments are the sums of some rows.
type Moments struct{ N, Sum, Sum2 float64 }

func (m Moments) mean() float64 {
	if m.N == 0 {
		return 0
	}
	return m.Sum / m.N
}

func (m Moments) variance() float64 {
	if m.N < 2 {
		return 0
	}
	return max(0, m.Sum2/m.N-m.mean()*m.mean())
}

// Mix is how much of the change of a mean comes from another mix of slices of
// one dimension, and how much from change within them; each with its 95 %
// interval (delta method, slices and sides independent).
type Mix struct {
	Dimension   string
	Mix, Within model.Estimate
	Parts       []Part
	Split       Split
	shares      [][2]float64
}

// MixOf splits the change over the slices of one dimension. false: fewer than
// two slices, or hardly any that have rows on both sides.
func MixOf(dimension string, parts []Part) (Mix, bool) {
	m := Mix{Dimension: dimension, Parts: parts}
	var before, after float64
	seen := 0
	for _, p := range parts {
		before, after = before+p.Before.N, after+p.After.N
		if p.Before.N+p.After.N > 0 {
			seen++
		}
	}
	if seen < 2 || before == 0 || after == 0 {
		return m, false
	}
	groups := make([]Group, len(parts))
	for i, p := range parts {
		groups[i] = Group{p.Name, p.Before.N / before, p.Before.mean(), p.After.N / after, p.After.mean()}
		m.shares = append(m.shares, [2]float64{groups[i].ShareBefore, groups[i].ShareAfter})
	}
	// A version that replaced another is no mix: hardly a row has a counterpart.
	var common [2]float64
	for i := range groups {
		if min(m.shares[i][0], m.shares[i][1]) >= 0.01 {
			common[0], common[1] = common[0]+m.shares[i][0], common[1]+m.shares[i][1]
		}
	}
	if min(common[0], common[1]) < 0.5 {
		return m, false
	}
	m.Split = Kitagawa(groups)
	// The mix is a sum of shares with the slices' mean as weights, the within
	// part one of means with the slices' share as weights.
	var sum, sq [2]float64
	var within float64
	for i, p := range parts {
		g := groups[i]
		mid, share := (g.Before+g.After)/2, (g.ShareBefore+g.ShareAfter)/2
		if p.Before.N == 0 {
			mid = g.After
		}
		if p.After.N == 0 {
			mid = g.Before
		}
		sum[0], sq[0] = sum[0]+g.ShareBefore*mid, sq[0]+g.ShareBefore*mid*mid
		sum[1], sq[1] = sum[1]+g.ShareAfter*mid, sq[1]+g.ShareAfter*mid*mid
		if p.Before.N > 0 && p.After.N > 0 {
			within += share * share * (p.Before.variance()/p.Before.N + p.After.variance()/p.After.N)
		}
	}
	mix := max(0, sq[0]-sum[0]*sum[0])/before + max(0, sq[1]-sum[1]*sum[1])/after
	m.Mix, m.Within = around(m.Split.Mix, mix, after), around(m.Split.Within, within, after)
	return m, true
}

func around(v, variance, n float64) model.Estimate {
	h := 1.96 * math.Sqrt(variance)
	return model.Estimate{Value: &v, Interval: &model.Interval95{Low: v - h, High: v + h}, N: int64(n)}
}

// Tellingest is the split that says most: the one whose mix explains most of
// the change beyond doubt, else the one with the slice that changed most
// against the others. false: none can be made.
func Tellingest(splits []Mix) (best Mix, ok bool) {
	score := func(m Mix) float64 {
		if s := math.Abs(*m.Mix.Value); s > 0.1*math.Abs(*m.Mix.Value+*m.Within.Value) && clear(m.Mix) {
			return 1 + s
		}
		return m.lead() / 2
	}
	for _, m := range splits {
		if !ok || score(m) > score(best) {
			best, ok = m, true
		}
	}
	return best, ok
}

func clear(e model.Estimate) bool { return e.Interval.Low > 0 || e.Interval.High < 0 }

// lead is by how much the slice that changed most leads the within part, as a
// share of it beyond its share of rows.
func (m Mix) lead() float64 {
	i := m.most()
	if *m.Within.Value == 0 {
		return 0
	}
	return m.Split.ByGroup[i] / *m.Within.Value - (m.shares[i][0]+m.shares[i][1])/2
}

func (m Mix) most() int {
	best := 0
	for i, x := range m.Split.ByGroup {
		if x**m.Within.Value > m.Split.ByGroup[best]**m.Within.Value {
			best = i
		}
	}
	return best
}

// Say tells the split in the unit of the effect: relative (the means are logs),
// share (points), or that of the values.
func (m Mix) Say(unit string) string {
	say := func(e model.Estimate) string {
		return fmt.Sprintf("%s (95 %% %s to %s)", Amount(*e.Value, unit), Amount(e.Interval.Low, unit), Amount(e.Interval.High, unit))
	}
	within := "within each " + m.Dimension + ": " + say(m.Within)
	if i := m.most(); m.lead() > 0.25 {
		p := m.Parts[i]
		within += fmt.Sprintf(", most of it in %s (%s, %.0f rows)", p.Name, fromTo(p, unit), p.After.N)
	}
	if !clear(m.Mix) || math.Abs(*m.Mix.Value) < 0.1*math.Abs(*m.Mix.Value+*m.Within.Value) {
		return fmt.Sprintf("not another mix of %s (%s); %s", m.Dimension, Amount(*m.Mix.Value, unit), within)
	}
	order := make([]int, len(m.Parts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		d := math.Abs(m.shares[b][1]-m.shares[b][0]) - math.Abs(m.shares[a][1]-m.shares[a][0])
		if d != 0 {
			return int(math.Copysign(1, d))
		}
		return strings.Compare(m.Parts[a].Name, m.Parts[b].Name)
	})
	p, s := m.Parts[order[0]], m.shares[order[0]]
	return fmt.Sprintf("mix: %s because %s %s went from %s to %s of rows; %s", say(m.Mix), m.Dimension, p.Name, percent(s[0]), percent(s[1]), within)
}

func fromTo(p Part, unit string) string {
	a, b := p.Before.mean(), p.After.mean()
	switch unit {
	case "relative":
		return Amount(b-a, unit)
	case "share":
		return fmt.Sprintf("%.0f to %.0f %%", 100*a, 100*b)
	default:
		return fmt.Sprintf("%s to %s", number(a), number(b))
	}
}

// Amount is a change as people say it. Of unit relative it is a change of logs.
func Amount(x float64, unit string) string {
	switch unit {
	case "relative":
		return fmt.Sprintf("%+.0f %%", 100*math.Expm1(x))
	case "share":
		return fmt.Sprintf("%+.1f points", 100*x)
	default:
		return fmt.Sprintf("%+.3g", x)
	}
}
