package gate_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/quality/gate"
	"github.com/windage-dev/windage/spec"
)

var settings = gate.Settings{Alpha: 0.05}

// traffic are n closed tasks of which so many succeeded, at a cost each.
func traffic(succeeded, n int64, usd float64) *quality.Facts {
	f := &quality.Facts{}
	f.Tasks.ByOutcome = map[model.Outcome]int64{model.OutcomeSuccess: succeeded, model.OutcomeFailure: n - succeeded}
	f.Tasks.USD = map[model.Outcome]float64{model.OutcomeSuccess: usd * float64(succeeded), model.OutcomeFailure: usd * float64(n-succeeded)}
	// costs of 0.5 and 1.5 times the mean
	f.Tasks.Cost = quality.Moments{N: n, Sum: usd * float64(n), SumSq: 1.25 * usd * usd * float64(n)}
	return f
}

func rule(t *testing.T, name string, own spec.Metric, role gate.Role) gate.Rule {
	t.Helper()
	for _, s := range quality.Settings(quality.Definitions, map[string]spec.Metric{name: own}) {
		if s.Name == name {
			return gate.Rule{Setting: s, Role: role}
		}
	}
	t.Fatalf("no metric %s", name)
	return gate.Rule{}
}

func TestVerdictsOnTraffic(t *testing.T) {
	twoPoints := spec.Metric{Margin: &spec.Margin{Value: 0.02}}
	tenth := spec.Metric{Margin: &spec.Margin{Value: 0.1, Relative: true}}
	for _, tt := range []struct {
		name                string
		metric              string
		own                 spec.Metric
		role                gate.Role
		baseline, candidate *quality.Facts
		want                gate.Verdict
		why                 string
		needed              bool
	}{
		{"the same share of many", "task_completion", twoPoints, gate.Guardrail, traffic(9000, 10000, 1), traffic(9000, 10000, 1), gate.Pass, "not worse by more than the margin", false},
		{"the same share of few", "task_completion", twoPoints, gate.Guardrail, traffic(90, 100, 1), traffic(90, 100, 1), gate.Inconclusive, "samples on each side would", true},
		{"a share five points worse", "task_completion", twoPoints, gate.Guardrail, traffic(9000, 10000, 1), traffic(8500, 10000, 1), gate.Fail, "worse by more than the margin", false},
		{"fewer than a metric needs", "task_completion", twoPoints, gate.Guardrail, traffic(10, 10, 1), traffic(9000, 10000, 1), gate.Inconclusive, "only 10 samples", true},
		{"nothing at all", "task_completion", twoPoints, gate.Guardrail, traffic(9000, 10000, 1), &quality.Facts{}, gate.Inconclusive, "not measured for the candidate", false},
		{"a cost that stays", "cost_per_task", tenth, gate.Guardrail, traffic(900, 1000, 1), traffic(900, 1000, 1), gate.Pass, "not worse", false},
		{"a cost that grows by a fifth", "cost_per_task", tenth, gate.Guardrail, traffic(900, 1000, 1), traffic(900, 1000, 1.2), gate.Fail, "worse by more", false},
		{"a cost that falls", "cost_per_task", tenth, gate.Guardrail, traffic(900, 1000, 1), traffic(900, 1000, 0.5), gate.Pass, "not worse", false},
		{"a goal that stays", "task_completion", spec.Metric{}, gate.Goal, traffic(9000, 10000, 1), traffic(9000, 10000, 1), gate.Inconclusive, "too little data to tell", false},
		{"a goal that is reached", "task_completion", spec.Metric{}, gate.Goal, traffic(9000, 10000, 1), traffic(9200, 10000, 1), gate.Pass, "better", false},
		{"a goal that is worse", "task_completion", spec.Metric{}, gate.Goal, traffic(9000, 10000, 1), traffic(8800, 10000, 1), gate.Fail, "worse", false},
		{"as good as a baseline that misses the objective too", "task_completion", spec.Metric{Objective: &spec.Objective{Op: ">=", Value: 0.95}}, gate.Guardrail, traffic(9000, 10000, 1), traffic(9000, 10000, 1), gate.Fail, "misses its objective >= 0.95", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := gate.Compare(rule(t, tt.metric, tt.own, tt.role), tt.baseline, tt.candidate, 1, settings)

			require.Equal(t, tt.want, c.Verdict, c.Why)
			require.Contains(t, c.Why, tt.why)
			require.Equal(t, tt.needed, c.Needed > 0, c.Needed)
		})
	}
}

