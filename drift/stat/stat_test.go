package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// sampleGen draws samples with ties, gaps and different scales.
func sampleGen(least int) *rapid.Generator[[]float64] {
	return rapid.Custom(func(t *rapid.T) []float64 {
		n := rapid.IntRange(least, 60).Draw(t, "n")
		step := rapid.SampledFrom([]float64{1, 0.25, 1e-3, 1e4}).Draw(t, "step")
		x := make([]float64, n)
		for i := range x {
			x[i] = step * float64(rapid.IntRange(-20, 20).Draw(t, "x"))
		}
		return x
	})
}

func countsGen() *rapid.Generator[[]float64] {
	return rapid.Custom(func(t *rapid.T) []float64 {
		x := make([]float64, 6)
		x[0] = 1
		for i := range x {
			x[i] += float64(rapid.IntRange(0, 50).Draw(t, "count"))
		}
		return x
	})
}

func TestDistancesAreDistances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := sampleGen(1).Draw(t, "a"), sampleGen(1).Draw(t, "b")
		shift := rapid.Float64Range(-100, 100).Draw(t, "shift")
		scale := rapid.Float64Range(0.1, 10).Draw(t, "scale")
		moved := func(x []float64) []float64 {
			y := make([]float64, len(x))
			for i, v := range x {
				y[i] = v*scale + shift
			}
			return y
		}
		for name, d := range map[string]func(a, b []float64) float64{"wasserstein": Wasserstein, "energy": Energy} {
			v := d(a, b)
			require.GreaterOrEqual(t, v, 0.0, name)
			require.InDelta(t, v, d(b, a), 1e-9*(1+v), "%s is symmetric", name)
			require.Zero(t, d(a, a), "%s of a sample with itself", name)
		}
		w := Wasserstein(a, b)
		require.InDelta(t, scale*w, Wasserstein(moved(a), moved(b)), 1e-7*(1+scale*w), "W1 scales with the unit and ignores shifts")
		require.GreaterOrEqual(t, w, math.Abs(Mean(a)-Mean(b))-1e-9*(1+w), "W1 is at least the difference of means")
		ks := KS(a, b, TwoSided, Exact)
		require.True(t, ks.Statistic >= 0 && ks.Statistic <= 1 && ks.P >= 0 && ks.P <= 1)
		require.Equal(t, ks.Statistic, KS(b, a, TwoSided, Exact).Statistic)
	})
}

func TestDivergencesOfCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := countsGen().Draw(t, "p"), countsGen().Draw(t, "q")
		times := float64(rapid.IntRange(2, 9).Draw(t, "times"))
		larger := make([]float64, len(p))
		for i := range p {
			larger[i] = p[i] * times
		}
		psi := func(p, q []float64) float64 { return PSI(p, q, 1e-4) }
		for name, d := range map[string]func(p, q []float64) float64{"psi": psi, "js": JensenShannon, "hellinger": Hellinger, "tv": TotalVariation} {
			v := d(p, q)
			require.GreaterOrEqual(t, v, 0.0, name)
			require.InDelta(t, v, d(q, p), 1e-12, "%s is symmetric", name)
			require.InDelta(t, 0, d(p, p), 1e-12, "%s of counts with themselves", name)
			require.InDelta(t, v, d(larger, q), 1e-9*(1+v), "%s depends on shares only", name)
		}
		js, tv, h := JensenShannon(p, q), TotalVariation(p, q), Hellinger(p, q)
		require.LessOrEqual(t, js, math.Ln2+1e-12)
		require.LessOrEqual(t, h*h, tv+1e-12, "H² ≤ TV ≤ √2 H")
		require.LessOrEqual(t, tv, math.Sqrt2*h+1e-12)
		most, _ := LInfinity(p, q)
		require.LessOrEqual(t, most, tv+1e-12)
		require.GreaterOrEqual(t, KullbackLeibler(p, q), -1e-12)
	})
}

