package livemetrics

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/model/wire"
)

// shelf keeps findings that the store has not heard of where the disk queues
// lie, so that they outlive the process.
type shelf struct{ client storage.Client }

const shelfKey = "runaways"

// shelfOf opens the storage extension of that name; nil is no shelf.
func shelfOf(ctx context.Context, host component.Host, id *component.ID, own component.ID) (*shelf, error) {
	if id == nil {
		return nil, nil
	}
	found, ok := host.GetExtensions()[*id]
	if !ok {
		return nil, fmt.Errorf("storage %q is not among the configured extensions", id)
	}
	ext, ok := found.(storage.Extension)
	if !ok {
		return nil, fmt.Errorf("storage %q is a %T, which stores nothing for others", id, found)
	}
	client, err := ext.GetClient(ctx, component.KindExporter, own, shelfKey)
	if err != nil {
		return nil, fmt.Errorf("opening storage %q: %w", id, err)
	}
	return &shelf{client}, nil
}

// put replaces what is kept.
func (s *shelf) put(ctx context.Context, rows []model.Signal) error {
	if s == nil {
		return nil
	}
	if len(rows) == 0 {
		return s.client.Delete(ctx, shelfKey)
	}
	var w wire.Writer
	for i := range rows {
		w.Signal(&rows[i])
	}
	return s.client.Set(ctx, shelfKey, w.AppendTo(nil))
}

// get is what an earlier process has kept.
func (s *shelf) get(ctx context.Context) ([]model.Signal, error) {
	if s == nil {
		return nil, nil
	}
	b, err := s.client.Get(ctx, shelfKey)
	if err != nil || len(b) == 0 {
		return nil, err
	}
	batch, err := wire.Parse(string(b))
	if err != nil {
		return nil, err
	}
	return batch.AppendSignals(nil)
}

func (s *shelf) close(ctx context.Context) error {
	if s == nil {
		return nil
	}
	return s.client.Close(ctx)
}
