package monitor

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/internal/replay"
	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// hoursOf are hourly blocks of a series of the product support, lognormal about
// exp(level).
func hoursOf(from time.Time, hours int, level float64) (out []series.Block) {
	r := rand.New(rand.NewPCG(1, uint64(hours)))
	for h := range hours {
		var nb block.NumericBuilder
		for range 40 {
			nb.Add(math.Exp(level + 0.5*r.NormFloat64()))
		}
		out = append(out, series.Block{Key: series.Key{Product: "support", Signal: "output_tokens"}, Grid: series.Log,
			Numeric: nb.Block(from.Add(time.Duration(h)*time.Hour), time.Hour)})
	}
	return out
}

// seed puts blocks into the store as if they had been counted.
func seed(t *testing.T, dsn string, blocks []series.Block) {
	t.Helper()
	b, err := testkit.Connect(t, dsn).PrepareBatch(t.Context(), "INSERT INTO block_rows (source, product, series, slice, start, seconds, grid, n, sum, sum2, min, max, codes, counts)")
	require.NoError(t, err)
	for _, x := range blocks {
		var codes []int32
		var counts []uint64
		for _, c := range x.Numeric.Cells {
			codes, counts = append(codes, int32(c.Code)), append(counts, uint64(c.N))
		}
		require.NoError(t, b.Append("spans", x.Product, x.Signal, x.Slice, x.Numeric.Start, uint32(3600), x.Grid, uint64(x.Numeric.N),
			x.Numeric.Sum, x.Numeric.Sum2, x.Numeric.Min, x.Numeric.Max, codes, counts))
	}
	require.NoError(t, b.Send())
}

func pinned(t *testing.T, db *store.Store, blocks []series.Block) *baseline.Baseline {
	t.Helper()
	b, err := baseline.New("autumn", "support", baseline.FromStore, blocks, false)
	require.NoError(t, err)
	require.NoError(t, db.PinBaseline(t.Context(), b))
	return b
}

func TestAProductIsWatchedAgainstTheBaselineThatItNames(t *testing.T) {
	dsn := testkit.Engine(t)
	db, err := store.Open(t.Context(), store.Options{DSN: store.DSN(dsn)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context()))
	now := time.Now().UTC().Truncate(time.Hour)
	const hours = 20 * 24
	seed(t, dsn, hoursOf(now.Add(-hours*time.Hour), hours, 5.5))
	e := evaluatorFor("products:\n  support: {drift: {baseline: {pinned: autumn}}}\n")
	verdict := func() model.SeriesVerdict {
		t.Helper()
		p := look(t, e, db).Product("support")
		require.NotNil(t, p)
		require.Len(t, p.Series, 1)
		return p.Series[0]
	}

	v := verdict()
	require.Equal(t, model.SeriesQuiet, v.State, "nothing is pinned: the last weeks are all there is")
	require.Contains(t, v.Reason, "nothing is pinned as autumn: compared with the last 28 days")

	// What was pinned a year ago is older than anything that the store holds.
	b := pinned(t, db, hoursOf(now.AddDate(-1, 0, 0), 28*24, 5))
	v = verdict()
	require.Equal(t, model.SeriesDrifting, v.State, v.Reason)
	require.Equal(t, b.ID(), v.Baseline)
	require.InDelta(t, math.Expm1(0.5), *v.Effect.Value, 0.1)

	_, err = db.RetireBaseline(t.Context(), "autumn", 0, "ann", "")
	require.NoError(t, err)
	v = verdict()
	require.Equal(t, model.SeriesQuiet, v.State)
	require.Contains(t, v.Reason, "every version of autumn is retired: compared with")
}

func TestReplayOverHTTP(t *testing.T) {
	dsn := testkit.Engine(t)
	r := run(t, dsn, nil)
	now := time.Now().UTC().Truncate(time.Hour)
	seed(t, dsn, append(hoursOf(now.Add(-30*24*time.Hour), 20*24, 5), hoursOf(now.Add(-10*24*time.Hour), 10*24, 5.5)...))
	o := replay.StoreOptions{Since: now.Add(-40 * 24 * time.Hour), Product: "support", PagesPer30d: 2}
	code, body, _ := r.do(t, "GET", "/api/v1/replay?"+o.Query().Encode(), "")
	require.Equal(t, 200, code, body)
	var rep replay.Report
	require.NoError(t, json.Unmarshal([]byte(body), &rep))
	require.NotEmpty(t, rep.Incidents)
	require.Equal(t, "output_tokens", rep.Incidents[0].Series)
	require.Equal(t, 2.0, rep.Settings.PagesPer30d)

	for query, want := range map[string]string{
		"":           "since is missing",
		"since=soon": "must be an instant",
		"since=" + url.QueryEscape(now.Format(time.RFC3339)) + "&x=1":                 `there is no parameter \"x\"`,
		"since=2001-01-01T00:00:00Z&product=nope":                                     "no series of product nope",
		"since=2001-01-01T00:00:00Z&pages_per_30d=-1":                                 "must be a positive number",
		"since=2001-01-01T00:00:00Z&time_zone=Mars":                                   "must be an IANA name",
		"since=2001-01-01T00:00:00Z&reference_until=2001-01-02T00%3A00%3A00Z&series=": "there is no reference",
	} {
		code, body, _ := r.do(t, "GET", "/api/v1/replay?"+query, "")
		require.Equal(t, 400, code, query)
		require.Contains(t, body, want, query)
	}
}
