package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

func TestClass(t *testing.T) {
	std := func(code int32, text string) error {
		return fmt.Errorf("inserting: %w", &clickhouse.Exception{Code: code, Message: text})
	}
	for name, tc := range map[string]struct {
		err  error
		want store.ErrorClass
	}{
		"network":                      {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, store.Transient},
		"deadline":                     {context.DeadlineExceeded, store.Transient},
		"159 timeout":                  {std(159, "Timeout exceeded"), store.Transient},
		"202 too many queries":         {std(202, "Too many simultaneous queries"), store.Transient},
		"241 memory":                   {std(241, "Memory limit exceeded"), store.Transient},
		"242 read only":                {std(242, "Table is in readonly mode"), store.Transient},
		"243 disk full":                {std(243, "Cannot reserve 1.00 MiB, not enough space"), store.Transient},
		"252 too many parts":           {std(252, "Too many parts (3000 with average size of 1 MiB). Merges are processing significantly slower than inserts"), store.Transient},
		"252 too many partitions":      {std(252, "Too many partitions for single INSERT block (more than 100)"), store.Permanent},
		"60 unknown table":             {std(60, "Table windage.span_rows does not exist"), store.Transient},
		"16 unknown column":            {std(16, "No such column x in table"), store.Permanent},
		"53 type mismatch":             {std(53, "Type mismatch"), store.Permanent},
		"469 constraint":               {std(469, "Constraint violated"), store.Permanent},
		"469 through the other client": {fmt.Errorf("x: %w", &ch.Exception{Code: 469, Message: "Constraint violated"}), store.Permanent},
		"a row's own":                  {&store.RowError{Index: 3, Reason: "time_out_of_range"}, store.Permanent},
		"an unheard-of code":           {std(99999, "?"), store.Transient},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, store.Class(tc.err)) })
	}
}

func TestBisectStoresAllButTheRowsAtFault(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	var rows []*model.Span
	for i := range 40 {
		rows = append(rows, priced(byte(i), 1, day0))
	}
	for _, bad := range []int{0, 17, 18, 39} {
		rows[bad].Start = time.Time{}
	}
	err := s.InsertSpans(ctx, rows, "t")
	require.Equal(t, store.Permanent, store.Class(err))
	require.ErrorContains(t, err, "row 0: start 0001-01-01T00:00:00Z lies outside")

	bad, err := store.Bisect(ctx, rows, "t", s.InsertSpans)
	require.NoError(t, err)
	var at []int
	for _, b := range bad {
		require.Equal(t, "time_out_of_range", b.Reason)
		at = append(at, b.Index)
	}
	require.Equal(t, []int{0, 17, 18, 39}, at)
	require.Equal(t, 36, count(t, s, "SELECT count() FROM spans"))
}

func TestBisectFindsWhatOnlyTheServerKnows(t *testing.T) {
	// given a table with an opinion of its own
	s, dsn := opened(t)
	ctx := t.Context()
	require.NoError(t, testkit.Connect(t, dsn).Exec(ctx, "ALTER TABLE span_rows ADD CONSTRAINT polite CHECK name != 'rude'"))
	rows := []*model.Span{priced(1, 1, day0), priced(1, 2, day0), priced(1, 3, day0), priced(1, 4, day0), priced(1, 5, day0)}
	rows[3].Name = "rude"
	bad, err := store.Bisect(ctx, rows, "t", s.InsertSpans)
	require.NoError(t, err)
	require.Len(t, bad, 1)
	require.Equal(t, 3, bad[0].Index)
	require.Equal(t, 4, count(t, s, "SELECT count() FROM spans"))
}

func TestBisectLeavesATransientErrorAlone(t *testing.T) {
	calls := 0
	_, err := store.Bisect(t.Context(), []int{1, 2, 3}, "t", func(context.Context, []int, string) error {
		calls++
		return context.DeadlineExceeded
	})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, 1, calls)
}

func TestWritersOutliveTheEnginesDeath(t *testing.T) {
	opts := testkit.EngineOptions(t.TempDir())
	e := testkit.StartEngine(t, opts)
	s := connect(t, e.DSN())
	ctx := t.Context()
	require.NoError(t, s.Migrate(ctx))
	acknowledged := 0
	for i := range 60 {
		if i%20 == 10 {
			kill(t, e)
		}
		row := []*model.Span{priced(byte(i), 1, day0)}
		token := fmt.Sprint(i)
		require.Eventually(t, func() bool {
			try, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			err := s.InsertSpans(try, row, token)
			require.Equal(t, store.Transient, store.Class(err), "%v", err)
			return err == nil
		}, 30*time.Second, 10*time.Millisecond)
		acknowledged++
	}
	require.Equal(t, acknowledged, count(t, s, "SELECT count() FROM spans"))
	require.EqualValues(t, 3, e.Restarts())
}

func TestAStoreThatIsNotThere(t *testing.T) {
	for dsn, want := range map[string]string{
		"":                            "no DSN given",
		"http://u:secret@127.0.0.1:1": "needs the native protocol",
		"clickhouse://u:secret@127.0.0.1:1?dial_timeout=x": "127.0.0.1:1",
	} {
		_, err := store.Open(t.Context(), store.Options{DSN: store.DSN(dsn)})
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "secret")
	}
	s, err := store.Open(t.Context(), store.Options{DSN: "clickhouse://u:secret@127.0.0.1:1"})
	require.NoError(t, err, "it may come later")
	for _, err := range []error{s.Ping(t.Context()), s.Migrate(t.Context()), s.InsertSpans(t.Context(), []*model.Span{priced(1, 1, day0)}, "")} {
		require.Error(t, err)
		require.Equal(t, store.Transient, store.Class(err))
		require.NotContains(t, err.Error(), "secret")
	}
	require.NoError(t, s.Close())
	require.Equal(t, "clickhouse://h:9000/db", fmt.Sprintf("%v", store.DSN("clickhouse://u:secret@h:9000/db?password=secret")))
	require.NotContains(t, fmt.Sprintf("%#v", store.Options{DSN: "clickhouse://u:secret@h"}), "secret")
}
