package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func normal(rng *rand.Rand, n int, mean, sd float64) Numeric {
	x := make([]float64, n)
	for i := range x {
		x[i] = mean + sd*rng.NormFloat64()
	}
	slices.Sort(x)
	return Numeric{Sorted: x, Rows: n}
}

func statistic(t *testing.T, r Result, name string) Statistic {
	t.Helper()
	for _, s := range r.Statistics {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no statistic %s in %s", name, r.Column)
	return Statistic{}
}

// Given 2000 columns in which nothing changed, no column drifts, and small
// changes stay at the error rate of the whole.
func TestNothingChangedIsNotDrift(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	set := Defaults()
	var results []Result
	for i := range 2000 {
		n := []int{30, 200, 1000}[i%3]
		results = append(results, CompareNumbers(fmt.Sprint(i), normal(rng, n, 0, 1), normal(rng, n, 0, 1), set))
	}
	Finish(results, set)
	small := 0
	for _, r := range results {
		require.NotEqual(t, Drift, r.Verdict, "%s: %s", r.Column, r.Reason)
		if r.Verdict == Small {
			small++
		}
	}
	require.LessOrEqual(t, small, 2)
}

func TestShiftsAreFoundAndSaidInWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	set := Defaults()
	r := []Result{CompareNumbers("up", normal(rng, 5000, 0, 1), normal(rng, 5000, .5, 1), set)}
	Finish(r, set)
	require.Equal(t, Drift, r[0].Verdict)
	require.Contains(t, r[0].Reason, "of the rows moved above")
	ks := statistic(t, r[0], "ks")
	truth := math.Erf(.25 / math.Sqrt2) // sup|Φ(x)−Φ(x−½)|
	require.True(t, *ks.Low < truth && truth < *ks.High)

	// A tail that grows without moving the middle.
	cur := normal(rng, 5000, 0, 1)
	for i := range 400 {
		cur.Sorted[len(cur.Sorted)-1-i] += 10
	}
	r = []Result{CompareNumbers("tail", normal(rng, 5000, 0, 1), cur, set)}
	Finish(r, set)
	require.Equal(t, Drift, r[0].Verdict)
	require.Contains(t, r[0].Reason, "99 % quantile")

	// An outlier hides nothing and makes nothing.
	ref := normal(rng, 5000, 0, 1)
	ref.Sorted[len(ref.Sorted)-1] = 1e9
	r = []Result{CompareNumbers("outlier", ref, normal(rng, 5000, .5, 1), set), CompareNumbers("only outlier", ref, normal(rng, 5000, 0, 1), set)}
	Finish(r, set)
	require.Equal(t, Drift, r[0].Verdict)
	require.NotEqual(t, Drift, r[1].Verdict, r[1].Reason)
}

// Intervals hold the true value about as often as they say.
func TestIntervalsCover(t *testing.T) {
	const runs = 400
	rng := rand.New(rand.NewPCG(5, 6))
	set := Defaults()
	hits := map[string]int{}
	truth := map[string]float64{
		"ks": math.Erf(.25 / math.Sqrt2), "wasserstein": .5, "mean_difference": .5, "median_difference": .5,
		"auc": .5 * math.Erfc(-.5/2), // P(N(½,√2) > 0)
	}
	for range runs {
		r := CompareNumbers("x", normal(rng, 400, 0, 1), normal(rng, 300, .5, 1), set)
		for name, v := range truth {
			s := statistic(t, r, name)
			if *s.Low <= v && v <= *s.High {
				hits[name]++
			}
		}
	}
	for name := range truth {
		require.GreaterOrEqual(t, hits[name], int(.92*runs), "%s covered %d of %d", name, hits[name], runs)
	}
}

func TestDivergenceIntervalsCover(t *testing.T) {
	const runs = 400
	rng := rand.New(rand.NewPCG(7, 8))
	p, q := []float64{.5, .3, .15, .05}, []float64{.4, .3, .2, .1}
	draw := func(p []float64, n int) []float64 {
		c := make([]float64, len(p))
		for range n {
			u := rng.Float64()
			for i, v := range p {
				if u -= v; u < 0 || i == len(p)-1 {
					c[i]++
					break
				}
			}
		}
		return c
	}
	truth := divergences([]float64{.5e9, .3e9, .15e9, .05e9}, []float64{.4e9, .3e9, .2e9, .1e9}, .95)
	hits := make([]int, len(truth))
	for range runs {
		for i, s := range divergences(draw(p, 3000), draw(q, 2000), .95) {
			if *s.Low <= truth[i].Value && truth[i].Value <= *s.High {
				hits[i]++
			}
		}
	}
	for i, s := range truth {
		require.GreaterOrEqual(t, hits[i], int(.91*runs), "%s covered %d of %d", s.Name, hits[i], runs)
	}
}

