package series

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/windage-dev/windage/drift/stat"
)

// Bounds say which smoothing parameters may be estimated.
type Bounds struct {
	// Level is the range of alpha, Trend that of beta and Season that of
	// gamma/(1−alpha).
	Level, Trend, Season [2]float64
	// TrendWithinLevel keeps beta at or below alpha.
	TrendWithinLevel bool
}

var (
	// tiny is the least alpha of statsmodels' ExponentialSmoothing.
	tiny = math.Sqrt(math.Nextafter(1, 2) - 1)

	// HoltWintersBounds are those of statsmodels' ExponentialSmoothing.
	HoltWintersBounds = Bounds{Level: [2]float64{tiny, 1 - tiny}, Trend: [2]float64{0, 1}, Season: [2]float64{0, 1}, TrendWithinLevel: true}

	// ETSBounds are those of statsmodels' ETSModel.
	ETSBounds = Bounds{Level: [2]float64{1e-4, 1 - 1e-4}, Trend: [2]float64{1e-4, 1 - 1e-4}, Season: [2]float64{1e-4, 1 - 1e-4}}
)

// Estimated is exponential smoothing with the parameters and the start that
// fit best.
type Estimated struct {
	Fit
	// Alpha, Beta and Gamma are the smoothing parameters of Smooth; N is the
	// number of values and Period the length of the season, 0 without.
	Alpha, Beta, Gamma float64
	Start              Start
	N, Period          int
}

// mostWork bounds values × states²: the work of one trial of the parameters.
const mostWork = 40_000_000

// Estimate finds the exponential smoothing with additive trend, and with an
// additive season of period values (0 for none), whose squared errors one step
// ahead are smallest. The errors are linear in the start, so the best start for
// given parameters is exact (least squares); the parameters are searched on a
// grid and refined from its best points. There is no randomness.
func Estimate(x []float64, period int, b Bounds) (Estimated, error) {
	n := len(x)
	if period != 0 && (period < 2 || n < 2*period) {
		return Estimated{}, fmt.Errorf("%d values are not two seasons of %d", n, period)
	}
	states := 2 + max(0, period-1)
	if n < states+4 {
		return Estimated{}, fmt.Errorf("%d values are too few to estimate %d parameters", n, states+3)
	}
	if n*states*states > mostWork {
		return Estimated{}, fmt.Errorf("a season of %d values over %d takes too long to estimate", period, n)
	}
	p := newProfile(x, period, b)
	best := p.search()
	s, alpha, beta, gamma := p.at(best)
	return Estimated{Fit: Smooth(x, s, alpha, beta, gamma), Alpha: alpha, Beta: beta, Gamma: gamma, Start: s, N: n, Period: period}, nil
}

// EstimateSeason is Estimate with the period that has the smallest AIC: none, or
// one of the usual seasons of which there are at least three in the values.
func EstimateSeason(x []float64, b Bounds) (Estimated, error) {
	best, err := Estimate(x, 0, b)
	if err != nil {
		return best, err
	}
	for _, period := range []int{4, 7, 12, 24, 52, 168} {
		if len(x) < 3*period {
			break
		}
		e, err := Estimate(x, period, b)
		if err == nil && e.AIC() < best.AIC() {
			best = e
		}
	}
	return best, nil
}

// AIC is Akaike's criterion: n(ln(2π SSE/n) + 1) + 2k, with k counting the
// smoothing parameters, the start and the variance.
func (e Estimated) AIC() float64 {
	n, k := float64(e.N), 5
	if e.Period > 0 {
		k += 1 + e.Period
	}
	return n*(math.Log(2*math.Pi*e.SSE/n)+1) + 2*float64(k)
}

// Interval gives the range that holds the value h steps ahead with the given
// probability, for normal errors (Hyndman, Koehler, Ord & Snyder 2008, table
// 6.1).
func (e Estimated) Interval(h int, level float64) (low, high float64) {
	a, b, t := e.Alpha, e.Alpha*e.Beta, float64(h)
	v := 1 + (t-1)*(a*a+a*b*t+b*b*t*(2*t-1)/6)
	if e.Period > 0 {
		m := float64(e.Period)
		k := math.Floor((t - 1) / m)
		v += e.Gamma * k * (2*a + e.Gamma + b*m*(k+1))
	}
	half := stat.NormalQuantile((1+level)/2) * math.Sqrt(v*e.SSE/float64(e.N))
	f := e.Forecast(h)
	return f - half, f + half
}

