package spanstore

import (
	"context"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
)

// points stores the points of metrics that count usage: a table of their own,
// in which a point that is sent again replaces itself.
func (w *writer) points(ctx context.Context, md pmetric.Metrics) error {
	db, err := w.storage.Store()
	if err != nil {
		return err
	}
	var points []model.UsagePoint
	var dead []letter
	bounds := w.storage.Bounds(w.now())
	canonical.EachPoint(md, func(p model.UsagePoint, _ pcommon.Map) {
		if reason := bounds.RefuseTime(p.At); reason != "" {
			dead = append(dead, w.letter("metric_point", reason, nil, p))
		} else {
			points = append(points, p)
		}
	})
	if len(points) > 0 {
		err := w.observe("metric_point_rows", func() (int, error) { return len(points), db.InsertUsagePoints(ctx, points) })
		if err != nil {
			return err
		}
	}
	w.bury(dead)
	return nil
}