// Unknown is not zero: a cost that leaves calls out must not look cheaper.
func TestCostWithoutPricesIsNotComparable(t *testing.T) {
	cheap := traffic(900, 1000, 0.5)
	cheap.Tasks.Incomplete = 400
	cheap.Calls = quality.Calls{N: 2000, Priced: 1000, Unpriced: 1000}

	c := gate.Compare(rule(t, "cost_per_task", spec.Metric{}, gate.Guardrail), traffic(900, 1000, 1), cheap, 0, settings)

	require.Equal(t, gate.Inconclusive, c.Verdict)
	require.Contains(t, c.Why, "without a price")
}

// The promise of a gate: a candidate that is worse by exactly its margin passes
// with a chance of at most alpha. 2,000 releases; the bound is five standard
// errors wide.
func TestChanceToPassWhatIsWorseByItsMargin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	binomial := func(n int, p float64) (k int64) {
		for range n {
			if r.Float64() < p {
				k++
			}
		}
		return k
	}
	const releases, n = 2000, 400
	m := rule(t, "task_completion", spec.Metric{Margin: &spec.Margin{Value: 0.05}}, gate.Guardrail)
	unpaired, paired := 0, 0
	for range releases {
		if gate.Compare(m, traffic(binomial(n, 0.9), n, 1), traffic(binomial(n, 0.85), n, 1), 0, settings).Verdict == gate.Pass {
			unpaired++
		}
		pairs := make([]gate.Pair, n)
		for i := range pairs {
			u := r.Float64() // what makes a case hard for both
			pairs[i].Baseline, pairs[i].Candidate = indicator(u < 0.9), indicator(math.Mod(u+0.02*r.Float64(), 1) < 0.85)
		}
		if gate.ComparePaired(m, pairs, 0, 0, settings).Verdict == gate.Pass {
			paired++
		}
	}
	bound := releases * (0.05 + 5*math.Sqrt(0.05*0.95/releases))
	require.Less(t, float64(unpaired), bound)
	require.Less(t, float64(paired), bound)
	require.Positive(t, unpaired, "a gate that never passes the border would keep any promise")
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func TestVerdictsOnPairedResults(t *testing.T) {
	// given n cases of which the candidate loses and wins so many
	cases := func(n, losses, wins int) (out []gate.Pair) {
		for i := range n {
			p := gate.Pair{Baseline: 1, Candidate: 1}
			switch {
			case i < losses:
				p.Candidate = 0
			case i < losses+wins:
				p.Baseline = 0
			}
			out = append(out, p)
		}
		return out
	}
	missing := func(pairs []gate.Pair, n int) []gate.Pair {
		for i := range n {
			pairs[i].Candidate = math.NaN()
		}
		return pairs
	}
	alike := func(pairs []gate.Pair, size int) []gate.Pair {
		for i := range pairs {
			pairs[i].Cluster = string(rune('a' + i/size))
		}
		return pairs
	}
	for _, tt := range []struct {
		name  string
		pairs []gate.Pair
		allow float64
		want  gate.Verdict
		why   string
	}{
		{"no difference on many", cases(500, 0, 0), 0, gate.Pass, "not worse"},
		{"some change on both sides", cases(2000, 10, 10), 0, gate.Pass, "not worse"},
		{"a tenth is lost", cases(500, 50, 0), 0, gate.Fail, "worse by more"},
		{"few cases", cases(60, 1, 1), 0, gate.Inconclusive, "too little data"},
		{"hardly any", cases(12, 0, 0), 0, gate.Inconclusive, "only 12 cases"},
		{"a candidate that did not answer", missing(cases(500, 0, 0), 3), 0, gate.Inconclusive, "3 of 500 cases have no result of the candidate"},
		{"the same, allowed", missing(cases(500, 0, 0), 3), 0.01, gate.Pass, "not worse"},
		{"none at all", missing(cases(500, 0, 0), 500), 0.999, gate.Inconclusive, "no case has a result on both sides"},
		{"losses that come in one session of twenty", alike(cases(500, 8, 0), 25), 0, gate.Inconclusive, "too little data"},
		{"one session", alike(cases(500, 8, 0), 500), 0, gate.Inconclusive, "all cases are of one cluster"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := rule(t, "groundedness", spec.Metric{}, gate.Guardrail)

			c := gate.ComparePaired(r, tt.pairs, tt.allow, 0, settings)

			require.Equal(t, tt.want, c.Verdict, "%s: %+v", c.Why, c.Change.Interval)
			require.Contains(t, c.Why, tt.why)
		})
	}
}

