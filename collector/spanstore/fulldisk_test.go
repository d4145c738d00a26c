package spanstore

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	xstorage "go.opentelemetry.io/collector/extension/xextension/storage"
)

// full is a real file storage whose disk has no room while it is full.
type full struct {
	xstorage.Client
	full atomic.Bool
}

func (f *full) Batch(ctx context.Context, ops ...*xstorage.Operation) error {
	for _, op := range ops {
		if f.full.Load() && op.Type != xstorage.Get {
			return syscall.ENOSPC
		}
	}
	return f.Client.Batch(ctx, ops...)
}

// queueFiles is a real file storage, as the queue has it.
func queueFiles(t *testing.T) xstorage.Client {
	t.Helper()
	factory := filestorage.NewFactory()
	cfg := factory.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory = t.TempDir()
	ext, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, ext.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, ext.Shutdown(context.Background())) })
	files, err := ext.(xstorage.Extension).GetClient(t.Context(), component.KindExporter, component.MustNewID("spanstore"), filepath.Base(t.Name()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, files.Close(context.Background())) })
	return files
}

func TestAFullDiskCanBeRead(t *testing.T) {
	// given an entry in the queue
	files := queueFiles(t)
	disk := &full{Client: files}
	c := fullDiskClient{disk}
	require.NoError(t, c.Batch(t.Context(), xstorage.SetOperation("0", []byte("rows"))))

	// when the disk is full, then it is read, without the note that it was
	disk.full.Store(true)
	get := xstorage.GetOperation("0")
	require.NoError(t, c.Batch(t.Context(), xstorage.SetOperation("metadata", []byte("read 0")), get))
	require.Equal(t, "rows", string(get.Value))

	// and what is to be written is refused
	require.ErrorIs(t, c.Batch(t.Context(), xstorage.SetOperation("1", []byte("more"))), syscall.ENOSPC)
	require.ErrorIs(t, c.Batch(t.Context(), xstorage.SetOperation("metadata", nil), xstorage.DeleteOperation("0")), syscall.ENOSPC)

	// and once there is room, the entry is still there
	disk.full.Store(false)
	got, err := c.Get(t.Context(), "0")
	require.NoError(t, err)
	require.Equal(t, "rows", string(got))
}

func TestAnEntryThatWasNeverWrittenIsNoLoss(t *testing.T) {
	_, req, err := encoding{}.Unmarshal(nil)
	require.NoError(t, err)
	require.Zero(t, req.ItemsCount())
}
