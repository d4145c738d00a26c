package evidently

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/internal/mersenne"
)

// Outcome is the verdict on one column.
type Outcome struct {
	// Method is the name by which a test is asked for, Title the name Evidently
	// shows when it chose the test itself.
	Method, Title string
	// Value is a p-value when PValue is set, else a distance.
	Value  float64
	PValue bool
	// Threshold and Drifted are the default threshold and the verdict.
	Threshold float64
	Drifted   bool
	// N and M are the values on each side that the verdict rests on.
	N, M int
}

// test is one of Evidently's "stattests".
type test struct {
	title     string
	threshold float64
	p         bool // a p-value: drift when small
	inclusive bool // drift also at the threshold
	value     func(Column) (float64, error)
}

var tests = map[string]test{
	"psi":              {"PSI", 0.1, false, true, psi},
	"jensenshannon":    {"Jensen-Shannon distance", 0.1, false, true, jensenShannon},
	"kl_div":           {"Kullback-Leibler divergence", 0.1, false, true, kullbackLeibler},
	"hellinger":        {"Hellinger distance", 0.1, false, true, hellinger},
	"wasserstein":      {"Wasserstein distance (normed)", 0.1, false, true, wasserstein},
	"ed":               {"Energy distance", 0.1, false, false, numeric(func(c Column) float64 { return stat.Energy(c.Ref, c.Cur) })},
	"ks":               {"K-S p_value", 0.05, true, true, numeric(func(c Column) float64 { return stat.KSSorted(c.Ref, c.Cur, stat.TwoSided, stat.Auto).P })},
	"t_test":           {"t-test p_value", 0.05, true, false, numeric(func(c Column) float64 { return stat.TTest(c.refRows, c.curRows, stat.TwoSided, true).P })},
	"mannw":            {"Mann-Whitney U-rank test", 0.05, true, false, numeric(func(c Column) float64 { return stat.MannWhitney(c.Ref, c.Cur, stat.Less, stat.Auto).P })},
	"anderson":         {"Anderson-Darling test (p_value)", 0.1, true, false, anderson},
	"cramer_von_mises": {"Cramer-Von Mises test (p_value)", 0.1, true, true, cramerVonMises},
	"es":               {"Epps-Singleton p_value", 0.05, true, false, eppsSingleton},
	"chisquare":        {"chi-square p_value", 0.05, true, false, chiSquare},
	"z":                {"Z-test p_value", 0.05, true, false, zTest},
	"g_test":           {"G-test p_value", 0.1, true, false, gTest},
	"fisher_exact":     {"Fisher's Exact test", 0.1, true, false, fisher},
	"TVD":              {"Total-Variation-Distance", 0.1, true, false, totalVariation},
}