func TestPairedResultsThatMissTheObjective(t *testing.T) {
	pairs := make([]gate.Pair, 500)
	for i := range pairs {
		pairs[i] = gate.Pair{Baseline: indicator(i%2 == 0), Candidate: indicator(i%2 == 0)}
	}

	c := gate.ComparePaired(rule(t, "groundedness", spec.Metric{Objective: &spec.Objective{Op: ">=", Value: 0.9}}, gate.Guardrail), pairs, 0, 0, settings)

	require.Equal(t, gate.Fail, c.Verdict)
	require.Contains(t, c.Why, "misses its objective >= 0.9")
}

// Bonett & Price (2012): b = 10 losses and c = 20 wins of n = 200 at 90 %:
// p̃ = (21 − 11)/202, se = √((32/202 − (10/202)²)/202).
func TestIntervalOfPairedShares(t *testing.T) {
	var pairs []gate.Pair
	for i := range 200 {
		pairs = append(pairs, gate.Pair{Baseline: indicator(i >= 20), Candidate: indicator(i < 20 || i >= 30)})
	}

	c := gate.ComparePaired(rule(t, "groundedness", spec.Metric{}, gate.Guardrail), pairs, 0, 0, settings)

	require.InDelta(t, 0.05, *c.Change.Value, 1e-12)
	mid, half := 10.0/202, 1.6448536269514722*math.Sqrt((32.0/202-(10.0/202)*(10.0/202))/202)
	require.InDelta(t, mid-half, c.Change.Interval.Low, 1e-9)
	require.InDelta(t, mid+half, c.Change.Interval.High, 1e-9)
}

func TestAskingAgainAndAgain(t *testing.T) {
	m := rule(t, "task_completion", spec.Metric{Margin: &spec.Margin{Value: 0.02}}, gate.Guardrail)
	once := gate.Compare(m, traffic(4500, 5000, 1), traffic(4500, 5000, 1), 0, settings)
	always := gate.Compare(m, traffic(4500, 5000, 1), traffic(4500, 5000, 1), 0, gate.Settings{Alpha: 0.05, Sequential: true})

	width := func(c gate.Check) float64 { return c.Change.Interval.High - c.Change.Interval.Low }
	ratio := width(always) / width(once)
	require.Greater(t, ratio, 1.4, "a sequential interval pays for every look")
	require.Less(t, ratio, 2.0)
}

