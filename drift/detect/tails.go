package detect

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// extremes are the largest scores of the reference by component, window and
// side, each part judged by the others, and those of all polynomials together.
type extremes struct {
	plain, jump [][maxWindows][2]float64
	joint       [maxWindows]float64
}

// extremes looks at the scores of the reference.
func (w *watch) extremes(cal *calendar) {
	j := joint{}
	for _, m := range w.comps {
		if m.c.polynomial {
			j.ms = append(j.ms, m)
			j.looks = max(j.looks, m.looks)
		}
	}
	if len(j.ms) < 2 {
		j.ms = nil
	}
	w.together = j
	if len(w.comps) == 0 {
		return
	}
	top := extremes{plain: make([][maxWindows][2]float64, len(w.comps)), jump: make([][maxWindows][2]float64, len(w.comps))}
	parts := make([]int, cal.refEnd-cal.refFrom)
	for t := range parts {
		parts[t] = math.MaxInt
	}
	for i, t := range w.refs.at {
		parts[t-cal.refFrom] = w.refs.part[i]
	}
	for i, win := range w.comps[0].windows {
		for t := cal.refFrom + win - 1; t < cal.refEnd; t += stride(win) {
			var together float64
			for c, m := range w.comps {
				x := m.excess(i, &m.cum[t+1-win], &m.cum[t+1])
				if m.c.polynomial {
					together += x
				}
				highest(&top.plain[c][i], x, m, func() (float64, float64, bool) { return m.score(i, t, win) })
				if m.jump.has(i, t, win, parts[t-cal.refFrom]) {
					highest(&top.jump[c][i], m.jumpExcess(i, t, win), m, func() (float64, float64, bool) { return m.jumpScore(cal, i, t, win) })
				}
			}
			if j.ms != nil && together > top.joint[i] {
				if x, ok := j.at(i, t, win); ok {
					top.joint[i] = max(top.joint[i], x)
				}
			}
		}
	}
	w.top = top
}

// highest keeps the largest scores of both sides, where x bounds the square of
// this one.
func highest(h *[2]float64, x float64, m *null, score func() (z, dev float64, ok bool)) {
	if m.c.share {
		x /= 0.45
	}
	if x > h[0]*h[0] || x > h[1]*h[1] {
		if z, _, ok := score(); ok {
			h[0], h[1] = max(h[0], z), max(h[1], -z)
		}
	}
}

// stretch makes of the extremes the factors by which scores are divided where
// tails are heavier than normal.
func (w *watch) stretch(cal *calendar) {
	if len(w.comps) == 0 {
		return
	}
	span := float64(cal.refEnd - cal.refFrom)
	windows := w.comps[0].windows
	for c, m := range w.comps {
		m.inflate = m.stretched(w.top.plain[c][:len(windows)], span)
		if m.jump != nil {
			m.jump.inflate = m.stretched(w.top.jump[c][:len(m.jump.between)], span)
		}
	}
	// The values of a categorical series have their tails in common.
	var common [][2]float64
	for _, m := range w.comps {
		if m.c.value == "" || m.c.quality {
			continue
		}
		if common == nil {
			common = make([][2]float64, len(windows))
		}
		for i, x := range m.inflate {
			common[i][0], common[i][1] = max(common[i][0], x[0]), max(common[i][1], x[1])
		}
	}
	for _, m := range w.comps {
		if m.c.value != "" && !m.c.quality {
			m.inflate = common
		}
	}
	j := &w.together
	if j.ms == nil {
		return
	}
	j.inflate = make([]float64, len(windows))
	for i, win := range windows {
		least := logChi2Tail(w.top.joint[i], len(j.ms))
		looks := min(1, j.looks/math.Sqrt(float64(win))/4)
		j.inflate[i] = heavier(tailDeviate(least) / tailDeviate(math.Log(0.69/(looks*span))))
	}
}

// spread counts the independent looks that a block is.
func (m *null) spread() {
	m.looks = 0
	for i := range m.windows {
		m.looks += m.looksAt(i)
	}
	m.floors()
}

