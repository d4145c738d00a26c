package spanstore

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	xstorage "go.opentelemetry.io/collector/extension/xextension/storage"
)

// The queue reads an entry and notes that it did in one transaction. On a full
// disk the note cannot be written, and the queue then deletes the entry that
// it could not read: rows that were acknowledged would be lost. Here such a
// read is done without its note. What the note would have saved is reading the
// entry again after a crash, and rows that come twice are stored once.

// fullDiskHost gives the queue storage that can be read on a full disk.
type fullDiskHost struct{ component.Host }

// GetExtensions implements component.Host.
func (h fullDiskHost) GetExtensions() map[component.ID]component.Component {
	out := map[component.ID]component.Component{}
	for id, x := range h.Host.GetExtensions() {
		if s, ok := x.(xstorage.Extension); ok {
			x = fullDiskStorage{s}
		}
		out[id] = x
	}
	return out
}

// Report implements componentstatus.Reporter.
func (h fullDiskHost) Report(e *componentstatus.Event) { componentstatus.ReportStatus(h.Host, e) }

type fullDiskStorage struct{ xstorage.Extension }

// GetClient implements storage.Extension.
func (s fullDiskStorage) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (xstorage.Client, error) {
	c, err := s.Extension.GetClient(ctx, kind, id, name)
	if err != nil {
		return nil, err
	}
	return fullDiskClient{c}, nil
}

type fullDiskClient struct{ xstorage.Client }

// Batch implements storage.Client.
func (c fullDiskClient) Batch(ctx context.Context, ops ...*xstorage.Operation) error {
	err := c.Client.Batch(ctx, ops...)
	if err == nil {
		return nil
	}
	var reads []*xstorage.Operation
	for _, op := range ops {
		switch op.Type {
		case xstorage.Get:
			reads = append(reads, op)
		case xstorage.Delete: // no read of the queue deletes
			return err
		}
	}
	if len(reads) == 0 || len(reads) == len(ops) || c.Client.Batch(ctx, reads...) != nil {
		return err
	}
	return nil
}
