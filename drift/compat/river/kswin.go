package river

import (
	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/internal/mersenne"
)

// KSWIN compares the latest values of a window with a random sample of the
// older ones by a Kolmogorov-Smirnov test at every step (Raab et al. 2020).
type KSWIN struct {
	Alpha        float64
	Window, Size int
	Seed         uint32

	values []float64
	rng    *mersenne.Twister
	found  bool
}

// NewKSWIN gives river's defaults with a seed.
func NewKSWIN(seed uint32) *KSWIN { return &KSWIN{Alpha: 0.005, Window: 100, Size: 30, Seed: seed} }

// Update takes the next value.
func (k *KSWIN) Update(x float64) bool {
	if k.found || k.rng == nil {
		k.values, k.rng, k.found = nil, mersenne.Python(k.Seed), false
	}
	if k.values = append(k.values, x); len(k.values) > k.Window {
		k.values = k.values[1:]
	}
	if len(k.values) < k.Window {
		return false
	}
	old := make([]float64, 0, k.Size)
	for _, i := range k.rng.Sample(k.Window-k.Size, k.Size) {
		old = append(old, k.values[i])
	}
	recent := k.values[k.Window-k.Size:]
	r := stat.KS(old, recent, stat.TwoSided, stat.Auto)
	k.found = r.P <= k.Alpha && r.Statistic > 0.1
	return k.found
}
