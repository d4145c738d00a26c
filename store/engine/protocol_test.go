package engine_test

import (
	"context"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
)

func TestEveryTypeGoesInAndComesOutUnchanged(t *testing.T) {
	str := func(s string) *string { return &s }
	num := func(n int64) *int64 { return &n }
	at := time.Date(2026, 11, 24, 9, 30, 15, 123456789, time.UTC)
	big128, _ := new(big.Int).SetString("-170141183460469231731687303715884105728", 10)
	for _, tc := range []struct {
		typ    string
		values []any
	}{
		{"Bool", []any{true, false}},
		{"Int8", []any{int8(-128), int8(127)}},
		{"UInt8", []any{uint8(0), uint8(255)}},
		{"Int16", []any{int16(-32768)}},
		{"UInt16", []any{uint16(65535)}},
		{"Int32", []any{int32(-1 << 31)}},
		{"UInt32", []any{uint32(1<<32 - 1)}},
		{"Int64", []any{int64(-1 << 63), int64(1<<63 - 1)}},
		{"UInt64", []any{uint64(1<<64 - 1)}},
		{"Int128", []any{big128}},
		{"Float32", []any{float32(1.5)}},
		{"Float64", []any{0.1, -1e300}},
		{"String", []any{"", "käse\n\x00'\\", strings.Repeat("x", 300)}},
		{"FixedString(16)", []any{"0123456789abcdef"}},
		{"UUID", []any{uuid.MustParse("417ddc5d-e556-4d27-95dd-a34d84e46a50")}},
		{"IPv4", []any{net.ParseIP("10.1.2.3").To4()}},
		{"IPv6", []any{net.ParseIP("2001:db8::1")}},
		{"Date", []any{time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}},
		{"Date32", []any{time.Date(1999, 1, 2, 0, 0, 0, 0, time.UTC)}},
		{"DateTime('UTC')", []any{at.Truncate(time.Second)}},
		{"DateTime64(3, 'UTC')", []any{at.Truncate(time.Millisecond)}},
		{"DateTime64(9, 'UTC')", []any{at}},
		{"Decimal(9, 4)", []any{decimal.RequireFromString("-12345.6789")}},
		{"Decimal(18, 12)", []any{decimal.RequireFromString("123456.000000000001")}},
		{"Decimal(38, 12)", []any{decimal.RequireFromString("0.000000000001"), decimal.RequireFromString("-9223372.036854775807")}},
		{"Decimal(76, 20)", []any{decimal.RequireFromString("1.00000000000000000001")}},
		{"Enum8('a' = 1, 'b, (c)' = 2)", []any{"a", "b, (c)"}},
		{"Enum16('x' = 1000)", []any{"x"}},
		{"LowCardinality(String)", []any{"", "chat", "chat", "embedding"}},
		{"LowCardinality(FixedString(2))", []any{"de", "en"}},
		{"LowCardinality(Nullable(String))", []any{str("a"), (*string)(nil), str("")}},
		{"Nullable(Int64)", []any{num(0), (*int64)(nil), num(-5)}},
		{"Nullable(String)", []any{str(""), (*string)(nil)}},
		{"Array(String)", []any{[]string{}, []string{"a", "b"}}},
		{"Array(LowCardinality(String))", []any{[]string{}, []string{"stop", "stop", "length"}}},
		{"Array(Array(UInt16))", []any{[][]uint16{{1}, {}, {2, 3}}, [][]uint16{}}},
		{"Array(Nullable(Float64))", []any{[]*float64{nil}}},
		{"Map(String, UInt64)", []any{map[string]uint64{"a": 1}, map[string]uint64{}}},
		{"Map(LowCardinality(String), String)", []any{map[string]string{"k": "v", "": "w"}, map[string]string{}}},
		{"Map(LowCardinality(String), Array(Float64))", []any{map[string][]float64{"k": {1, 2}}}},
		{"Tuple(String, Int64)", []any{[]any{"a", int64(1)}}},
		{"Tuple(name String, list Array(LowCardinality(String)))", []any{map[string]any{"name": "n", "list": []string{"x"}}}},
		{"SimpleAggregateFunction(max, DateTime64(3, 'UTC'))", []any{at.Truncate(time.Millisecond)}},
	} {
		t.Run(tc.typ, func(t *testing.T) {
			// given a table with one column of the type
			c := testkit.Connect(t, testkit.Engine(t))
			ctx := t.Context()
			require.NoError(t, c.Exec(ctx, "CREATE TABLE t (n UInt32, v "+tc.typ+") ENGINE = MergeTree ORDER BY n"))

			// when the values are inserted and read
			b, err := c.PrepareBatch(ctx, "INSERT INTO t")
			require.NoError(t, err)
			for i, v := range tc.values {
				require.NoError(t, b.Append(uint32(i), v))
			}
			require.NoError(t, b.Send())
			rows, err := c.Query(ctx, "SELECT v FROM t ORDER BY n")
			require.NoError(t, err)
			defer rows.Close()

			// then they are the same
			var got []any
			for rows.Next() {
				got = append(got, scan(t, rows))
			}
			require.NoError(t, rows.Err())
			if d := cmp.Diff(tc.values, got, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 }), cmp.Comparer(func(a, b net.IP) bool { return a.Equal(b) })); d != "" {
				t.Error(d)
			}
		})
	}
}

