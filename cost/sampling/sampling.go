// Package sampling weights what was measured on sampled traces up to all
// traffic, with the interval that sampling leaves.
//
// What belongs here: the probability that a trace carries (OTel consistent
// probability sampling), the estimate and its interval. What does not: who
// sampled and why.
package sampling

import (
	"math"
	"strconv"
	"strings"

	"github.com/windage-dev/windage/model"
)

// Probability reads the sampling probability out of a W3C tracestate: the
// OpenTelemetry entry's rejection threshold ot=th:HEX (probability 1 − T/2⁵⁶),
// or the older ot=p:N (probability 2⁻ᴺ). ok is false where it says neither.
func Probability(tracestate string) (p float64, ok bool) {
	for _, member := range strings.Split(tracestate, ",") {
		v, found := strings.CutPrefix(strings.TrimSpace(member), "ot=")
		if !found {
			continue
		}
		for _, part := range strings.Split(v, ";") {
			if th, found := strings.CutPrefix(part, "th:"); found {
				return threshold(th)
			}
		}
		for _, part := range strings.Split(v, ";") {
			if n, found := strings.CutPrefix(part, "p:"); found {
				k, err := strconv.Atoi(n)
				if err != nil || k < 0 || k > 62 { // 63 is "never sampled"
					return 0, false
				}
				return math.Ldexp(1, -k), true
			}
		}
	}
	return 0, false
}

// threshold is 1 − T/2⁵⁶ of up to fourteen hex digits, the missing ones zero.
func threshold(hex string) (float64, bool) {
	if hex == "" || len(hex) > 14 {
		return 0, false
	}
	t, err := strconv.ParseUint(hex+strings.Repeat("0", 14-len(hex)), 16, 64)
	if err != nil {
		return 0, false
	}
	return float64(1<<56-t) / (1 << 56), true
}

// Weight is how many spans a span with this tracestate stands for; 0 where
// the tracestate does not say.
func Weight(tracestate string) float64 {
	if tracestate == "" {
		return 0
	}
	p, ok := Probability(tracestate)
	if !ok {
		return 0
	}
	return 1 / p
}

// Estimate is a total over all traffic, in USD, with its 95 % interval.
type Estimate struct {
	USD, Low, High float64
	// Traces is the sample; Sampled of them stand for more than themselves.
	Traces, Sampled int
	// Mixed is true where some sources are sampled and others are not: the
	// total is right, a share or a mean taken without weights is not.
	Mixed bool
}

// Estimator adds calls up. Calls of one trace are kept or dropped together,
// so the trace is what is sampled.
type Estimator struct {
	traces  map[model.TraceID]*trace
	sources map[string]uint8
}

type trace struct {
	usd    float64
	weight float64
}

// NewEstimator is an empty estimator.
func NewEstimator() *Estimator {
	return &Estimator{traces: map[model.TraceID]*trace{}, sources: map[string]uint8{}}
}

// Add takes one priced call.
func (e *Estimator) Add(row *model.Span, usd model.Money) {
	w := row.Weight
	if w < 1 {
		w = 1
	}
	t := e.traces[row.TraceID]
	if t == nil {
		t = &trace{weight: w}
		e.traces[row.TraceID] = t
	}
	// A trace has one probability; should its spans disagree, the largest
	// weight is that of the last sampler.
	t.weight = math.Max(t.weight, w)
	t.usd += usd.Float()
	bit := uint8(1)
	if w > 1 {
		bit = 2
	}
	e.sources[row.ServiceName] |= bit
}

// Total is the Horvitz–Thompson estimate Σ w·c, with variance Σ w(w−1)c²
// (Poisson sampling of traces, Särndal et al. 1992, 3.5).
func (e *Estimator) Total() Estimate {
	var out Estimate
	var variance float64
	for _, t := range e.traces {
		out.Traces++
		if t.weight > 1 {
			out.Sampled++
		}
		out.USD += t.weight * t.usd
		variance += t.weight * (t.weight - 1) * t.usd * t.usd
	}
	half := 1.959963984540054 * math.Sqrt(variance)
	out.Low, out.High = math.Max(0, out.USD-half), out.USD+half
	var seen uint8
	for _, b := range e.sources {
		seen |= b
	}
	out.Mixed = seen == 3
	return out
}
