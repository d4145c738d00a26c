package blowout_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost/blowout"
	"github.com/windage-dev/windage/cost/spend"
	"github.com/windage-dev/windage/model"
)

var end = time.Date(2026, 10, 28, 14, 0, 0, 0, time.UTC)

// traffic is four weeks and some of spend per five minutes with a daily
// shape, noise, and a factor.
func traffic(factor func(time.Time) float64) *spend.Series {
	rng := rand.New(rand.NewPCG(1, 1))
	n := 5 * 7 * 24 * 12
	s := &spend.Series{Start: end.Add(-time.Duration(n) * 5 * time.Minute), Step: 5 * time.Minute, USD: make([]model.Money, n)}
	for i := range s.USD {
		t := s.Start.Add(time.Duration(i) * s.Step)
		x := 2 * (1.2 + math.Sin((float64(t.Hour())-8)/24*2*math.Pi)) * (1 + 0.08*rng.NormFloat64())
		if factor != nil {
			x *= factor(t)
		}
		s.USD[i] = model.Money(math.Max(x, 0) * float64(model.USD))
	}
	return s
}

func past(s *spend.Series, until time.Time) *spend.Series {
	n := int(until.Sub(s.Start) / s.Step)
	return &spend.Series{Start: s.Start, Step: s.Step, USD: s.USD[:n], Calls: s.Calls[:min(n, len(s.Calls))]}
}

func TestPace(t *testing.T) {
	at := end.Add(-2 * time.Hour)
	t.Run("usual spend is quiet", func(t *testing.T) {
		s := traffic(nil)
		p := blowout.LearnPace(past(s, end.Add(-24*time.Hour)), time.UTC, blowout.PaceConfig{})
		for now := end.Add(-24 * time.Hour); now.Before(end); now = now.Add(5 * time.Minute) {
			_, ok := p.Check("support", s, now)
			require.False(t, ok, now)
		}
	})
	t.Run("three times the usual pages within a quarter of an hour", func(t *testing.T) {
		s := traffic(func(x time.Time) float64 {
			if x.Before(at) {
				return 1
			}
			return 3
		})
		p := blowout.LearnPace(past(s, at), time.UTC, blowout.PaceConfig{})
		var found blowout.Finding
		ok := false
		now := at
		for !ok && now.Before(at.Add(time.Hour)) {
			now = now.Add(5 * time.Minute)
			found, ok = p.Check("support", s, now)
		}
		require.True(t, ok)
		require.LessOrEqual(t, now.Sub(at), 15*time.Minute)
		require.Equal(t, model.Page, found.Severity)
		require.Equal(t, model.IncidentBudgetBurn, found.Kind)
		require.Contains(t, found.Evidence, "support spent")
		require.LessOrEqual(t, found.Since.Sub(at).Abs(), 30*time.Minute)
	})
	t.Run("a product of a few dear calls is judged by how many it makes", func(t *testing.T) {
		few := func(times int64) *spend.Series { // thirty calls an hour, of very unlike cost
			rng := rand.New(rand.NewPCG(3, 3))
			s := &spend.Series{Start: end.Add(-5 * 7 * 24 * time.Hour), Step: 5 * time.Minute}
			for i := range 5 * 7 * 24 * 12 {
				n := int64(0)
				for range 30 { // a binomial of mean 2.5
					if rng.Float64() < 2.5/30 {
						n++
					}
				}
				if !s.Start.Add(time.Duration(i) * s.Step).Before(at) {
					n *= times
				}
				var usd float64
				for range n {
					usd += 0.2 * math.Exp(1.3*rng.NormFloat64())
				}
				s.USD, s.Calls = append(s.USD, model.Money(usd*float64(model.USD))), append(s.Calls, n)
			}
			return s
		}
		usual := few(1)
		p := blowout.LearnPace(past(usual, at), time.UTC, blowout.PaceConfig{})
		for now := at; now.Before(end); now = now.Add(5 * time.Minute) {
			_, ok := p.Check("small", usual, now)
			require.False(t, ok, now)
		}
		s := few(5)
		p = blowout.LearnPace(past(s, at), time.UTC, blowout.PaceConfig{})
		var f blowout.Finding
		ok := false
		for now := at.Add(5 * time.Minute); !ok && now.Before(end); now = now.Add(5 * time.Minute) {
			f, ok = p.Check("small", s, now)
		}
		require.True(t, ok)
		require.LessOrEqual(t, f.At.Sub(at), 30*time.Minute)
		require.Contains(t, f.Evidence, "calls, ")
	})
	t.Run("a batch of calls does not", func(t *testing.T) {
		s := traffic(nil)
		i := int(at.Sub(s.Start) / s.Step)
		for j := range s.USD {
			s.Calls = append(s.Calls, int64(s.USD[j]/(model.USD/100)))
		}
		p := blowout.LearnPace(past(s, at), time.UTC, blowout.PaceConfig{MinUSD: 100})
		s.Calls[i] *= 20
		for now := at; now.Before(at.Add(time.Hour)); now = now.Add(5 * time.Minute) {
			_, ok := p.Check("support", s, now)
			require.False(t, ok, now)
		}
	})
	t.Run("one dear batch job does not", func(t *testing.T) {
		s := traffic(nil)
		i := int(at.Sub(s.Start) / s.Step)
		s.Step, s.USD = time.Minute, minutes(s.USD)
		s.USD[i*5] += 100 * model.USD
		p := blowout.LearnPace(past(s, at), time.UTC, blowout.PaceConfig{})
		_, ok := p.Check("support", s, at.Add(3*time.Minute))
		require.False(t, ok)
	})
	t.Run("without two weeks there is no usual, and no page", func(t *testing.T) {
		s := &spend.Series{Start: end.Add(-time.Hour), Step: time.Minute, USD: make([]model.Money, 60)}
		p := blowout.LearnPace(s, time.UTC, blowout.PaceConfig{})
		require.Nil(t, p)
		_, ok := p.Check("support", s, end)
		require.False(t, ok)
	})
}