// scan reads a row's one value as the driver's own Go type.
func scan(t *testing.T, rows driver.Rows) any {
	t.Helper()
	v := newOf(rows.ColumnTypes()[0].ScanType())
	require.NoError(t, rows.Scan(v))
	return elem(v)
}

func TestTypesThatAreNotCarriedAreNamed(t *testing.T) {
	c := testkit.Connect(t, testkit.Engine(t))
	for _, expr := range []string{"uniqState(1)", "1::Variant(UInt8, String)", "'{}'::JSON"} {
		_, err := c.Query(t.Context(), "SELECT "+expr+" AS x")
		var ex *clickhouse.Exception
		require.ErrorAs(t, err, &ex)
		require.EqualValues(t, 48, ex.Code)
		require.Contains(t, ex.Message, "cast the column")
	}
	require.NoError(t, c.Ping(t.Context()), "the connection goes on")
}

func TestErrorsKeepClickHousesCodeAndText(t *testing.T) {
	c := testkit.Connect(t, testkit.Engine(t))
	for _, tc := range []struct {
		sql  string
		code int32
		text string
	}{
		{"SELEC 1", 62, "Syntax error"},
		{"SELECT x FROM nowhere", 60, "nowhere"},
		{"SELECT nope", 47, "nope"},
		{"SELECT throwIf(number = 70000, 'too far') FROM numbers(100000)", 395, "too far"},
		{"SELECT 1; SELECT 2", 62, "Multi-statements"},
		{"SELECT 1 INTO OUTFILE '/nowhere/x'", 48, "INTO OUTFILE"},
		{"", 62, "Empty query"},
		{"SELECT 'unclosed", 62, "not closed"},
		{"INSERT INTO nowhere VALUES (1)", 60, "nowhere"},
	} {
		t.Run(tc.sql, func(t *testing.T) {
			err := c.Exec(t.Context(), tc.sql)
			var ex *clickhouse.Exception
			require.ErrorAs(t, err, &ex)
			require.Equal(t, tc.code, ex.Code, ex.Message)
			require.Contains(t, ex.Message, tc.text)
		})
	}
}

func TestResultsWithoutRowsHaveColumns(t *testing.T) {
	c := testkit.Connect(t, testkit.Engine(t))
	ctx := t.Context()
	require.NoError(t, c.Exec(ctx, "CREATE TABLE t (a UInt64, `odd\tname` Map(LowCardinality(String), String)) ENGINE = MergeTree ORDER BY a"))
	for sql, want := range map[string][]string{
		"SELECT * FROM t": {"a UInt64", "odd\tname Map(LowCardinality(String), String)"},
		"WITH 1 AS x SELECT x, toString(a) AS s FROM t": {"x UInt8", "s String"},
		"SHOW TABLES LIKE 'nothing'":                    {"name String"},
		"(SELECT 1 AS one WHERE 0)":                     {"one UInt8"},
		"SELECT 1 AS x WHERE 0 -- a comment at the end": {"x UInt8"},
	} {
		rows, err := c.Query(ctx, sql)
		require.NoError(t, err, sql)
		var got []string
		for _, ct := range rows.ColumnTypes() {
			got = append(got, ct.Name()+" "+ct.DatabaseTypeName())
		}
		require.False(t, rows.Next())
		require.NoError(t, rows.Close())
		require.Equal(t, want, got, sql)
	}
}