func TestDecide(t *testing.T) {
	check := func(role gate.Role, v gate.Verdict) gate.Check {
		return gate.Check{Metric: "m", Role: role, Verdict: v, Why: "w"}
	}
	for _, tt := range []struct {
		name   string
		checks []gate.Check
		split  *gate.Split
		want   gate.Verdict
	}{
		{"all guardrails pass", []gate.Check{check(gate.Guardrail, gate.Pass), check(gate.Guardrail, gate.Pass)}, nil, gate.Pass},
		{"one fails among inconclusive ones", []gate.Check{check(gate.Guardrail, gate.Inconclusive), check(gate.Guardrail, gate.Fail)}, nil, gate.Fail},
		{"one is inconclusive", []gate.Check{check(gate.Guardrail, gate.Inconclusive), check(gate.Guardrail, gate.Pass)}, nil, gate.Inconclusive},
		{"advice does not decide", []gate.Check{check(gate.Guardrail, gate.Pass), check(gate.Advisory, gate.Fail)}, nil, gate.Pass},
		{"one goal of two is reached", []gate.Check{check(gate.Goal, gate.Pass), check(gate.Goal, gate.Inconclusive)}, nil, gate.Pass},
		{"no goal is reached", []gate.Check{check(gate.Guardrail, gate.Pass), check(gate.Goal, gate.Inconclusive)}, nil, gate.Inconclusive},
		{"a goal is worse", []gate.Check{check(gate.Goal, gate.Pass), check(gate.Goal, gate.Fail)}, nil, gate.Fail},
		{"units are missing", []gate.Check{check(gate.Guardrail, gate.Pass)}, gate.CheckSplit(5000, 5500, 0.5), gate.Fail},
		{"units are as planned", []gate.Check{check(gate.Guardrail, gate.Pass)}, gate.CheckSplit(5000, 5050, 0.5), gate.Pass},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, why := gate.Decide(tt.checks, tt.split)

			require.Equal(t, tt.want, got)
			require.Equal(t, tt.want != gate.Pass, len(why) > 0, why)
		})
	}
}

// A candidate that is worse by exactly its margin passes with a chance of at
// most alpha, also where the baseline never fails, relative to it and by
// clusters: results that never differed tell nothing of their variance.
func TestChanceToPassWhereTheBaselineNeverFails(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const releases, n = 2000, 40
	for _, margin := range []spec.Margin{{Value: 0.05}, {Value: 0.05, Relative: true}} {
		for _, clusters := range []int{n, n / 2} {
			m := rule(t, "task_completion", spec.Metric{Margin: &margin}, gate.Guardrail)
			passed := 0
			for range releases {
				pairs := make([]gate.Pair, n)
				for i := range pairs {
					pairs[i] = gate.Pair{Baseline: 1, Candidate: indicator(r.Float64() < 0.95), Cluster: string(rune('A' + i%clusters))}
				}
				if gate.ComparePaired(m, pairs, 0, 0, settings).Verdict == gate.Pass {
					passed++
				}
			}
			require.Less(t, float64(passed), releases*(0.05+5*math.Sqrt(0.05*0.95/releases)), "relative %t, %d clusters", margin.Relative, clusters)
		}
	}
}

func TestPairedNumbers(t *testing.T) {
	numbers := func(baseline, candidate func(i int) float64) (out []gate.Pair) {
		for i := range 200 {
			out = append(out, gate.Pair{Baseline: baseline(i), Candidate: candidate(i)})
		}
		return out
	}
	at := func(by float64) func(int) float64 { return func(i int) float64 { return by + float64(i%7)/10 } }
	for _, tt := range []struct {
		name   string
		role   gate.Role
		higher bool
		pairs  []gate.Pair
		want   gate.Verdict
		why    string
	}{
		{"the same, below zero, more is better", gate.Guardrail, true, numbers(at(-5), at(-5)), gate.Pass, "not worse"},
		{"the same, below zero, less is better", gate.Guardrail, false, numbers(at(-5), at(-5)), gate.Pass, "not worse"},
		{"a fifth less, below zero, more is better", gate.Guardrail, true, numbers(at(-5), at(-6)), gate.Fail, "worse"},
		{"a fifth more, below zero, less is better", gate.Guardrail, false, numbers(at(-5), at(-4)), gate.Fail, "worse"},
		{"a goal that stayed exactly as it was", gate.Goal, true, numbers(at(5), at(5)), gate.Inconclusive, "too little data"},
		{"numbers that overflow", gate.Guardrail, true, numbers(at(1e308), at(1e308)), gate.Inconclusive, "too large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := gate.Rule{Setting: quality.Setting{Definition: quality.Definition{Name: "m", HigherIsBetter: tt.higher}}, Role: tt.role}

			c := gate.ComparePaired(r, tt.pairs, 0, 1, settings)

			require.Equal(t, tt.want, c.Verdict, c.Why)
			require.Contains(t, c.Why, tt.why)
		})
	}
}