// A test's p-values are uniform when nothing differs: of 2000 tests at 5 %
// about 100 reject (±4 standard deviations of the count).
func TestTestsHoldTheirLevel(t *testing.T) {
	const runs, n, m = 2000, 60, 45
	rng := rand.New(rand.NewPCG(3, 4))
	draw := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		return x
	}
	rejected := map[string]int{}
	for range runs {
		a, b := draw(n), draw(m)
		es, err := EppsSingleton(a, b, []float64{0.4, 0.8})
		require.NoError(t, err)
		for name, p := range map[string]float64{
			"ks exact": KS(a, b, TwoSided, Exact).P, "mann-whitney": MannWhitney(a, b, TwoSided, Asymptotic).P,
			"welch": TTest(a, b, TwoSided, false).P, "pooled": TTest(a, b, TwoSided, true).P,
			"cramér-von mises": CramerVonMises(a, b, Asymptotic).P, "anderson": AndersonDarling(a, b, true).P, "epps-singleton": es.P,
		} {
			if p < 0.05 {
				rejected[name]++
			}
		}
	}
	for name, k := range rejected {
		low, high := 61, 139
		if name == "ks exact" {
			low = 40 // discrete, so a little below its level
		}
		require.True(t, k >= low && k <= high, "%s rejected %d of %d", name, k, runs)
	}
	require.Len(t, rejected, 7)
}

// The Kolmogorov distribution is one function, whatever formula a region uses.
func TestKolmogorovRegionsMeet(t *testing.T) {
	for _, n := range []int{1, 2, 5, 10, 79, 140, 141, 1000, 100000} {
		last := 1.0
		for i := range 2000 {
			x := float64(i) / 2000
			p := KolmogorovSF(n, x)
			require.True(t, p >= 0 && p <= 1, "n=%d x=%g: %g", n, x, p)
			require.LessOrEqual(t, p, last+2e-9, "n=%d: not falling at x=%g", n, x)
			last = p
		}
	}
	// Values of the exact distribution (Marsaglia, Tsang & Wang 2003, and
	// scipy.stats.kstwo).
	require.InDelta(t, 1-0.6284796154565043, KolmogorovSF(10, 0.274), 1e-12)
}

func TestExactTestsAgreeWithEnumeration(t *testing.T) {
	// Given two samples without ties, when every split of their values is
	// tried, then the exact p-values are the shares of splits as extreme.
	a, b := []float64{1, 4, 6, 9, 11}, []float64{2, 3, 5, 7, 8, 10}
	pooled := append(slices.Clone(a), b...)
	var ks, u, cvm, all float64
	d, uSeen, t0 := KS(a, b, TwoSided, Exact), MannWhitney(a, b, Greater, Exact), CramerVonMises(a, b, Exact)
	for mask := range 1 << len(pooled) {
		var x, y []float64
		for i, v := range pooled {
			if mask>>i&1 == 1 {
				x = append(x, v)
			} else {
				y = append(y, v)
			}
		}
		if len(x) != len(a) {
			continue
		}
		all++
		if KS(x, y, TwoSided, Asymptotic).Statistic >= d.Statistic-1e-12 {
			ks++
		}
		if MannWhitney(x, y, Greater, Asymptotic).Statistic >= uSeen.Statistic {
			u++
		}
		if CramerVonMises(x, y, Asymptotic).Statistic >= t0.Statistic-1e-12 {
			cvm++
		}
	}
	require.InDelta(t, ks/all, d.P, 1e-12)
	require.InDelta(t, u/all, uSeen.P, 1e-12)
	require.InDelta(t, cvm/all, t0.P, 1e-12)
}

func TestUndefinedIsNaN(t *testing.T) {
	nan := []float64{1, math.NaN(), 2}
	for name, p := range map[string]float64{
		"ks empty": KS(nil, []float64{1}, TwoSided, Auto).P, "ks nan": KS(nan, []float64{1}, TwoSided, Auto).P,
		"mw nan": MannWhitney(nan, []float64{1}, TwoSided, Auto).P, "cvm one": CramerVonMises([]float64{1}, []float64{1, 2}, Auto).P,
		"ad constant": AndersonDarling([]float64{1, 1}, []float64{1}, true).P, "w nan": Wasserstein(nan, []float64{1}),
		"js empty": JensenShannon([]float64{0, 0}, []float64{1, 2}), "kuiper empty": Kuiper(nil, nil).P,
		"mmd one": MMD(Column([]float64{1}), Column([]float64{1, 2}), 1, 9).P,
	} {
		require.True(t, math.IsNaN(p), name)
	}
}
