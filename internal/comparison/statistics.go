package comparison

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/internal/table"
)

// Statistics are what a SageMaker Model Monitor statistics.json says of its
// baseline.
type Statistics struct {
	Features []featureStatistics `json:"features"`
}

type featureStatistics struct {
	Name    string             `json:"name"`
	Numbers *numericStatistics `json:"numerical_statistics"`
	Texts   *stringStatistics  `json:"string_statistics"`
}

type numericStatistics struct {
	Common       commonStatistics `json:"common"`
	Distribution struct {
		KLL struct {
			Buckets []struct {
				Lower float64 `json:"lower_bound"`
				Upper float64 `json:"upper_bound"`
				Count float64 `json:"count"`
			} `json:"buckets"`
			// Sketch holds the values of each level; one of level i stands for 2^i.
			Sketch struct {
				Data [][]float64 `json:"data"`
			} `json:"sketch"`
		} `json:"kll"`
	} `json:"distribution"`
}

type stringStatistics struct {
	Common       commonStatistics `json:"common"`
	Distribution struct {
		Categorical struct {
			Buckets []struct {
				Value string  `json:"value"`
				Count float64 `json:"count"`
			} `json:"buckets"`
		} `json:"categorical"`
	} `json:"distribution"`
}

type commonStatistics struct {
	Present float64 `json:"num_present"`
}

// ReadStatistics reads a statistics.json.
func ReadStatistics(path string) (*Statistics, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var s Statistics
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("reading statistics %s: %w", path, err)
	}
	if len(s.Features) == 0 {
		return nil, fmt.Errorf(`reading statistics %s: it has no "features"; a SageMaker statistics.json is needed`, path)
	}
	return &s, nil
}

// distribution are the distribution constraints of a constraints.json, of all
// features or of one.
type distribution struct {
	Perform              string   `json:"perform_comparison"` // Enabled, Disabled
	Threshold            *float64 `json:"comparison_threshold"`
	Method               string   `json:"comparison_method"`        // Robust, Simple
	CategoricalMethod    string   `json:"categorical_drift_method"` // LInfinity, ChiSquared
	CategoricalThreshold *float64 `json:"categorical_comparison_threshold"`
}

// over lays what one feature says over what holds for all.
func (d distribution) over(o distribution) distribution {
	set := func(to *string, v string) {
		if v != "" {
			*to = v
		}
	}
	set(&d.Perform, o.Perform)
	set(&d.Method, o.Method)
	set(&d.CategoricalMethod, o.CategoricalMethod)
	if o.Threshold != nil {
		d.Threshold = o.Threshold
	}
	if o.CategoricalThreshold != nil {
		d.CategoricalThreshold = o.CategoricalThreshold
	}
	return d
}

// defaultDistance is Model Monitor's comparison_threshold where none is given.
const defaultDistance = 0.1

// compare holds a column to the baseline's distribution. It gives a sentence
// for a violation, and the reason where the two cannot be compared.
func (d distribution) compare(s *Statistics, col *table.Column) (violation, unmeasured string) {
	i := slices.IndexFunc(s.Features, func(f featureStatistics) bool { return f.Name == col.Name })
	if i < 0 {
		return "", "the statistics have no such feature"
	}
	threshold := defaultDistance
	if d.Threshold != nil {
		threshold = *d.Threshold
	}
	var dist, n, m float64
	switch f := s.Features[i]; {
	case f.Numbers != nil && col.Kind == table.Number:
		cur := stat.Finite(col.Values)
		slices.Sort(cur)
		m = float64(len(cur))
		dist, n = f.Numbers.distance(cur)
	case f.Texts != nil && (col.Kind == table.Text || col.Kind == table.Number):
		if d.CategoricalThreshold != nil {
			threshold = *d.CategoricalThreshold
		}
		text, err := col.AsText()
		if err != nil {
			return "", err.Error()
		}
		if d.CategoricalMethod == "ChiSquared" {
			return f.Texts.test(text.Counts(), threshold)
		}
		dist, n, m = f.Texts.distance(text.Counts())
	default:
		return "", fmt.Sprintf("the baseline holds it in another type than the data, %s", col.Kind)
	}
	switch {
	case n == 0:
		return "", "the statistics hold no distribution of it"
	case m == 0:
		return "", "the data have no value of it"
	}
	name := "L∞ distance"
	if d.Method != "Simple" {
		name, dist = "robust L∞ distance", max(0, dist-1.8*math.Sqrt((n+m)/(n*m)))
	}
	if dist > threshold {
		return fmt.Sprintf("its %s from the baseline is %.4g, at most %.4g is accepted (%.0f values against %.0f)", name, dist, threshold, m, n), ""
	}
	return "", ""
}

