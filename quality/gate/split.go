package gate

import (
	"fmt"

	"github.com/windage-dev/windage/drift/stat"
)

// Split is the sample-ratio test: whether as many units came to each side as
// were sent there. Where they did not, some are missing for a reason, and no
// metric of the rest can be trusted (Fabijan et al., KDD 2019).
type Split struct {
	Baseline  int64   `json:"baseline"`  // units
	Candidate int64   `json:"candidate"` // units
	Expected  float64 `json:"expected"`  // the candidate's share that was planned
	Observed  float64 `json:"observed"`
	P         float64 `json:"p_value"` // χ² with one degree of freedom
	Mismatch  bool    `json:"mismatch"`
	Why       string  `json:"why"`
}

// mismatch is the p-value below which shares are not what was planned: small,
// because the test is made at every gate.
const mismatch = 0.001

// CheckSplit tests the units of both sides against the candidate's planned
// share, in (0, 1).
func CheckSplit(baseline, candidate int64, share float64) *Split {
	s := &Split{Baseline: baseline, Candidate: candidate, Expected: share, P: 1}
	n := float64(baseline + candidate)
	if n == 0 {
		s.Why = "no unit on either side"
		return s
	}
	s.Observed = float64(candidate) / n
	d := float64(candidate) - n*share
	s.P = stat.ChiSquareSF(d*d/(n*share)+d*d/(n*(1-share)), 1)
	s.Mismatch = s.P < mismatch
	if s.Why = "as planned"; s.Mismatch {
		s.Why = fmt.Sprintf("sample ratio mismatch: %d of %d units (%.2f %%) are the candidate's where %.2f %% were planned (p = %.2g): units are missing for a reason, so no metric of the rest can be trusted",
			candidate, baseline+candidate, 100*s.Observed, 100*share, s.P)
	}
	return s
}
