package spend

import (
	"time"

	"github.com/windage-dev/windage/model"
)

// Series is spend per step from Start on: USD[i] was spent in
// [Start + i×Step, Start + (i+1)×Step). An amount is where the call ended.
// A step without traffic is 0: spend that was not made. Steps with calls that
// have no price are lower bounds; Unpriced says so.
type Series struct {
	Start time.Time
	Step  time.Duration
	USD   []model.Money
	// Calls is the number of counted calls in each step; empty where unknown.
	Calls []int64
	// Unpriced is the number of calls without a price in each step; empty
	// where there are none.
	Unpriced []int64
	// Seen is what the calls that were seen cost, and Variance, in USD², what
	// sampling leaves open of USD, step by step; nil where nothing is sampled.
	Seen     []model.Money
	Variance []float64
}

// End is the end of the last step.
func (s *Series) End() time.Time { return s.Start.Add(time.Duration(len(s.USD)) * s.Step) }

// index is the step that holds t, which may lie outside of the series.
func (s *Series) index(t time.Time) int {
	d := t.Sub(s.Start)
	i := int(d / s.Step)
	if d < 0 && d%s.Step != 0 {
		i--
	}
	return i
}

// Sum is the exact spend in [from, to), both rounded down to steps.
func (s *Series) Sum(from, to time.Time) *model.Sum { return s.sum(s.USD, from, to) }

// Sampled is what the calls seen in [from, to) cost, and the variance of Sum
// in USD²; ok is false where nothing was sampled, and Sum is what was seen.
func (s *Series) Sampled(from, to time.Time) (seen *model.Sum, variance float64, ok bool) {
	if len(s.Seen) != len(s.USD) || len(s.Variance) != len(s.USD) || s.Step <= 0 {
		return nil, 0, false
	}
	for i := max(0, s.index(from)); i < min(len(s.USD), s.index(to)); i++ {
		variance += s.Variance[i]
		ok = ok || s.Seen[i] != s.USD[i]
	}
	return s.sum(s.Seen, from, to), variance, ok
}

func (s *Series) sum(usd []model.Money, from, to time.Time) *model.Sum {
	var sum model.Sum
	if s.Step <= 0 {
		return &sum
	}
	a, b := max(0, s.index(from)), min(len(usd), s.index(to))
	var part model.Money
	for i := a; i < b; i++ {
		next, err := part.Add(usd[i])
		if err != nil { // beyond one Money: carry on in the exact sum
			sum.Add(part)
			next = usd[i]
		}
		part = next
	}
	sum.Add(part)
	return &sum
}

// Between is the spend in [from, to) in USD.
func (s *Series) Between(from, to time.Time) float64 { return s.Sum(from, to).Float() }

// CallsBetween is the number of calls in [from, to), both rounded down to steps.
func (s *Series) CallsBetween(from, to time.Time) float64 { return float64(s.count(s.Calls, from, to)) }

// UnpricedBetween is the number of calls without a price in [from, to), both
// rounded down to steps.
func (s *Series) UnpricedBetween(from, to time.Time) int64 { return s.count(s.Unpriced, from, to) }

func (s *Series) count(of []int64, from, to time.Time) (n int64) {
	if s.Step <= 0 {
		return 0
	}
	for i := max(0, s.index(from)); i < min(len(of), s.index(to)); i++ {
		n += of[i]
	}
	return n
}

// Counts is the series of calls, each as one USD, so that all that is said of
// spend can be said of them; nil where they are not known.
func (s *Series) Counts() *Series {
	if len(s.Calls) != len(s.USD) || len(s.Calls) == 0 {
		return nil
	}
	out := &Series{Start: s.Start, Step: s.Step, USD: make([]model.Money, len(s.Calls))}
	for i, n := range s.Calls {
		out.USD[i] = model.Money(n) * model.USD
	}
	return out
}

// Dearest is the spend of the dearest step in [from, to), or of the dearest
// minute's worth where steps are longer, in USD.
func (s *Series) Dearest(from, to time.Time) float64 {
	var most model.Money
	for i := max(0, s.index(from)); i < min(len(s.USD), s.index(to)); i++ {
		most = max(most, s.USD[i])
	}
	if s.Step > time.Minute {
		return most.Float() * time.Minute.Seconds() / s.Step.Seconds()
	}
	return most.Float()
}

// Covers reports whether the series reaches back to from.
func (s *Series) Covers(from time.Time) bool { return len(s.USD) > 0 && !s.Start.After(from) }

// Rebin is the series on a grid n times as coarse, aligned to it.
func (s *Series) Rebin(step time.Duration) Series {
	if step <= s.Step || len(s.USD) == 0 {
		return *s
	}
	start := s.Start.Truncate(step)
	out := Series{Start: start, Step: step}
	n := int(s.End().Sub(start) / step)
	if s.End().Sub(start)%step != 0 {
		n++
	}
	out.USD = make([]model.Money, n)
	for i, m := range s.USD {
		j := int(s.Start.Add(time.Duration(i)*s.Step).Sub(start) / step)
		out.USD[j] += m
	}
	return out
}
