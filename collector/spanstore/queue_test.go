package spanstore

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	xstorage "go.opentelemetry.io/collector/extension/xextension/storage"
)

// counted counts the transactions of a storage that is closed elsewhere.
type counted struct {
	xstorage.Client
	n int
}

func (c *counted) Batch(ctx context.Context, ops ...*xstorage.Operation) error {
	c.n++
	return c.Client.Batch(ctx, ops...)
}

func (c *counted) Close(context.Context) error { return nil }

// entries puts n entries into the queue as exporterhelper does.
func entries(t *testing.T, c xstorage.Client, n int) {
	t.Helper()
	for i := range n {
		require.NoError(t, c.Batch(t.Context(), xstorage.SetOperation("metadata", []byte("written "+strconv.Itoa(i))), xstorage.SetOperation(strconv.Itoa(i), []byte("rows"))))
	}
}

func done(t *testing.T, c xstorage.Client, i int) {
	t.Helper()
	require.NoError(t, c.Batch(t.Context(), xstorage.SetOperation("metadata", []byte("done "+strconv.Itoa(i))), xstorage.DeleteOperation(strconv.Itoa(i))))
}

func stored(t *testing.T, c xstorage.Client, key string) string {
	t.Helper()
	v, err := c.Get(t.Context(), key)
	require.NoError(t, err)
	return string(v)
}

func TestWhatIsDoneIsWrittenTogether(t *testing.T) {
	for _, x := range []struct {
		name string
		next func(t *testing.T, c *doneClient)
		note string
	}{
		{"with the next entry", func(t *testing.T, c *doneClient) {
			require.NoError(t, c.Batch(t.Context(), xstorage.SetOperation("metadata", []byte("next")), xstorage.SetOperation("next", []byte("rows"))))
		}, "next"},
		{"with the next read", func(t *testing.T, c *doneClient) { require.Equal(t, "rows", stored(t, c, "kept")) }, "done 99"},
		{"at the end", func(t *testing.T, c *doneClient) { require.NoError(t, c.Close(t.Context())) }, "done 99"},
	} {
		t.Run(x.name, func(t *testing.T) {
			// given entries, of which a hundred are done
			disk := &counted{Client: queueFiles(t)}
			c := &doneClient{Client: fullDiskClient{disk}}
			entries(t, c, 100)
			require.NoError(t, c.Set(t.Context(), "kept", []byte("rows")))
			disk.n = 0
			for i := range 100 {
				done(t, c, i)
			}
			// when the queue writes or reads something
			x.next(t, c)
			// then a transaction or two have deleted them all: the clock may have ended one early
			require.LessOrEqual(t, disk.n, 50)
			for i := range 100 {
				require.Empty(t, stored(t, disk.Client, strconv.Itoa(i)))
			}
			require.Equal(t, x.note, stored(t, disk.Client, "metadata"))
			require.NoError(t, c.Close(t.Context()))
		})
	}
}

func TestWhatIsDoneIsWrittenInTime(t *testing.T) {
	files := queueFiles(t)
	c := &doneClient{Client: fullDiskClient{files}}
	entries(t, c, 1)
	done(t, c, 0)
	require.Eventually(t, func() bool { return stored(t, files, "0") == "" }, time.Minute, 10*time.Millisecond)
	require.Equal(t, "done 0", stored(t, files, "metadata"))
}

// Given a crash before what is done was written, then the queue finds on disk
// what it held: all entries, and a note that knows of them.
func TestACrashBeforeWhatIsDoneIsWrittenLosesNothing(t *testing.T) {
	disk := &full{Client: queueFiles(t)}
	c := &doneClient{Client: fullDiskClient{disk}}
	entries(t, c, 3)
	disk.full.Store(true) // nothing more reaches the disk
	for i := range 3 {
		done(t, c, i)
	}
	get := xstorage.GetOperation("2")
	require.NoError(t, c.Batch(t.Context(), xstorage.SetOperation("metadata", []byte("read 2")), get), "it can be read all the same")
	require.Equal(t, "rows", string(get.Value))
	for i := range 3 {
		require.Equal(t, "rows", stored(t, disk, strconv.Itoa(i)))
	}
	require.Equal(t, "written 2", stored(t, disk, "metadata"))

	// and once there is room again, it is written
	disk.full.Store(false)
	require.NoError(t, c.Set(t.Context(), "next", []byte("rows")))
	for i := range 3 {
		require.Empty(t, stored(t, disk, strconv.Itoa(i)))
	}
}
