package spanstore

import (
	"context"

	xstorage "go.opentelemetry.io/collector/extension/xextension/storage"
)

// The queue reads an entry and notes that it did in one transaction. On a full
// disk the note cannot be written, and the queue then deletes the entry that
// it could not read: rows that were acknowledged would be lost. Here such a
// read is done without its note. What the note would have saved is reading the
// entry again after a crash, and rows that come twice are stored once.

// fullDiskClient reads on a full disk.
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
