package watch

import (
	"time"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/incident"
	"github.com/windage-dev/windage/quality/performance"
)

const (
	calibrationWindow   = 7 * 24 * time.Hour
	calibrationBaseline = 28 * 24 * time.Hour
	calibrationSeries   = "calibration_error"
)

// calibration compares the probabilities of the newest week whose labels have
// mostly come with those of the weeks before, at the same age.
func (r *runner) calibration(end time.Time) (found []incident.Finding, unclear []incident.Unclear) {
	until := end.Add(-r.p.LabelAge)
	from := until.Add(-calibrationWindow)
	before := from
	if began := r.ledger.Began(model.IncidentCalibration, calibrationSeries); !began.IsZero() {
		before = earlier(before, began.Add(-r.p.LabelAge-calibrationWindow))
	}
	now := performance.CalibrationOf(r.w.sum(from, until).Calibration)
	if now.N < performance.LeastCalibrated {
		return nil, []incident.Unclear{{Kind: model.IncidentCalibration, Series: calibrationSeries}}
	}
	past := performance.CalibrationOf(r.w.sum(before.Add(-calibrationBaseline), before).Calibration)
	if in, ok := performance.Miscalibrated(now, past, r.p.LabelAge); ok {
		in.Series = calibrationSeries
		found = append(found, incident.Finding{Incident: in})
	}
	return found, nil
}
