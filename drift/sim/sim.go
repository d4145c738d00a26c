package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/windage-dev/windage/drift/block"
)

// Workload is one series of LLM traffic: two kinds of request, short and long,
// whose mix and number follow hour of day and day of week.
type Workload struct {
	PerHour  float64       // mean rows per hour
	Start    time.Time     // of the first block
	Blocks   int           // hours
	Wobble   float64       // standard deviation of the day's log mean; default 0.03
	WobbleAR float64       // day-to-day correlation of it; default 0.7
	Hourly   float64       // standard deviation of an hourly wobble (AR 0.5)
	Step     time.Duration // default 1 h
	// Shared, between 0 and 1, is how much of the wobble all series with the
	// same Day draw share.
	Shared float64
	Day    *rand.Rand
	// Shift is what is planted, by block; nil for none.
	Shift func(t int) Shift
}

// Shift is a planted change.
type Shift struct {
	LogMean float64 // added to the log of every value
	Scale   float64 // the spread is multiplied by 1+Scale
	Tail    float64 // this share of rows comes from a long tail instead
	Volume  float64 // traffic is multiplied by 1+Volume
	Mix     float64 // added to the share of long requests
	Refuse  float64 // added to a rate (Rates only)
}

const (
	shortMedian, shortSigma = 120.0, 0.45
	longMedian, longSigma   = 380.0, 0.40
)

// profile is traffic and mix at an hour of the week: working hours are busy,
// nights quiet and full of batch jobs.
func profile(at time.Time) (volume, mix float64) {
	h := float64(at.Hour()) + float64(at.Minute())/60
	day := math.Exp(-0.5 * math.Pow((h-14)/4.5, 2))
	volume, mix = 0.25+1.75*day, 0.35+0.15*math.Sin(2*math.Pi*(h-9)/24)
	if wd := at.Weekday(); wd == time.Saturday || wd == time.Sunday {
		volume *= 0.55
		mix += 0.06
	}
	return volume / 0.95, mix
}

// Numeric draws the blocks of a token-count series.
func (w Workload) Numeric(r *rand.Rand) []block.Numeric {
	wobble := w.wobble(r)
	out := make([]block.Numeric, 0, w.Blocks)
	step := w.step()
	for t := range w.Blocks {
		at := w.Start.Add(time.Duration(t) * step)
		vol, mix := profile(at)
		var s Shift
		if w.Shift != nil {
			s = w.Shift(t)
		}
		n := w.PerHour * vol * step.Hours() * (1 + s.Volume)
		mix = min(max(mix+s.Mix, 0), 1)
		out = append(out, drawLogNormals(r, at, step, n, []part{
			{(1 - mix) * (1 - s.Tail), math.Log(shortMedian) + wobble[t] + s.LogMean, shortSigma * (1 + s.Scale)},
			{mix * (1 - s.Tail), math.Log(longMedian) + wobble[t] + s.LogMean, longSigma * (1 + s.Scale)},
			{s.Tail, math.Log(4000), 0.5},
		}))
	}
	return out
}

// Rates draws the blocks of a pass/fail series with the given failure rate,
// whose logit wobbles as the log mean does.
func (w Workload) Rates(r *rand.Rand, rate float64, yes, no string) []block.Categorical {
	wobble := w.wobble(r)
	out := make([]block.Categorical, 0, w.Blocks)
	step := w.step()
	for t := range w.Blocks {
		at := w.Start.Add(time.Duration(t) * step)
		vol, mix := profile(at)
		var s Shift
		if w.Shift != nil {
			s = w.Shift(t)
		}
		p := rate * math.Exp(wobble[t]+0.8*(mix-0.35)) // long requests fail more
		p = min(p+s.Refuse, 1)
		n := w.PerHour * vol * step.Hours() * (1 + s.Volume)
		out = append(out, block.Categorical{Start: at, Length: step, Counts: map[string]int64{
			yes: int64(Poisson(r, n*p)), no: int64(Poisson(r, n*(1-p))),
		}})
	}
	return out
}

func (w Workload) step() time.Duration {
	if w.Step == 0 {
		return time.Hour
	}
	return w.Step
}