func minutes(five []model.Money) []model.Money {
	out := make([]model.Money, 0, 5*len(five))
	for _, m := range five {
		for range 5 {
			out = append(out, m/5)
		}
	}
	return out
}

func sample(n, wins int, cost float64) blowout.TaskSample {
	rng := rand.New(rand.NewPCG(2, uint64(n)))
	var s blowout.TaskSample
	for i := range n {
		c := cost * math.Exp(0.5*rng.NormFloat64())
		s.Tasks++
		s.Sum += c
		s.SumSquares += c * c
		if i < wins {
			s.Successes++
			s.SumOfSuccesses += c
		}
	}
	return s
}

func TestCostPerTask(t *testing.T) {
	for name, c := range map[string]struct {
		before, now blowout.TaskSample
		found       bool
		severity    model.Severity
		words       string
	}{
		"the same":                     {sample(500, 400, 0.1), sample(500, 390, 0.1), false, "", ""},
		"half as many succeed":         {sample(500, 400, 0.1), sample(500, 180, 0.1), true, model.Page, "success rate fell from 80 % to 36 %"},
		"each task is dearer":          {sample(500, 400, 0.1), sample(500, 400, 0.17), true, model.Ticket, "the tasks themselves became dearer"},
		"cheaper is no blowout":        {sample(500, 400, 0.1), sample(500, 400, 0.05), false, "", ""},
		"too few to say":               {sample(500, 400, 0.1), sample(10, 8, 1), false, "", ""},
		"without a success no value":   {sample(500, 400, 0.1), sample(500, 0, 0.1), false, "", ""},
		"a large sample, a small step": {sample(50000, 40000, 0.1), sample(50000, 40000, 0.11), false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, ok := blowout.CostPerTask("support", "refund", c.before, c.now, end)
			require.Equal(t, c.found, ok)
			if ok {
				require.Equal(t, c.severity, f.Severity)
				require.Contains(t, f.Evidence, c.words)
				require.Less(t, f.Effect.Interval.Low, *f.Effect.Value)
			}
		})
	}
}

func TestCacheBreak(t *testing.T) {
	before := blowout.CacheSample{PromptVersion: "v1", Calls: 1000, Input: 1_000_000, CacheRead: 800_000}
	f, ok := blowout.CacheBreak("support", before, blowout.CacheSample{PromptVersion: "v2", Calls: 60, Input: 60_000, CacheRead: 600, SavedPerToken: 2.7e-6}, end)
	require.True(t, ok)
	require.Contains(t, f.Evidence, "since prompt version v2 (before: v1)")
	require.Contains(t, f.Evidence, "1 % of input tokens came from it, 80 % before")
	require.Contains(t, f.Evidence, "79 points less, 95 % interval ")
	require.Contains(t, f.Evidence, "Lost in these calls: 0.13 USD (95 % interval 0.11 to 0.15)")
	_, ok = blowout.CacheBreak("support", before, blowout.CacheSample{PromptVersion: "v1", Calls: 60, Input: 60_000, CacheRead: 42_000}, end)
	require.False(t, ok, "a little less is no break")
	_, ok = blowout.CacheBreak("support", before, blowout.CacheSample{PromptVersion: "v2", Calls: 5, Input: 5000}, end)
	require.False(t, ok, "five calls say nothing")
}
