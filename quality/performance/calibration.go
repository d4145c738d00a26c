package performance

import (
	"fmt"
	"math"
	"time"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
)

// Calibration is how far probabilities are from what came true, beyond what as
// many labels of a perfectly calibrated model would show by chance.
type Calibration struct {
	N int64
	// Excess is the debiased root mean squared calibration error over ten bins.
	Excess model.Estimate
	// P is how often a calibrated model shows as much: χ² = Σ (Σy−Σp)²/Σp(1−p)
	// over the bins.
	P float64
	// Said and Came are the mean probability and the share that came true.
	Said, Came float64
}

// LeastCalibrated are the fewest labelled predictions that calibration is judged
// on; leastExcess is the least excess worth telling and leastP how unlikely it
// must be.
const (
	LeastCalibrated = 200
	leastExcess     = 0.02
	leastP          = 1e-4
)

// CalibrationOf measures calibration on the sums by hundredths of the probability.
func CalibrationOf(bins map[uint8]quality.CalibrationBin) (c Calibration) {
	var chi, df float64
	var tenth [10]quality.CalibrationBin
	for i, b := range bins {
		t := &tenth[min(int(i)/10, 9)]
		t.N, t.P, t.Y, t.PQ = t.N+b.N, t.P+b.P, t.Y+b.Y, t.PQ+b.PQ
	}
	for _, b := range tenth {
		c.N += b.N
		c.Said, c.Came = c.Said+b.P, c.Came+b.Y
		if b.PQ > 1 { // fewer than a handful of rows that could have gone either way
			chi += (b.Y - b.P) * (b.Y - b.P) / b.PQ
			df++
		}
	}
	c.P = 1
	if df > 0 {
		c.P = stat.ChiSquareSF(chi, df)
	}
	if c.N > 0 {
		c.Said, c.Came = c.Said/float64(c.N), c.Came/float64(c.N)
	}
	d, _ := quality.Known("calibration_error")
	c.Excess = d.Measure(&quality.Facts{Calibration: bins}).Estimate
	return c
}

// Miscalibrated reports whether probabilities mean less than they did: an excess
// beyond doubt, above that of before, by labels of one age.
func Miscalibrated(now, before Calibration, age time.Duration) (model.Incident, bool) {
	if now.N < LeastCalibrated || now.P >= leastP || now.Excess.Interval == nil || now.Excess.Interval.Low < leastExcess {
		return model.Incident{}, false
	}
	was := "not known"
	if before.N >= LeastCalibrated && before.Excess.Interval != nil {
		if before.Excess.Interval.High >= now.Excess.Interval.Low {
			return model.Incident{}, false // it always was like this: context, not news
		}
		was = fmt.Sprintf("%.1f points (%.1f to %.1f)", 100**before.Excess.Value, 100*before.Excess.Interval.Low, 100*before.Excess.Interval.High)
	}
	how := "too high"
	if now.Said < now.Came {
		how = "too low"
	}
	if math.Abs(now.Said-now.Came) < 0.005 {
		how = "too extreme or too timid, right on average"
	}
	return model.Incident{
		Kind: model.IncidentCalibration, Severity: model.Ticket, Effect: now.Excess, EffectUnit: "share",
		Evidence: fmt.Sprintf("Probabilities are off by %.1f points beyond chance (95 %% interval %.1f to %.1f, n=%d labels within %s); before %s. They are %s: %.1f %% said, %.1f %% came true. Thresholds set on them no longer cost what was planned: recalibrate on recent labels, and look at what was deployed before it began.",
			100**now.Excess.Value, 100*now.Excess.Interval.Low, 100*now.Excess.Interval.High, now.N, Words(age), was, how, 100*now.Said, 100*now.Came),
	}, true
}
