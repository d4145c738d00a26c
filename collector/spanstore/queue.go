package spanstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	xstorage "go.opentelemetry.io/collector/extension/xextension/storage"
)

// queueHost gives the queue storage that can be read on a full disk, and that
// is told in one transaction which entries are done.
type queueHost struct{ component.Host }

// GetExtensions implements component.Host.
func (h queueHost) GetExtensions() map[component.ID]component.Component {
	out := map[component.ID]component.Component{}
	for id, x := range h.Host.GetExtensions() {
		if s, ok := x.(xstorage.Extension); ok {
			x = queueStorage{s}
		}
		out[id] = x
	}
	return out
}

// Report implements componentstatus.Reporter.
func (h queueHost) Report(e *componentstatus.Event) { componentstatus.ReportStatus(h.Host, e) }

type queueStorage struct{ xstorage.Extension }

// GetClient implements storage.Extension.
func (s queueStorage) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (xstorage.Client, error) {
	c, err := s.Extension.GetClient(ctx, kind, id, name)
	if err != nil {
		return nil, err
	}
	return &doneClient{Client: fullDiskClient{c}}, nil
}

// doneClient writes together which entries of the queue are done. A batch of
// rows is made of hundreds of entries, and the queue deletes each in a
// transaction of its own, with a sync of the disk and the list of all that are
// under way. What is done waits here for the next entry that comes in, for
// maxDone others or for doneDelay. Until then the disk says that these entries
// are still to be sent: after a crash they are, and rows that come twice are
// stored once.
type doneClient struct {
	xstorage.Client

	mu    sync.Mutex
	notes []*xstorage.Operation // what the queue notes of itself, newest of each key
	gone  []*xstorage.Operation // the entries to delete
	timer *time.Timer
}

const (
	maxDone   = 256
	doneDelay = time.Second
)

// Batch implements storage.Client.
func (c *doneClient) Batch(ctx context.Context, ops ...*xstorage.Operation) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(ops) == 2 && ops[0].Type == xstorage.Set && ops[1].Type == xstorage.Delete {
		c.notes = append(without(c.notes, ops[:1]), ops[0])
		c.gone = append(c.gone, ops[1])
		if c.timer == nil {
			c.timer = time.AfterFunc(doneDelay, c.late)
		}
		if len(c.gone) < maxDone {
			return nil
		}
		// A disk that takes no notes now may take them with the next ones.
		_ = c.flush(ctx)
		return nil
	}
	if len(c.gone) == 0 {
		return c.Client.Batch(ctx, ops...)
	}
	err := c.write(ctx, ops)
	if err != nil && reads(ops) {
		return c.Client.Batch(ctx, ops...) // a full disk can still be read
	}
	return err
}

// write writes what waits and then ops, as one.
func (c *doneClient) write(ctx context.Context, ops []*xstorage.Operation) error {
	notes := without(c.notes, ops)
	all := make([]*xstorage.Operation, 0, len(notes)+len(c.gone)+len(ops))
	all = append(append(append(all, notes...), c.gone...), ops...)
	if err := c.Client.Batch(ctx, all...); err != nil {
		return err
	}
	c.notes, c.gone = nil, nil
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	return nil
}

func (c *doneClient) flush(ctx context.Context) error {
	if len(c.gone) == 0 {
		return nil
	}
	return c.write(ctx, nil)
}

// late writes what has waited long enough.
func (c *doneClient) late() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer = nil
	if c.flush(context.Background()) != nil {
		c.timer = time.AfterFunc(doneDelay, c.late)
	}
}

// Get implements storage.Client.
func (c *doneClient) Get(ctx context.Context, key string) ([]byte, error) {
	op := xstorage.GetOperation(key)
	err := c.Batch(ctx, op)
	return op.Value, err
}

// Set implements storage.Client.
func (c *doneClient) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, xstorage.SetOperation(key, value))
}

// Delete implements storage.Client.
func (c *doneClient) Delete(ctx context.Context, key string) error {
	return c.Batch(ctx, xstorage.DeleteOperation(key))
}

// Close implements storage.Client.
func (c *doneClient) Close(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.flush(ctx)
	c.notes, c.gone = nil, nil
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	return errors.Join(err, c.Client.Close(ctx))
}

// without leaves out the operations on keys that others set.
func without(ops, others []*xstorage.Operation) []*xstorage.Operation {
	var kept []*xstorage.Operation
	for _, op := range ops {
		set := false
		for _, o := range others {
			set = set || o.Type == xstorage.Set && o.Key == op.Key
		}
		if !set {
			kept = append(kept, op)
		}
	}
	return kept
}

func reads(ops []*xstorage.Operation) bool {
	for _, op := range ops {
		if op.Type == xstorage.Get {
			return true
		}
	}
	return false
}