// distance is the largest gap between the distribution function of the
// baseline, where its sketch or its buckets tell it, and that of sorted values;
// and the number of values of the baseline. deequ, which Model Monitor runs on,
// calls it the L-infinity distance.
func (s *numericStatistics) distance(cur []float64) (d, n float64) {
	type step struct{ at, upTo float64 } // values up to and with at
	var steps []step
	inclusive := true
	for level, values := range s.Distribution.KLL.Sketch.Data {
		for _, v := range values {
			w := math.Ldexp(1, level)
			steps = append(steps, step{v, w})
			n += w
		}
	}
	if n == 0 || s.Common.Present > 0 && math.Abs(n-s.Common.Present) > 0.01*s.Common.Present { // no sketch, or not the whole one
		steps, n, inclusive = nil, 0, false
		for _, b := range s.Distribution.KLL.Buckets {
			steps = append(steps, step{b.Upper, b.Count})
			n += b.Count
		}
	}
	if n == 0 || len(cur) == 0 {
		return 0, n
	}
	slices.SortFunc(steps, func(a, b step) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	m, below := float64(len(cur)), 0.0
	for i, x := range steps {
		below += x.upTo
		if i+1 < len(steps) && steps[i+1].at == x.at {
			continue
		}
		// The bounds of buckets belong to the next one, but for the last.
		last := i == len(steps)-1
		k, found := slices.BinarySearch(cur, x.at)
		if found && (inclusive || last) {
			for k < len(cur) && cur[k] == x.at {
				k++
			}
		}
		d = max(d, math.Abs(below/n-float64(k)/m))
	}
	return d, n
}

// test holds the categories of the data to those of the baseline by the χ² test;
// the threshold is the p-value below which they differ.
func (s *stringStatistics) test(cur map[string]int64, threshold float64) (violation, unmeasured string) {
	ref := map[string]float64{}
	for _, b := range s.Distribution.Categorical.Buckets {
		ref[b.Value] += b.Count
	}
	r := chiSquared(ref, cur)
	switch {
	case r.N == 0:
		return "", "the statistics hold no distribution of it"
	case r.M == 0:
		return "", "the data have no value of it that the baseline has"
	case math.IsNaN(r.P):
		return "", fmt.Sprintf("the χ² test needs two categories of ten expected values each, and %d values of the data are too few", r.M)
	case r.P < threshold:
		return fmt.Sprintf("its categories differ from the baseline: χ² is %.4g with %.0f degrees of freedom, p = %.4g, at least %.4g is accepted (%d values against %d)",
			r.Statistic, r.DF, r.P, threshold, r.M, r.N), ""
	}
	return "", ""
}

// distance is the largest change of a share, and the values of both sides.
func (s *stringStatistics) distance(cur map[string]int64) (d, n, m float64) {
	ref := map[string]float64{}
	for _, b := range s.Distribution.Categorical.Buckets {
		ref[b.Value] += b.Count
		n += b.Count
	}
	n = max(n, s.Common.Present) // rare values may have no bucket
	for _, c := range cur {
		m += float64(c)
	}
	if len(ref) == 0 || m == 0 {
		return 0, float64(len(ref)) * n, m
	}
	for v, c := range ref {
		d = max(d, math.Abs(c/n-float64(cur[v])/m))
	}
	for v, c := range cur {
		if _, known := ref[v]; !known {
			d = max(d, float64(c)/m)
		}
	}
	return d, n, m
}