// looksAt is how many independent looks a block is to window i.
func (m *null) looksAt(i int) float64 { return min(1, 5*math.Sqrt(m.smoothness(i)/math.Pi)) }

// stretched is the factor by which scores are divided, by window and side,
// where top are the largest of a reference of span blocks.
func (m *null) stretched(top [][2]float64, span float64) [][2]float64 {
	out := make([][2]float64, len(top))
	for i := range top {
		lo, hi := max(0, i-1), min(len(top), i+2)
		var n float64
		var z [2]float64
		for j := lo; j < hi; j++ {
			n += m.looksAt(j)
			z[0], z[1] = max(z[0], top[j][0]), max(z[1], top[j][1])
		}
		// The median of the largest of as many independent normals.
		q := tailDeviate(math.Log(2 * 0.69 / (n * span)))
		out[i] = [2]float64{heavier(z[0] / q), heavier(z[1] / q)}
	}
	return out
}

// heavier is the factor by which scores are divided when the largest of the
// reference was r times what normal ones would have had as theirs. Chance
// makes that 8 % often; beyond it tails are heavy, and more so further out than
// the reference can show.
func heavier(r float64) float64 {
	const chance = 1.08
	if r <= chance {
		return 1
	}
	return math.Pow(r/chance, 1.5)
}

// logChi2Tail is the log of the upper tail probability of χ² with d degrees of
// freedom.
func logChi2Tail(x float64, d int) float64 {
	if x <= 0 {
		return 0
	}
	k := float64(d) / 2
	if x < 600 {
		if p := mathext.GammaIncRegComp(k, x/2); p > 0 {
			return math.Log(p)
		}
	}
	g, _ := math.Lgamma(k)
	return -x/2 + (k-1)*math.Log(x/2) - g
}

// poolTails draws the extremes of components of one name together as far as
// their spread over series is chance: the largest score of a reference of weeks
// is a poor measure of how heavy one series' tails are.
func poolTails(all []*watch) {
	type place struct {
		name string
		jump bool
	}
	by := map[place][]*[maxWindows][2]float64{}
	joints := []*[maxWindows]float64{}
	for _, w := range all {
		for c, m := range w.comps {
			key := m.c.name
			if m.c.value != "" && !m.c.quality {
				key = "value"
			}
			by[place{key, false}] = append(by[place{key, false}], &w.top.plain[c])
			if m.jump != nil {
				by[place{key, true}] = append(by[place{key, true}], &w.top.jump[c])
			}
		}
		if w.together.ms != nil {
			joints = append(joints, &w.top.joint)
		}
	}
	var xs []*float64
	for _, tops := range by {
		for i := range maxWindows {
			for side := range 2 {
				xs = xs[:0]
				for _, t := range tops {
					xs = append(xs, &t[i][side])
				}
				drawTogether(xs, 1)
			}
		}
	}
	for i := range maxWindows {
		xs = xs[:0]
		for _, t := range joints {
			xs = append(xs, &t[i])
		}
		drawTogether(xs, 2)
	}
}

// drawTogether shrinks largest scores, to the given power, to their median.
// The logarithm of the largest of many normals has a standard deviation of
// π/√6/q², q being where it lies.
func drawTogether(xs []*float64, power float64) {
	if len(xs) < 4 {
		return
	}
	logs := make([]float64, 0, len(xs))
	for _, x := range xs {
		if *x > 0 {
			logs = append(logs, math.Log(*x)/power)
		}
	}
	if len(logs) < 4 {
		return
	}
	slices.Sort(logs)
	med := logs[len(logs)/2]
	spread := (logs[int(0.84*float64(len(logs)-1))] - logs[int(0.16*float64(len(logs)-1))]) / 2
	q := math.Exp(med)
	chance := math.Pi / math.Sqrt(6) / (q * q)
	keep := max(0, 1-chance*chance/(spread*spread))
	for _, x := range xs {
		if *x > 0 {
			*x = math.Exp(power * (med + keep*(math.Log(*x)/power-med)))
		}
	}
}