func TestColumnsThatCannotBeMeasuredSayWhy(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	set := Defaults()
	constant := func(v float64, n int) Numeric { return Numeric{Sorted: slices.Repeat([]float64{v}, n), Rows: n} }
	ids := Categories{Counts: map[string]int64{}, Rows: 1000}
	for i := range 1000 {
		ids.Counts[fmt.Sprint(i)] = 1
	}
	one := func(k string, n int64) Categories {
		return Categories{Counts: map[string]int64{k: n}, Rows: int(n)}
	}
	for name, c := range map[string]struct {
		r    Result
		want string
		v    Verdict
	}{
		"empty":       {CompareNumbers("x", Numeric{}, normal(rng, 50, 0, 1), set), "the reference side has no rows", NotMeasurable},
		"all missing": {CompareNumbers("x", Numeric{Rows: 9, Missing: 9}, Numeric{Rows: 9, Missing: 9}, set), "every value of the reference side is missing", NotMeasurable},
		"one row":     {CompareNumbers("x", normal(rng, 50, 0, 1), constant(1, 1), set), "only 1 values", NotMeasurable},
		"constant":    {CompareNumbers("x", constant(7, 50), constant(7, 60), set), "the single value 7", NotMeasurable},
		"new constant": {CompareNumbers("x", constant(7, 50), constant(8, 60), set),
			"the constant 7 became 8", Drift},
		"mixed":      {CompareNumbers("x", Numeric{Sorted: normal(rng, 40, 0, 1).Sorted, Rows: 100, Misfits: 60}, Numeric{Sorted: normal(rng, 40, 0, 1).Sorted, Rows: 100, Misfits: 60}, set), "most values of the reference side are no numbers (60 of 100)", NotMeasurable},
		"identifier": {CompareCategories("x", ids, ids, set), "it looks like an identifier", NotMeasurable},
		"one value":  {CompareCategories("x", one("a", 50), one("a", 60), set), `the single value "a"`, NotMeasurable},
		"vanished": {CompareNumbers("x", normal(rng, 500, 0, 1), Numeric{Rows: 500, Missing: 500}, set),
			"missing values went from 0 % to 100 %", Drift},
	} {
		t.Run(name, func(t *testing.T) {
			r := []Result{c.r}
			Finish(r, set)
			require.Equal(t, c.v, r[0].Verdict, r[0].Reason)
			require.Contains(t, r[0].Reason, c.want)
		})
	}
}

func TestCategories(t *testing.T) {
	set := Defaults()
	ref := Categories{Counts: map[string]int64{"en": 800, "de": 150, "ja": 50}, Rows: 1000}
	cur := Categories{Counts: map[string]int64{"en": 600, "de": 150, "ja": 50, "pt": 200}, Rows: 1000}
	r := []Result{CompareCategories("language", ref, cur, set), CompareCategories("same", ref, ref, set)}
	Finish(r, set)
	require.Equal(t, Drift, r[0].Verdict)
	require.Contains(t, r[0].Reason, `"en" (80 % → 60 %)`)
	require.Contains(t, r[0].Reason, `20 % of the rows are in 1 unseen categories, most of all "pt"`)
	require.Equal(t, Stable, r[1].Verdict)
	require.InDelta(t, .2, statistic(t, r[0], "total_variation").Value, 1e-12)
}

func texts(rng *rand.Rand, n int, words []string, length int) Texts {
	t := Texts{Rows: n}
	for i := range n {
		var s string
		for range length/2 + rng.IntN(length) {
			s += words[rng.IntN(len(words))] + " "
		}
		t.Words, t.Codes = append(t.Words, s), append(t.Codes, uint32(i))
	}
	return t
}

func TestTexts(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	set := Defaults()
	english := []string{"the", "order", "is", "late", "please", "help", "with", "my", "refund", "and", "delivery"}
	german := []string{"die", "bestellung", "ist", "nicht", "da", "und", "ich", "warte", "auf", "das", "geld"}
	mixed := texts(rng, 600, english, 12)
	other := texts(rng, 400, german, 12)
	for i, w := range other.Words {
		mixed.Words = append(mixed.Words, w)
		mixed.Codes = append(mixed.Codes, uint32(600+i))
	}
	mixed.Rows = 1000
	r := []Result{
		CompareTexts("same", texts(rng, 1000, english, 12), texts(rng, 1000, english, 12), set),
		CompareTexts("longer", texts(rng, 1000, english, 12), texts(rng, 1000, english, 18), set),
		CompareTexts("languages", texts(rng, 1000, english, 12), mixed, set),
	}
	Finish(r, set)
	require.Equal(t, Stable, r[0].Verdict, r[0].Reason)
	require.Equal(t, Drift, r[1].Verdict)
	require.Contains(t, r[1].Reason, "words:")
	require.Equal(t, Drift, r[2].Verdict)
	require.Contains(t, r[2].Reason, "language:")
	require.Contains(t, r[2].Reason, "unseen words:")
}

func vectors(rng *rand.Rand, n, dim int, shift float64) Vectors {
	v := Vectors{Dim: dim, Rows: n}
	for range n {
		for k := range dim {
			x := rng.NormFloat64()
			if k == 0 {
				x += shift
			}
			v.Data = append(v.Data, float32(x))
		}
	}
	return v
}

func TestVectors(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	set := Defaults()
	r := []Result{
		CompareVectors("same", vectors(rng, 1000, 16, 0), vectors(rng, 1000, 16, 0), set),
		CompareVectors("moved", vectors(rng, 1000, 16, 0), vectors(rng, 1000, 16, 1), set),
		CompareVectors("other model", vectors(rng, 100, 16, 0), vectors(rng, 100, 8, 0), set),
	}
	Finish(r, set)
	require.NotEqual(t, Drift, r[0].Verdict, r[0].Reason)
	require.Equal(t, Drift, r[1].Verdict)
	require.Contains(t, r[1].Reason, "position between the means")
	require.Equal(t, Drift, r[2].Verdict)
	require.Contains(t, r[2].Reason, "16 dimensions and have 8")
}

func TestLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"What is the status of my order?": "en", "Wie ist der Stand und wann kommt das Paket": "de", "注文はどこですか": "ja",
		"我的订单在哪里": "zh", "Где мой заказ": "cyrillic", "12345": "none", "xyzzy": "other", "où est la commande pour vous": "fr",
	} {
		require.Equal(t, want, Language(text), text)
	}
}