func TestParametersAreBoundByTheEngine(t *testing.T) {
	c := testkit.Connect(t, testkit.Engine(t))
	at := time.Date(2026, 11, 24, 1, 2, 3, 456789012, time.UTC)
	hostile := `'; DROP TABLE t; -- \ ` + "\n\ttab"
	var s string
	var n int64
	var when time.Time
	var list []string
	require.NoError(t, c.QueryRow(t.Context(), "SELECT {s:String}, {n:Int64}, {when:DateTime64(9, 'UTC')}, {list:Array(String)}",
		clickhouse.Named("s", hostile), clickhouse.Named("n", int64(-7)),
		clickhouse.DateNamed("when", at, clickhouse.NanoSeconds), clickhouse.Named("list", []string{"a'b", "c"})).Scan(&s, &n, &when, &list))
	require.Equal(t, hostile, s)
	require.EqualValues(t, -7, n)
	require.True(t, at.Equal(when), when)
	require.Equal(t, []string{"a'b", "c"}, list)
}

func TestCompressedBothWays(t *testing.T) {
	dsn := testkit.Engine(t)
	for _, method := range []string{"lz4", "zstd", "none"} {
		t.Run(method, func(t *testing.T) {
			c := testkit.Connect(t, dsn+"?compress="+method)
			ctx := t.Context()
			require.NoError(t, c.Exec(ctx, "CREATE TABLE "+method+" (a UInt64, s String) ENGINE = MergeTree ORDER BY a"))
			b, err := c.PrepareBatch(ctx, "INSERT INTO "+method+" (a, s) VALUES")
			require.NoError(t, err)
			for i := range uint64(50_000) {
				require.NoError(t, b.Append(i, fmt.Sprintf("row %d", i)))
			}
			require.NoError(t, b.Send())
			var n, sum uint64
			rows, err := c.Query(ctx, "SELECT a, s FROM "+method)
			require.NoError(t, err)
			for rows.Next() {
				var a uint64
				var s string
				require.NoError(t, rows.Scan(&a, &s))
				require.Equal(t, fmt.Sprintf("row %d", a), s)
				n, sum = n+1, sum+a
			}
			require.NoError(t, rows.Err())
			require.EqualValues(t, 50_000, n)
			require.EqualValues(t, 50_000*49_999/2, sum)
		})
	}
}

func TestABigInsertInManyBlocksIsOneInsert(t *testing.T) {
	c := testkit.Connect(t, testkit.Engine(t))
	ctx := t.Context()
	require.NoError(t, c.Exec(ctx, "CREATE TABLE t (a UInt64, s LowCardinality(String), m Map(LowCardinality(String), String)) ENGINE = MergeTree ORDER BY a"))
	b, err := c.PrepareBatch(ctx, "INSERT INTO t")
	require.NoError(t, err)
	for i := range uint64(200_000) {
		require.NoError(t, b.Append(i, fmt.Sprint(i%300), map[string]string{"i": fmt.Sprint(i)}))
		if i%30_000 == 29_999 {
			require.NoError(t, b.Flush())
		}
	}
	require.NoError(t, b.Send())
	var n, wrong, words uint64
	require.NoError(t, c.QueryRow(ctx, "SELECT count(), countIf(m['i'] != toString(a) OR s != toString(a % 300)), uniqExact(s) FROM t").Scan(&n, &wrong, &words))
	require.EqualValues(t, 200_000, n)
	require.Zero(t, wrong)
	require.EqualValues(t, 300, words)
}

func TestAnAbortedInsertStoresNothing(t *testing.T) {
	c := testkit.Connect(t, testkit.Engine(t))
	ctx := t.Context()
	require.NoError(t, c.Exec(ctx, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a"))
	b, err := c.PrepareBatch(ctx, "INSERT INTO t")
	require.NoError(t, err)
	require.NoError(t, b.Append(uint64(1)))
	require.NoError(t, b.Flush())
	require.NoError(t, b.Abort())
	time.Sleep(200 * time.Millisecond)
	var n uint64
	require.NoError(t, c.QueryRow(ctx, "SELECT count() FROM t").Scan(&n))
	require.Zero(t, n)
}

func TestARefusedBlockFailsTheInsertOnly(t *testing.T) {
	c := testkit.Connect(t, testkit.Engine(t))
	ctx := t.Context()
	require.NoError(t, c.Exec(ctx, "CREATE TABLE t (a UInt64, CONSTRAINT small CHECK a < 10) ENGINE = MergeTree ORDER BY a"))
	b, err := c.PrepareBatch(ctx, "INSERT INTO t")
	require.NoError(t, err)
	require.NoError(t, b.Append(uint64(11)))
	var ex *clickhouse.Exception
	require.ErrorAs(t, b.Send(), &ex)
	require.EqualValues(t, 469, ex.Code)
	require.NoError(t, c.Exec(ctx, "INSERT INTO t VALUES (1), (2)"), "data inside the text")
	var n uint64
	require.NoError(t, c.QueryRow(ctx, "SELECT count() FROM t").Scan(&n))
	require.EqualValues(t, 2, n)
}

func TestSettingsHoldForTheirQueryOnly(t *testing.T) {
	c := single(t, testkit.Engine(t))
	get := func(ctx context.Context) (v string) {
		require.NoError(t, c.QueryRow(ctx, "SELECT toString(getSetting('max_block_size'))").Scan(&v))
		return v
	}
	before := get(t.Context())
	require.Equal(t, "77", get(clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"max_block_size": 77}))))
	require.Equal(t, before, get(t.Context()))
	err := c.Exec(clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{"no_such_setting": 1})), "SELECT 1")
	var ex *clickhouse.Exception
	require.ErrorAs(t, err, &ex)
	require.EqualValues(t, 115, ex.Code)
}

