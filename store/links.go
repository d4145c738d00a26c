package store

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/place"
)

// LinkedTraces are the other traces that are linked with some, directly or
// through others, because one goes on with the work of the other. Of a group
// of more than place.MaxLinked traces it gives so many that the placer sees
// that there are more, which it leaves apart.
func (s *Store) LinkedTraces(ctx context.Context, traces []model.TraceID) ([]model.TraceID, error) {
	g := place.NewLinked()
	given := make(map[model.TraceID]bool, len(traces))
	for _, t := range traces {
		given[t] = true
		g.Size(t)
	}
	seen := make(map[model.TraceID]bool, len(traces))
	var out []model.TraceID
	for next := traces; len(next) > 0; {
		var ask []model.TraceID
		for _, t := range next {
			if !seen[t] && g.Size(t) <= place.MaxLinked {
				seen[t] = true
				ask = append(ask, t)
			}
		}
		if len(ask) == 0 {
			break
		}
		next = nil
		err := s.read(ctx, "linked_traces.sql", func(r driver.Rows) error {
			var from, to string
			if err := r.Scan(&from, &to); err != nil {
				return err
			}
			var a, b model.TraceID
			copy(a[:], from)
			copy(b[:], to)
			if !g.Has(b) {
				next = append(next, b)
				if !given[b] {
					out = append(out, b)
				}
			}
			g.Join(a, b)
			return nil
		}, named("traces", hexIDs(ask)), named("most", place.MaxLinked+1))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
