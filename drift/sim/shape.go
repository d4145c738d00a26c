package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/windage-dev/windage/drift/block"
)

// Shape is a kind of stream in which nothing happens, drawn row by row: what
// monitors meet beside token counts.
type Shape struct {
	Name string
	// Day and Hour are the standard deviations of the level of a day
	// (correlation 0.7 from day to day) and of an hour (correlation HourAR);
	// what a level does is told by the rows.
	Day, Hour, HourAR float64
	// Rows is a factor on the rows of hour t; nil for 1.
	Rows func(t int) float64
	// Cluster is how many rows on average have a level of their own, of
	// standard deviation 1, in common; 0 for none.
	Cluster int
	// One of Number and Value draws a row at a level, with that of its cluster.
	Number func(r *rand.Rand, at time.Time, level, own float64) float64
	Value  func(r *rand.Rand, at time.Time, level float64) string
	Unit   bool // numbers are scores between 0 and 1
}

// Shapes are the kinds of stream.
var Shapes = []Shape{
	{Name: "log-normal", Number: logNormal(0.6)},
	{Name: "Pareto 1.5", Number: func(r *rand.Rand, _ time.Time, _, _ float64) float64 { return math.Pow(1-r.Float64(), -1/1.5) }},
	{Name: "t with 3 degrees of freedom", Number: func(r *rand.Rand, _ time.Time, _, _ float64) float64 {
		var q float64
		for range 3 {
			x := r.NormFloat64()
			q += x * x
		}
		return r.NormFloat64() / math.Sqrt(q/3)
	}},
	{Name: "zero-inflated counts", Number: func(r *rand.Rand, _ time.Time, _, _ float64) float64 {
		if r.Float64() < 0.6 {
			return 0
		}
		return float64(Poisson(r, 8*math.Exp(0.5*r.NormFloat64())))
	}},
	{Name: "log mean by the hour, AR 0.9, sd 0.1", Hour: 0.1, HourAR: 0.9, Number: logNormal(0.6)},
	{Name: "log mean by the hour, AR 0.98, sd 0.1", Hour: 0.1, HourAR: 0.98, Number: logNormal(0.6)},
	{Name: "log mean by the day, AR 0.7, a sixth of the spread", Day: 0.1, Number: logNormal(0.6)},
	{Name: "log mean by the day, AR 0.7, half of the spread", Day: 0.3, Number: logNormal(0.6)},
	{Name: "weekends 1.5 times as long, a daily curve", Number: func(r *rand.Rand, at time.Time, _, _ float64) float64 {
		mu := 5 + 0.3*math.Sin(2*math.Pi*float64(at.Hour())/24)
		if weekend(at) {
			mu += math.Log(1.5)
		}
		return math.Exp(mu + 0.6*r.NormFloat64())
	}},
	{Name: "traffic that triples in eight weeks", Rows: func(t int) float64 { return math.Pow(3, float64(t)/(8*168)) }, Number: logNormal(0.6)},
	{Name: "scores with daily wobble", Day: 0.2, Unit: true, Number: func(r *rand.Rand, _ time.Time, level, _ float64) float64 {
		return 1 / (1 + math.Exp(-(1 + level + 1.2*r.NormFloat64())))
	}},
	{Name: "Poisson 2", Number: func(r *rand.Rand, _ time.Time, _, _ float64) float64 { return float64(Poisson(r, 2)) }},
	{Name: "Poisson 40 with daily wobble", Day: 0.1, Number: func(r *rand.Rand, _ time.Time, level, _ float64) float64 {
		return float64(Poisson(r, 40*math.Exp(level)))
	}},
	{Name: "6 rows an hour", Rows: func(int) float64 { return 0.06 }, Number: logNormal(0.6)},
	{Name: "sessions of nine, each with its own level", Cluster: 9, Number: logNormal(0.6)},
	{Name: "sessions of thirty, Pareto in length", Cluster: 30, Number: func(r *rand.Rand, _ time.Time, _, own float64) float64 {
		return math.Exp(5 + 0.8*own + 0.3*r.NormFloat64())
	}},
	{Name: "a tenth without values, wobbling by 20 %", Day: 0.2, Number: func(r *rand.Rand, _ time.Time, level, _ float64) float64 {
		if r.Float64() < 0.1*math.Exp(level) {
			return math.NaN()
		}
		return math.Exp(5 + 0.6*r.NormFloat64())
	}},
	{Name: "rate of 2 %, wobbling by 20 %", Day: 0.2, Value: func(r *rand.Rand, _ time.Time, level float64) string {
		if r.Float64() < 0.02*math.Exp(level) {
			return "yes"
		}
		return "no"
	}},
	{Name: "5 categories with daily wobble", Day: 0.2, Value: func(r *rand.Rand, _ time.Time, level float64) string {
		return pick(r, []float64{40 * math.Exp(level), 25, 20, 10, 5})
	}},
	{Name: "5 categories by the hour", Value: func(r *rand.Rand, at time.Time, _ float64) string {
		return pick(r, []float64{40 + 20*math.Sin(2*math.Pi*float64(at.Hour())/24), 25, 20, 10, 5})
	}},
	{Name: "5,000 values by Zipf", Value: func(r *rand.Rand, _ time.Time, _ float64) string {
		return fmt.Sprint(int(math.Exp(r.Float64() * math.Log(5000))))
	}},
}

func logNormal(sd float64) func(*rand.Rand, time.Time, float64, float64) float64 {
	return func(r *rand.Rand, _ time.Time, level, own float64) float64 {
		return math.Exp(5 + level + 0.5*own + sd*r.NormFloat64())
	}
}

func pick(r *rand.Rand, weights []float64) string {
	var all float64
	for _, w := range weights {
		all += w
	}
	x := r.Float64() * all
	for i, w := range weights {
		if x -= w; x < 0 {
			return string(rune('a' + i))
		}
	}
	return "a"
}

func weekend(at time.Time) bool { return at.Weekday() == time.Saturday || at.Weekday() == time.Sunday }

// Draw draws hours blocks of perHour rows an hour on average, from start on;
// the rows follow the working day. One of the two is empty.
func (s Shape) Draw(r *rand.Rand, start time.Time, hours int, perHour float64) (numbers []block.Numeric, values []block.Categorical) {
	day, hour, last := r.NormFloat64(), r.NormFloat64(), -1
	for t := range hours {
		at := start.Add(time.Duration(t) * time.Hour)
		if d := at.YearDay(); d != last {
			day, last = 0.7*day+math.Sqrt(1-0.7*0.7)*r.NormFloat64(), d
		}
		hour = s.HourAR*hour + math.Sqrt(1-s.HourAR*s.HourAR)*r.NormFloat64()
		level := s.Day*day + s.Hour*hour
		volume, _ := profile(at)
		if s.Rows != nil {
			volume *= s.Rows(t)
		}
		n := Poisson(r, perHour*volume)
		if s.Value != nil {
			b := block.Categorical{Start: at, Length: time.Hour, Counts: map[string]int64{}}
			for range n {
				b.Counts[s.Value(r, at, level)]++
			}
			values = append(values, b)
			continue
		}
		var nb block.NumericBuilder
		if s.Unit {
			nb.Grid = block.Unit
		}
		own := 0.0
		for i := range n {
			if s.Cluster > 0 && (i == 0 || r.IntN(s.Cluster) == 0) {
				own = r.NormFloat64()
			}
			if x := s.Number(r, at, level, own); math.IsNaN(x) {
				nb.AddNull()
			} else {
				nb.Add(x)
			}
		}
		numbers = append(numbers, nb.Block(at, time.Hour))
	}
	return numbers, values
}
