package store_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/store"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestTheSchemaIsAsItWas(t *testing.T) {
	for file, opts := range map[string]store.Options{
		"schema.single.sql":  {},
		"schema.cluster.sql": {Cluster: "main", Database: "wind`age", Retention: 30 * 24 * time.Hour},
	} {
		t.Run(file, func(t *testing.T) {
			got, err := store.PrintSchema(opts)
			require.NoError(t, err)
			path := filepath.Join("testdata", file)
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got, "after a wanted change: go test ./store -run TestTheSchemaIsAsItWas -update")
		})
	}
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	s, dsn := opened(t)
	c := testkit.Connect(t, dsn)
	require.NoError(t, s.Check(t.Context()))
	tables := func() (text string) {
		require.NoError(t, c.QueryRow(t.Context(), "SELECT arrayStringConcat(arraySort(groupArray(name || ' ' || toString(metadata_modification_time))), '\n') FROM system.tables WHERE database = currentDatabase()").Scan(&text))
		return text
	}
	before := tables()
	require.NoError(t, s.Migrate(t.Context()))
	require.Equal(t, before, tables())
}

func TestTwoRunnersMigrateOnce(t *testing.T) {
	dsn := testkit.Engine(t)
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		s := connect(t, dsn)
		wg.Go(func() { errs[i] = s.Migrate(t.Context()) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	var twice uint64
	require.NoError(t, testkit.Connect(t, dsn).QueryRow(t.Context(), "SELECT toUInt64(count() - uniqExact(version, name)) FROM schema_migrations").Scan(&twice))
	require.Zero(t, twice)
}

func TestASchemaThatDoesNotFitIsRefused(t *testing.T) {
	for name, tc := range map[string]struct{ sql, want string }{
		"newer than the binary": {
			"INSERT INTO schema_migrations (version, name, checksum, binary) SELECT 9999, '9999_future.sql', 'x', '9.9.9'",
			"newer than this binary",
		},
		"another text under the same number": {
			"INSERT INTO schema_migrations (version, name, checksum, binary, applied_at) SELECT 1, '0001_span_rows.sql', 'other', '0.0.1', now64(3) + 1",
			"0001_span_rows.sql was applied to database",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, dsn := opened(t)
			require.NoError(t, testkit.Connect(t, dsn).Exec(t.Context(), tc.sql))
			for _, err := range []error{s.Migrate(t.Context()), s.Check(t.Context())} {
				var schema *store.SchemaError
				require.ErrorAs(t, err, &schema)
				require.ErrorContains(t, err, tc.want)
			}
		})
	}
	t.Run("older than the binary", func(t *testing.T) {
		s := connect(t, testkit.Engine(t))
		var schema *store.SchemaError
		require.ErrorAs(t, s.Check(t.Context()), &schema)
		require.ErrorContains(t, schema, "windage schema apply")
	})
}

func TestALeaseHasOneHolder(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	const ttl = 3 * time.Second

	// Several ask at once: one gets it.
	got := make(chan string, 3)
	var wg sync.WaitGroup
	for _, who := range []string{"a", "b", "c"} {
		wg.Go(func() {
			ok, err := s.AcquireLease(ctx, "evaluator", who, ttl)
			require.NoError(t, err)
			if ok {
				got <- who
			}
		})
	}
	wg.Wait()
	require.Len(t, got, 1)
	holder := <-got
	who, err := s.LeaseHolder(ctx, "evaluator")
	require.NoError(t, err)
	require.Equal(t, holder, who)

	// It is renewed by its holder, and by nobody else.
	ok, err := s.AcquireLease(ctx, "evaluator", holder, ttl)
	require.NoError(t, err)
	require.True(t, ok)
	ok, err = s.AcquireLease(ctx, "evaluator", "d", ttl)
	require.NoError(t, err)
	require.False(t, ok)

	// A holder that is silent loses it.
	require.Eventually(t, func() bool {
		ok, err := s.AcquireLease(ctx, "evaluator", "d", ttl)
		return err == nil && ok
	}, 10*time.Second, 200*time.Millisecond)
	ok, err = s.AcquireLease(ctx, "evaluator", holder, ttl)
	require.NoError(t, err)
	require.False(t, ok)

	// One that gives it up frees it at once.
	require.NoError(t, s.ReleaseLease(ctx, "evaluator", "d"))
	ok, err = s.AcquireLease(ctx, "evaluator", "e", ttl)
	require.NoError(t, err)
	require.True(t, ok)
}

// Given a lease of a process that was killed, when the only process that can
// have the store open starts, then it need not wait for the lease to run out.
func TestSoleOpenerEndsTheLeasesOfTheDead(t *testing.T) {
	dsn := testkit.Engine(t)
	ctx := t.Context()
	dead, err := store.Open(ctx, store.Options{DSN: store.DSN(dsn)})
	require.NoError(t, err)
	defer func() { _ = dead.Close() }()
	require.NoError(t, dead.Migrate(ctx))
	ok, err := dead.AcquireLease(ctx, "evaluator", "dead", time.Hour)
	require.NoError(t, err)
	require.True(t, ok)

	for _, sole := range []bool{false, true} {
		s, err := store.Open(ctx, store.Options{DSN: store.DSN(dsn), Sole: sole})
		require.NoError(t, err)
		require.NoError(t, s.Migrate(ctx))
		ok, err := s.AcquireLease(ctx, "evaluator", "alive", time.Hour)
		require.NoError(t, err)
		require.Equal(t, sole, ok)
		require.NoError(t, s.Close())
	}
}