// profile is the sum of squared errors as a function of the smoothing
// parameters alone, each in [0, 1] of its bounds.
type profile struct {
	x      []float64
	period int
	bounds Bounds
	dim    int
}

type point [3]float64

func newProfile(x []float64, period int, b Bounds) profile {
	p := profile{x: x, period: period, bounds: b, dim: 2}
	if period > 0 {
		p.dim = 3
	}
	return p
}

func (p profile) parameters(u point) (alpha, beta, gamma float64) {
	in := func(r [2]float64, u float64) float64 { return r[0] + u*(r[1]-r[0]) }
	alpha = in(p.bounds.Level, u[0])
	trend := p.bounds.Trend
	if p.bounds.TrendWithinLevel {
		trend[1] = min(trend[1], alpha)
	}
	beta = in(trend, u[1])
	if p.period > 0 {
		gamma = (1 - alpha) * in(p.bounds.Season, u[2])
	}
	return
}

// at finds the start that fits best at the parameters. The season is held to a
// sum of 0: another sum is another level.
func (p profile) at(u point) (s Start, alpha, beta, gamma float64) {
	alpha, beta, gamma = p.parameters(u)
	n, m := len(p.x), p.period
	zero := make([]float64, n)
	units := []Start{{Level: 1, Seasonal: make([]float64, m)}, {Trend: 1, Seasonal: make([]float64, m)}}
	for i := 0; i < m-1; i++ {
		unit := Start{Seasonal: make([]float64, m)}
		unit.Seasonal[i], unit.Seasonal[m-1] = 1, -1
		units = append(units, unit)
	}
	design := mat.NewDense(n, len(units), nil)
	for j, unit := range units {
		for i, v := range Smooth(zero, unit, alpha, beta, gamma).Fitted {
			design.Set(i, j, v)
		}
	}
	errors := mat.NewVecDense(n, nil)
	for i, v := range Smooth(p.x, Start{Seasonal: make([]float64, m)}, alpha, beta, gamma).Fitted {
		errors.SetVec(i, p.x[i]-v)
	}
	var solution mat.VecDense
	var qr mat.QR
	qr.Factorize(design)
	if err := qr.SolveVecTo(&solution, false, errors); err != nil && solution.Len() == 0 {
		return Start{Level: p.x[0], Seasonal: make([]float64, m)}, alpha, beta, gamma
	}
	s = Start{Seasonal: make([]float64, m)}
	for j, unit := range units {
		v := solution.AtVec(j)
		s.Level += v * unit.Level
		s.Trend += v * unit.Trend
		for i := range s.Seasonal {
			s.Seasonal[i] += v * unit.Seasonal[i]
		}
	}
	return s, alpha, beta, gamma
}

func (p profile) sse(u point) float64 {
	s, alpha, beta, gamma := p.at(u)
	v := Smooth(p.x, s, alpha, beta, gamma).SSE
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}

// search minimizes by a grid and a pattern search (Hooke & Jeeves 1961) from its
// three best points.
func (p profile) search() point {
	type tried struct {
		at    point
		value float64
	}
	grid := []float64{0, .1, .3, .6, .95}
	var all []tried
	season := grid
	if p.dim == 2 {
		season = []float64{0}
	}
	for _, a := range grid {
		for _, b := range grid {
			for _, g := range season {
				u := point{a, b, g}
				all = append(all, tried{u, p.sse(u)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b tried) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	best := all[0]
	for _, start := range all[:3] {
		at, value := start.at, start.value
		for step := .1; step > 1e-7; {
			moved := false
			for d := range p.dim {
				for _, sign := range []float64{1, -1} {
					next := at
					next[d] = min(1, max(0, next[d]+sign*step))
					if next == at {
						continue
					}
					if v := p.sse(next); v < value {
						at, value, moved = next, v, true
						break
					}
				}
			}
			if !moved {
				step /= 2
			}
		}
		if value < best.value {
			best = tried{at, value}
		}
	}
	return best.at
}
