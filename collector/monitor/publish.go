package monitor

import (
	"math"
	"sort"

	"github.com/windage-dev/windage/model"
)

// finite keeps a number that JSON can hold: an infinity becomes the largest
// float, NaN becomes zero.
func finite(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return 0
	case math.IsInf(x, 0):
		return math.Copysign(math.MaxFloat64, x)
	default:
		return x
	}
}

// tidy makes every number of a snapshot one that JSON can hold. An estimate
// that is no number is not measured.
func tidy(s *model.Snapshot) {
	for i := range s.Products {
		p := &s.Products[i]
		for j := range p.Metrics {
			m := &p.Metrics[j]
			estimate(&m.Estimate)
			for _, e := range []*model.Estimate{m.Baseline, m.Change} {
				if e != nil {
					estimate(e)
				}
			}
			interval(m.Bounds)
		}
		for j := range p.Series {
			v := &p.Series[j]
			estimate(&v.Effect)
			v.Evidence, v.Threshold = finite(v.Evidence), finite(v.Threshold)
		}
		for j := range p.Performance {
			m := &p.Performance[j]
			estimate(&m.Estimate)
			if m.Baseline != nil {
				estimate(m.Baseline)
			}
		}
		for j := range p.Judges {
			estimate(&p.Judges[j].Kappa)
		}
		estimate(&p.FalsePages)
		if w := p.Cost.Waste; w != nil {
			for _, e := range []*model.Estimate{&w.Retry.Share, &w.Loop.Share, &w.Failed.Share, &w.Any.Share, &w.Fallback.Share, &w.Fallback.QualityDelta} {
				estimate(e)
			}
		}
	}
	for i := range s.Incidents {
		estimate(&s.Incidents[i].Effect)
	}
	for i := range s.Budgets {
		b := &s.Budgets[i]
		estimate(&b.Forecast)
		for w, r := range b.Burn {
			b.Burn[w] = finite(r)
		}
	}
}

func estimate(e *model.Estimate) {
	if e.Value != nil && (math.IsNaN(*e.Value) || math.IsInf(*e.Value, 0)) {
		e.Value, e.Interval = nil, nil
		if e.Reason == "" {
			e.Reason = "the result is not a finite number"
		}
	}
	interval(e.Interval)
}

func interval(i *model.Interval95) {
	if i != nil {
		i.Low, i.High = finite(i.Low), finite(i.High)
	}
}

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