func TestReadOnlyHoldsForItsQueryOnly(t *testing.T) {
	c := single(t, testkit.Engine(t))
	ctx := t.Context()
	ro := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"readonly": 1, "max_result_rows": 5}))
	for _, sql := range []string{
		"CREATE TABLE x (a UInt8) ENGINE = Memory",
		"SELECT * FROM file('/etc/hosts', LineAsString)",
		"SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
		"SELECT 1 SETTINGS readonly = 0",
		"SET readonly = 0",
	} {
		var ex *clickhouse.Exception
		require.ErrorAs(t, c.Exec(ro, sql), &ex, sql)
		require.EqualValues(t, 164, ex.Code, sql)
	}
	require.NoError(t, c.Exec(ctx, "CREATE TABLE x (a UInt8) ENGINE = Memory"))
	require.NoError(t, c.Exec(ro, "SELECT count() FROM x"), "and the database is still the connection's")
}

func TestALongQueryIsCancelled(t *testing.T) {
	c := testkit.Connect(t, testkit.Engine(t))
	running := func() (n uint64) {
		require.NoError(t, c.QueryRow(context.Background(), "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number) = 3%' AND query NOT LIKE '%processes%'").Scan(&n))
		return n
	}
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		failed <- c.Exec(ctx, "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 3")
	}()
	require.Eventually(t, func() bool { return running() == 1 }, 10*time.Second, 20*time.Millisecond)
	cancel()
	require.Error(t, <-failed)
	require.Eventually(t, func() bool { return running() == 0 }, 10*time.Second, 50*time.Millisecond)
}

func TestAReaderThatStopsEarlyStopsTheQuery(t *testing.T) {
	c := testkit.Connect(t, testkit.Engine(t))
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := c.Query(ctx, "SELECT number, sipHash64(number, 12345) FROM numbers(1000000000000)")
	require.NoError(t, err)
	for range 10 {
		require.True(t, rows.Next())
	}
	cancel()
	_ = rows.Close()
	require.Eventually(t, func() bool {
		var n uint64
		require.NoError(t, c.QueryRow(context.Background(), "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number, 12345)%' AND query NOT LIKE '%processes%'").Scan(&n))
		return n == 0
	}, 10*time.Second, 50*time.Millisecond)
}

func TestConnectionsRunInParallel(t *testing.T) {
	dsn := testkit.Engine(t)
	c := testkit.Connect(t, dsn)
	ctx := t.Context()
	require.NoError(t, c.Exec(ctx, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a"))
	errs := make(chan error)
	const writers, rowsEach = 6, 500
	for w := range writers {
		go func() {
			b, err := c.PrepareBatch(ctx, "INSERT INTO t")
			for i := 0; err == nil && i < rowsEach; i++ {
				err = b.Append(uint64(w*rowsEach + i))
			}
			if err == nil {
				err = b.Send()
			}
			errs <- err
		}()
	}
	for range writers {
		require.NoError(t, <-errs)
	}
	var n uint64
	require.NoError(t, c.QueryRow(ctx, "SELECT uniqExact(a) FROM t").Scan(&n))
	require.EqualValues(t, writers*rowsEach, n)
}

// single is a pool of one connection, for what a session keeps.
func single(t *testing.T, dsn string) clickhouse.Conn {
	t.Helper()
	return testkit.Connect(t, dsn+"?max_open_conns=1")
}