// wobble is the log mean of each block about its season.
func (w Workload) wobble(r *rand.Rand) []float64 {
	sd, ar := w.Wobble, w.WobbleAR
	if sd == 0 {
		sd = 0.03
	}
	if ar == 0 {
		ar = 0.7
	}
	out := make([]float64, w.Blocks)
	var day, hour, shared float64
	shared = 0
	day = r.NormFloat64()
	if w.Day != nil {
		shared = w.Day.NormFloat64()
	}
	last := -1
	for t := range out {
		at := w.Start.Add(time.Duration(t) * w.step())
		if d := at.YearDay(); d != last {
			day = ar*day + math.Sqrt(1-ar*ar)*r.NormFloat64()
			if w.Day != nil {
				shared = ar*shared + math.Sqrt(1-ar*ar)*w.Day.NormFloat64()
			}
			last = d
		}
		hour = 0.5*hour + math.Sqrt(0.75)*r.NormFloat64()
		out[t] = sd*(math.Sqrt(w.Shared)*shared+math.Sqrt(1-w.Shared)*day) + w.Hourly*hour
	}
	return out
}

type part struct{ share, mu, sigma float64 }

// drawLogNormals draws one block of about n rows from a mixture of log-normals.
func drawLogNormals(r *rand.Rand, at time.Time, step time.Duration, n float64, parts []part) block.Numeric {
	b := block.Numeric{Start: at, Length: step, Grid: block.Log}
	const binWidth = math.Ln2 / 16
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, p := range parts {
		if p.share > 0 {
			lo, hi = min(lo, p.mu-6*p.sigma), max(hi, p.mu+6*p.sigma)
		}
	}
	first, last := int(math.Floor(lo/binWidth)), int(math.Floor(hi/binWidth))
	cdf := func(x float64) float64 {
		var s float64
		for _, p := range parts {
			if p.share > 0 {
				s += p.share * normalCDF((x-p.mu)/p.sigma)
			}
		}
		return s
	}
	below := cdf(float64(first) * binWidth)
	for i := first; i <= last; i++ {
		next := cdf(float64(i+1) * binWidth)
		k := Poisson(r, n*(next-below))
		below = next
		if k == 0 {
			continue
		}
		mid, code, t := bin(i)
		if b.N == 0 {
			b.Min = mid
		}
		b.Max = mid
		b.Cells = append(b.Cells, block.Cell{Code: code, N: uint32(k)})
		b.N += int64(k)
		b.Sum += float64(k) * t
		b.Sum2 += float64(k) * t * t
	}
	return b
}

// bins of the logarithmic grid that the draws fall in: value, code, transform.
var bins = func() (out [2 * binsHalf]struct {
	mid, t float64
	code   block.Code
}) {
	for i := range out {
		mid := math.Exp((float64(i-binsHalf) + 0.5) * math.Ln2 / 16)
		out[i].mid, out[i].code, out[i].t = mid, block.Log.Code(mid), block.Log.Transform(mid)
	}
	return out
}()

const binsHalf = 1024

func bin(i int) (mid float64, code block.Code, t float64) {
	b := &bins[min(max(i+binsHalf, 0), 2*binsHalf-1)]
	return b.mid, b.code, b.t
}

// cdfTable is the standard normal distribution function on [−8, 8].
var cdfTable = func() (out [1 << 14]float64) {
	for i := range out {
		out[i] = 0.5 * math.Erfc(-(float64(i)/1024-8)/math.Sqrt2)
	}
	return out
}()

func normalCDF(z float64) float64 {
	x := (z + 8) * 1024
	switch {
	case x <= 0:
		return 0
	case x >= float64(len(cdfTable)-1):
		return 1
	}
	i := int(x)
	f := x - float64(i)
	return cdfTable[i]*(1-f) + cdfTable[i+1]*f
}

// Poisson draws a Poisson count: by inversion for small means, and by the
// transformed rejection PTRS of Hörmann (1993) for large ones.
func Poisson(r *rand.Rand, mean float64) int {
	switch {
	case mean <= 0:
		return 0
	case mean < 10:
		p := r.Float64()
		if p <= 1-mean { // most bins of a sparse histogram: spares the exponential
			return 0
		}
		l, k := math.Exp(-mean), 0
		for p > l {
			p *= r.Float64()
			k++
		}
		return k
	}
	slam, loglam := math.Sqrt(mean), math.Log(mean)
	b := 0.931 + 2.53*slam
	a := -0.059 + 0.02483*b
	invalpha := 1.1239 + 1.1328/(b-3.4)
	vr := 0.9277 - 3.6224/(b-2)
	for {
		u, v := r.Float64()-0.5, r.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + mean + 0.43)
		if us >= 0.07 && v <= vr {
			return int(k)
		}
		if k < 0 || us < 0.013 && v > us {
			continue
		}
		lg, _ := math.Lgamma(k + 1)
		if math.Log(v)+math.Log(invalpha)-math.Log(a/(us*us)+b) <= -mean+k*loglam-lg {
			return int(k)
		}
	}
}
