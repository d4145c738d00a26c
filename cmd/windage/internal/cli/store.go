package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/datadir"
	"github.com/windage-dev/windage/store"
	"github.com/windage-dev/windage/store/engine"
)

// storeFlags are the flags by which a command is told which store to use: a
// ClickHouse server, or a data folder, be a windage running on it or not.
type storeFlags struct {
	dsn      string
	dataDir  string
	database string
	cluster  string
}

func (f *storeFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.dsn, "dsn", os.Getenv("WINDAGE_DSN"), "ClickHouse server, clickhouse://user:password@host:9000/database (default $WINDAGE_DSN, which keeps the password out of the process list)")
	fl.StringVar(&f.dataDir, "data-dir", "", "data folder of the embedded ClickHouse; works beside a windage that runs on it (default $WINDAGE_DATA_DIR, else the user's data folder)")
	fl.StringVar(&f.database, "database", "", "database that holds the tables (default that of the DSN, else windage)")
	fl.StringVar(&f.cluster, "cluster", "", "ClickHouse cluster, where the tables are replicated and distributed")
	cmd.MarkFlagsMutuallyExclusive("dsn", "data-dir")
}

// open gives the store and what closes it. An embedded engine is started
// for the time of the command where none runs on the data folder.
func (f *storeFlags) open(ctx context.Context) (*store.Store, func(), error) {
	dsn, stop := f.dsn, func() {}
	if f.dataDir != "" || dsn == "" {
		var err error
		if dsn, stop, err = engineFor(ctx, f.dataDir); err != nil {
			return nil, nil, err
		}
	}
	s, err := store.Open(ctx, store.Options{
		DSN: store.DSN(dsn), Database: f.database, Cluster: f.cluster,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		stop()
		return nil, nil, err
	}
	return s, func() { _ = s.Close(); stop() }, nil
}

// engineFor gives the DSN of the engine on a data folder: the running one,
// else one that it starts and that stop ends.
func engineFor(ctx context.Context, dir string) (dsn string, stop func(), err error) {
	if dir == "" {
		dir = datadir.Default()
	}
	running, ok, err := engine.FindRunning(dir)
	if err != nil {
		return "", nil, err
	}
	if ok {
		return running.DSN, func() {}, nil
	}
	if !engine.HasData(dir) {
		if inside := filepath.Join(dir, "data"); engine.HasData(inside) { // the folder of a demo or a service holds more than the data
			return "", nil, fmt.Errorf("%s holds no data of windage, but %s does: give --data-dir %[2]s", dir, inside)
		}
		return "", nil, fmt.Errorf("%s holds no data of windage; name the folder with --data-dir, or a server with --dsn", dir)
	}
	e, err := engine.Start(ctx, engine.Options{DataDir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		var locked *engine.LockedError
		if errors.As(err, &locked) { // it began to run just now
			if running, ok, ferr := engine.FindRunning(dir); ferr == nil && ok {
				return running.DSN, func() {}, nil
			}
		}
		return "", nil, err
	}
	return e.DSN(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = e.Close(ctx)
	}, nil
}
