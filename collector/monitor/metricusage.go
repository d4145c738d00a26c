package monitor

import (
	"context"
	"time"

	"github.com/windage-dev/windage/store"
)

// metricUsageEvery is how often it is looked at: points come once a minute, and
// what they add up to is worked out from all of a day.
const metricUsageEvery = 10 * time.Minute

// refreshMetricUsage reads what services count in metrics of their own.
func (e *evaluator) refreshMetricUsage(ctx context.Context, db *store.Store, asOf time.Time, forced bool) error {
	if !forced && asOf.Sub(e.metricUsageAt) < metricUsageEvery {
		return nil
	}
	usage, err := db.MetricSources(ctx, asOf.Add(-costWindow), asOf)
	if err != nil {
		return err
	}
	delete(usage, "") // of a service that nobody watches
	e.metricUsage, e.metricUsageAt = usage, asOf
	return nil
}