// Methods lists the names of the tests.
func Methods() []string {
	out := make([]string, 0, len(tests))
	for name := range tests {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

// Run applies the named test with its default threshold.
func Run(method string, c Column) (Outcome, error) {
	t, ok := tests[method]
	if !ok {
		return Outcome{}, fmt.Errorf("no test of Evidently is called %q", method)
	}
	v, err := t.value(c)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{Method: method, Title: t.title, Value: v, PValue: t.p, Threshold: t.threshold, N: len(c.Ref), M: len(c.Cur)}
	if !c.Numeric() {
		o.N, o.M = int(total(c.RefCounts)), int(total(c.CurCounts))
	}
	o.Drifted = t.drifted(v, t.threshold)
	return o, nil
}

func (t test) drifted(v, threshold float64) bool {
	switch {
	case v == threshold:
		return t.inclusive
	case t.p:
		return v < threshold
	default:
		return v > threshold
	}
}

// Choose names the test that Evidently picks by itself: by the type of the
// column, its distinct values and whether the reference has over 1000 rows.
func Choose(c Column) string {
	n := len(c.Ref)
	if !c.Numeric() {
		n = int(total(c.RefCounts))
	}
	values := c.distinct(6)
	switch {
	case c.Numeric() && values > 5 && n <= 1000:
		return "ks"
	case c.Numeric() && values > 5:
		return "wasserstein"
	case n > 1000:
		return "jensenshannon"
	case values > 2:
		return "chisquare"
	default:
		return "z"
	}
}

// numeric makes a test of numbers; Evidently refuses it for categories.
func numeric(f func(Column) float64) func(Column) (float64, error) {
	return func(c Column) (float64, error) {
		if !c.Numeric() {
			return 0, errNumeric
		}
		return f(c), nil
	}
}

var errNumeric = errors.New("this test is for numeric columns only")

func psi(c Column) (float64, error) {
	p, q, err := c.binned()
	if err != nil {
		return 0, err
	}
	p, q = fillZeros(p), fillZeros(q)
	var s float64
	for i := range p {
		s += (p[i] - q[i]) * math.Log(p[i]/q[i])
	}
	return s, nil
}

func kullbackLeibler(c Column) (float64, error) {
	p, q, err := c.binned()
	if err != nil {
		return 0, err
	}
	return stat.KullbackLeibler(fillZeros(p), fillZeros(q)), nil
}

func jensenShannon(c Column) (float64, error) {
	p, q, err := c.binned()
	if err != nil {
		return 0, err
	}
	return math.Sqrt(stat.JensenShannon(p, q)), nil
}

// hellinger bins numbers by Sturges' rule over the set of distinct values of
// both sides, so that repeated values do not count.
func hellinger(c Column) (float64, error) {
	var s float64
	if !c.Numeric() {
		p, q := stat.Shares(c.RefCounts), stat.Shares(c.CurCounts)
		for i := range p {
			s += math.Sqrt(p[i] * q[i])
		}
		return math.Sqrt(1 - min(max(s, 0), 1)), nil
	}
	values := c.distinct(len(c.Ref) + len(c.Cur))
	lo := min(c.Ref[0], c.Cur[0])
	hi := max(c.Ref[len(c.Ref)-1], c.Cur[len(c.Cur)-1])
	edges, err := stat.SturgesEdges(lo, hi, values, c.Integer)
	if err != nil {
		return 0, err
	}
	width := (edges[len(edges)-1] - edges[0]) / float64(len(edges)-1)
	p, q := edges.CountSorted(c.Ref), edges.CountSorted(c.Cur)
	n, m := float64(len(c.Ref)), float64(len(c.Cur))
	for i := range p {
		w := edges[i+1] - edges[i]
		s += math.Sqrt(p[i]/w/n*(q[i]/w/m)) * width
	}
	return math.Sqrt(1 - min(max(s, 0), 1)), nil
}

// wasserstein is W1 in standard deviations of the reference.
func wasserstein(c Column) (float64, error) {
	if !c.Numeric() {
		return 0, errNumeric
	}
	sd := math.Sqrt(stat.Variance(c.Ref, 0))
	return stat.WassersteinSorted(c.Ref, c.Cur) / max(sd, 0.001), nil
}

func anderson(c Column) (float64, error) {
	if !c.Numeric() {
		return 0, errNumeric
	}
	r := stat.AndersonDarling(c.Ref, c.Cur, true)
	if math.IsNaN(r.Statistic) {
		return 0, errors.New("the Anderson-Darling test needs more than one distinct value and more than one value a side")
	}
	return r.P, nil
}

func cramerVonMises(c Column) (float64, error) {
	switch n, m := len(c.Ref), len(c.Cur); {
	case !c.Numeric():
		return 0, errNumeric
	case min(n, m) < 2:
		return 0, errors.New("the Cramér-von Mises test needs at least two values a side")
	case max(n, m) <= 20 && wholeTables(n, m):
		return 0, fmt.Errorf("%d and %d values are a type error in Evidently (its exact test with numpy 2)", n, m)
	case max(n, m) <= 20:
		p := stat.CramerVonMises(c.Ref, c.Cur, stat.Exact).P
		if arrangements(n, m) <= 65504 { // numpy takes the smallest float that holds it
			p = half(p)
		}
		return p, nil
	}
	return stat.CramerVonMises(c.Ref, c.Cur, stat.Asymptotic).P, nil
}

// wholeTables reports whether Evidently's exact Cramér-von Mises test keeps its
// tables in unsigned integers, to which numpy 2 refuses to add signed ones: where
// the bound of the statistic, lcm(n,m)²·(n+m), is no less than the number of
// arrangements. Else it keeps them in floats, which works.
func wholeTables(n, m int) bool {
	gcd, rest := n, m
	for rest != 0 {
		gcd, rest = rest, gcd%rest
	}
	lcm := float64(n / gcd * m)
	return lcm*lcm*float64(n+m) >= arrangements(n, m)
}

// arrangements is the number of ways to arrange n and m values.
func arrangements(n, m int) float64 {
	ways := 1.0
	for i := 1; i <= m; i++ {
		ways = ways * float64(n+i) / float64(i)
	}
	return math.Round(ways)
}

// half rounds a share to a float of sixteen bits.
func half(p float64) float64 {
	_, exp := math.Frexp(p)
	ulp := math.Ldexp(1, max(exp-11, -24))
	return math.RoundToEven(p/ulp) * ulp
}

func eppsSingleton(c Column) (float64, error) {
	if !c.Numeric() {
		return 0, errNumeric
	}
	pooled := sortedCopy(append(slices.Clone(c.Ref), c.Cur...))
	if stat.Quantile(pooled, 0.75) == stat.Quantile(pooled, 0.25) {
		return 0, stat.ErrNoSpread // also below five values a side
	}
	r, err := stat.EppsSingleton(c.Ref, c.Cur, []float64{0.4, 0.8})
	if errors.Is(err, stat.ErrNoVariance) {
		return 0, nil // its statistic is noise above 1e30
	}
	return r.P, err
}

// chiSquare treats the reference as exact: a one-sample test.
func chiSquare(c Column) (float64, error) {
	ref, cur := c.perValue()
	n, m := stat.Sum(ref), stat.Sum(cur)
	// Evidently scales counts by a ratio rounded first. With one category the
	// answer hangs on that rounding: no degree of freedom is left, so p is 0
	// where a bit of difference remains and undefined where none does.
	expected := make([]float64, len(ref))
	for i, r := range ref {
		expected[i] = r * (m / n)
	}
	return stat.ChiSquareExpected(expected, cur, int(n)).P, nil
}

// zTest compares the shares of everything but the first value in order.
func zTest(c Column) (float64, error) {
	ref, cur := c.perValue()
	if len(ref) == 1 {
		return 1, nil
	}
	n, m := total(ref), total(cur)
	z := stat.TwoProportionZ(n-ref[0], n, m-cur[0], m).Statistic
	return 2 * (1 - normalCDF(math.Abs(z))), nil
}

// normalCDF is kept in this form because Evidently computes 2(1−Φ), whose
// smallest value above 0 is about 1e-16.
func normalCDF(z float64) float64 { return 1 - stat.NormalSF(z) }

// gTest gives Evidently's G test, which does not scale the reference and so
// raises unless both sides have the same number of rows.
func gTest(c Column) (float64, error) {
	ref, cur := c.perValue()
	n, m := total(ref), total(cur)
	if math.Abs(n-m) > math.Sqrt(0x1p-52)*min(n, m) {
		return 0, fmt.Errorf("the G test of Evidently needs as many current rows as reference rows, got %.0f and %.0f", m, n)
	}
	return stat.GOneSample(ref, cur).P, nil
}

func fisher(c Column) (float64, error) {
	ref, cur := c.perValue()
	n, m := total(ref), total(cur)
	kinds := func(counts []float64) (n int) {
		for _, c := range counts {
			if c > 0 {
				n++
			}
		}
		return n
	}
	if kinds(ref) > 2 || kinds(cur) > 2 {
		return 0, fmt.Errorf("the exact test of Fisher needs two categories, got %d and %d", kinds(ref), kinds(cur))
	}
	if len(ref) > 2 {
		return 0, errors.New("two categories on each side, but not the same ones: Evidently's table then hangs on the order of a Python set, which changes from run to run")
	}
	if n != m {
		return 0, fmt.Errorf("the Fisher test of Evidently needs as many current rows as reference rows, got %.0f and %.0f", m, n)
	}
	if len(ref) == 1 {
		return 1, nil
	}
	return stat.FisherExact(int(ref[0]), int(ref[1]), int(cur[0]), int(cur[1]), stat.TwoSided).P, nil
}

// totalVariation is a permutation p-value of the total variation distance from
// 1000 shuffles by numpy's legacy generator with seed 0. The rows are taken in
// the order of their categories; Evidently takes them as they stand, so the two
// agree only within the sampling error of 1000 shuffles (±0.03).
func totalVariation(c Column) (float64, error) {
	ref, cur := c.perValue()
	seen := stat.TotalVariation(ref, cur)
	n := int(total(ref))
	var rows []int
	for i := range ref {
		for range int(ref[i] + cur[i]) {
			rows = append(rows, i)
		}
	}
	rng := mersenne.Numpy(0)
	a, b := make([]float64, len(ref)), make([]float64, len(ref))
	hits := 0
	const shuffles = 1000
	for range shuffles {
		clear(a)
		clear(b)
		for i, row := range rng.Permutation(len(rows)) {
			if i < n {
				a[rows[row]]++
			} else {
				b[rows[row]]++
			}
		}
		if stat.TotalVariation(a, b) >= seen {
			hits++
		}
	}
	return float64(hits) / shuffles, nil
}
