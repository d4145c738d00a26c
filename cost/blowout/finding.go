package blowout

import (
	"time"

	"github.com/windage-dev/windage/model"
)

// Finding is one blowout.
type Finding struct {
	Kind     model.IncidentKind
	Product  string
	Series   string // what moved: a window, a task type, a prompt version, a model
	Severity model.Severity
	// Since is when it began, as far as the data tell.
	Since, At time.Time
	// Effect is the ratio of now to before, with its 95 % interval and the
	// sample behind it.
	Effect   model.Estimate
	Evidence string

	rel     float64   // by which share the product's spend grew
	settles time.Time // when it counts as the usual
}

func estimate(v, low, high float64, n int64) model.Estimate {
	return model.Estimate{Value: &v, Interval: &model.Interval95{Low: low, High: high}, N: n}
}
