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
	now := w.now()
	oldest, newest := now.Add(-w.storage.Retention()), now.Add(w.cfg.MaxFuture)
	canonical.EachPoint(md, func(p model.UsagePoint, _ pcommon.Map) {
		switch {
		case p.At.Before(oldest):
			dead = append(dead, w.letter("metric_point", reasonTooOld, nil, p))
		case p.At.After(newest):
			dead = append(dead, w.letter("metric_point", reasonFuture, nil, p))
		default:
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
