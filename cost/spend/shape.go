package spend

import (
	"fmt"
	"math"
	"sort"
	"time"
)

// hoursPerWeek is the length of a shape.
const hoursPerWeek = 7 * 24

// Shape is how spend is spread over the week: a weight per hour of the local
// week, Sunday 00:00 first, of mean 1.
type Shape struct {
	Weights  [hoursPerWeek]float64
	Location *time.Location
	// Weeks is the number of whole weeks it was learnt from; 0 for a given shape.
	Weeks int
	Name  string
}

// floor is the least weight of an hour: a plan never rules spend out, or one
// call at night would be an infinite overrun.
const floor = 0.05

// AlwaysOn spends evenly.
func AlwaysOn(loc *time.Location) *Shape {
	s := &Shape{Location: loc, Name: "always_on"}
	for i := range s.Weights {
		s.Weights[i] = 1
	}
	return s
}

// WorkingHours spends from 08:00 to 18:00, Monday to Friday, and a little
// outside of it.
func WorkingHours(loc *time.Location) *Shape {
	s := &Shape{Location: loc, Name: "working_hours"}
	for i := range s.Weights {
		day, hour := time.Weekday(i/24), i%24
		if day >= time.Monday && day <= time.Friday && hour >= 8 && hour < 18 {
			s.Weights[i] = 1
		}
	}
	s.normalise()
	return s
}

// MinWeeks is the least history from which a shape is learnt.
const MinWeeks = 2

// Learn takes the shape from history: per hour of the week the median over
// the weeks of the hour's share of its own week, so that neither growth nor
// one bad week bends it. With less than two whole weeks it is nil.
func Learn(s *Series, loc *time.Location) *Shape {
	h := s.Rebin(time.Hour)
	if len(h.USD) < MinWeeks*hoursPerWeek {
		return nil
	}
	shares := make([][]float64, hoursPerWeek)
	weeks := 0
	// Whole weeks counted back from the end.
	for end := len(h.USD); end >= hoursPerWeek; end -= hoursPerWeek {
		var total float64
		for _, m := range h.USD[end-hoursPerWeek : end] {
			total += m.Float()
		}
		if total <= 0 {
			continue
		}
		weeks++
		for i := end - hoursPerWeek; i < end; i++ {
			k := hourOfWeek(h.Start.Add(time.Duration(i)*time.Hour), loc)
			shares[k] = append(shares[k], h.USD[i].Float()/total*hoursPerWeek)
		}
	}
	if weeks < MinWeeks {
		return nil
	}
	out := &Shape{Location: loc, Weeks: weeks, Name: "learnt"}
	for k, v := range shares {
		out.Weights[k] = middle(v)
	}
	out.shrink(shares)
	out.smooth()
	out.normalise()
	return out
}

// shrink draws each hour of the week towards the same hour of the other days
// of its kind, working days or weekend, by as much as the weeks leave it open
// (empirical Bayes; Efron and Morris 1973): a median of four weeks with a few
// calls an hour is mostly noise, and where days do differ, they stay different.
func (s *Shape) shrink(shares [][]float64) {
	for _, days := range [][]int{{1, 2, 3, 4, 5}, {0, 6}} {
		for hour := range 24 {
			n := float64(len(days))
			var mean, noise, between float64
			for _, d := range days {
				v := shares[d*24+hour]
				mean += s.Weights[d*24+hour] / n
				noise += math.Pi / 2 * variance(v) / float64(max(1, len(v))) / n // of a median
			}
			for _, d := range days {
				between += (s.Weights[d*24+hour] - mean) * (s.Weights[d*24+hour] - mean) / (n - 1)
			}
			if between <= 0 {
				continue
			}
			towards := math.Min(1, noise/between)
			for _, d := range days {
				w := &s.Weights[d*24+hour]
				*w += towards * (mean - *w)
			}
		}
	}
}

// smooth averages an hour with its neighbours, lightly: a median over few
// weeks is noisy.
func (s *Shape) smooth() {
	var w [hoursPerWeek]float64
	for i := range w {
		l, r := (i+hoursPerWeek-1)%hoursPerWeek, (i+1)%hoursPerWeek
		w[i] = 0.2*s.Weights[l] + 0.6*s.Weights[i] + 0.2*s.Weights[r]
	}
	s.Weights = w
}

func (s *Shape) normalise() {
	var sum float64
	for _, w := range s.Weights {
		sum += w
	}
	if sum <= 0 {
		*s = *AlwaysOn(s.Location)
		return
	}
	mean := sum / hoursPerWeek
	sum = 0
	for i := range s.Weights {
		s.Weights[i] = math.Max(s.Weights[i]/mean, floor)
		sum += s.Weights[i]
	}
	for i := range s.Weights {
		s.Weights[i] *= hoursPerWeek / sum
	}
}

// hourOfWeek is the local hour of the week. On the day the clocks change an
// hour is missing or comes twice; the shape follows the local clock.
func hourOfWeek(t time.Time, loc *time.Location) int {
	l := t.In(loc)
	return int(l.Weekday())*24 + l.Hour()
}

// At is the weight at t, interpolated between the middles of the hours.
func (s *Shape) At(t time.Time) float64 {
	k := hourOfWeek(t, s.Location)
	m := float64(t.In(s.Location).Minute())/60 - 0.5
	if m < 0 {
		prev := (k + hoursPerWeek - 1) % hoursPerWeek
		return s.Weights[k]*(1+m) - s.Weights[prev]*m
	}
	return s.Weights[k]*(1-m) + s.Weights[(k+1)%hoursPerWeek]*m
}

// Mass is the weight of [from, to) in hours of mean weight: a whole week has
// 168. Months across a change of clocks have an hour more or less.
func (s *Shape) Mass(from, to time.Time) float64 {
	if !from.Before(to) {
		return 0
	}
	var sum float64
	for t := from; t.Before(to); {
		next := t.Truncate(time.Hour).Add(time.Hour)
		if next.After(to) {
			next = to
		}
		sum += s.Weights[hourOfWeek(t, s.Location)] * next.Sub(t).Hours()
		t = next
	}
	return sum
}

// String names the shape and what it rests on.
func (s *Shape) String() string {
	if s.Weeks > 0 {
		return fmt.Sprintf("learnt from %d weeks", s.Weeks)
	}
	return s.Name
}

func variance(v []float64) (sum float64) {
	if len(v) < 2 {
		return 0
	}
	var mean float64
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		sum += (x - mean) * (x - mean) / float64(len(v)-1)
	}
	return sum
}

func middle(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	sort.Float64s(v)
	n := len(v)
	if n%2 == 1 {
		return v[n/2]
	}
	return (v[n/2-1] + v[n/2]) / 2
}
