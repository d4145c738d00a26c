package store

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Recomputing goes in chunks that bound what one statement holds in memory. A
// statement over an hour costs nearly as much as one over a day of little
// traffic: it is the analysis that costs. So a chunk takes in more than its
// least length for as long as the spans are few.
const (
	spansChunk  = 24 * time.Hour // from the first to the last block, however many spans
	sparseChunk = 7 * 24 * time.Hour
	longChunk   = 31 * 24 * time.Hour
	chunkSpans  = 150_000
	chunkBlocks = 45_000 // their starts are part of the statement
)

// Changed are the minutes in which something has changed, by what it was.
type Changed struct {
	Spans []time.Time // of spans, or what was settled about them
	Tasks []time.Time // in which tasks began
	Said  []time.Time // of what signals speak of
}

// Minutes are all of them, each once, in order.
func (c Changed) Minutes() []time.Time {
	return distinct(append(append(append([]time.Time(nil), c.Spans...), c.Tasks...), c.Said...), time.Minute)
}

// Recompute computes the roll-ups and series of what has changed anew, from
// the rows that are there now. Tasks count once they are closed by asOf. Run
// twice it gives the same numbers.
//
// Series of spans in hours from fresh on are counted by minute and then added
// up, so that a slot reads only the minutes that are new; older hours, of which
// only late rows and backfills are left, are counted at once. An hour must not
// become fresh again: fresh must never go back.
//
// done is told after each chunk how many blocks are done.
func (s *Store) Recompute(ctx context.Context, c Changed, fresh, asOf time.Time, done func(int)) error {
	if done == nil {
		done = func(int) {}
	}
	fresh = fresh.UTC().Truncate(time.Hour)
	var minutes, old []time.Time
	for _, t := range c.Spans {
		if t.Before(fresh) {
			old = append(old, t)
		} else {
			minutes = append(minutes, t)
		}
	}
	rows, err := s.spansByDay(ctx, c)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		query  string
		blocks []time.Time
		length time.Duration
		chunk  time.Duration
	}{
		{"rollup_minutes.sql", c.Spans, time.Minute, spansChunk},
		{"rollup_attribution.sql", c.Spans, time.Minute, spansChunk},
		{blocksOf(fromSpans), minutes, time.Minute, spansChunk},
		{"rollup_hours.sql", minutes, time.Hour, spansChunk},
		{blocksOf(fromSpans), old, time.Hour, spansChunk},
		{blocksOf(fromTasks), c.Tasks, time.Hour, sparseChunk},
		{blocksOf(fromSaid), c.Said, time.Hour, sparseChunk},
	} {
		for _, chunk := range chunks(distinct(step.blocks, step.length), step.chunk, rows) {
			until := chunk[len(chunk)-1].Add(step.length)
			if err := s.recompute(ctx, step.query, named("blocks", unix(chunk)), named("minutes", unix(chunk)), named("hours", unix(chunk)),
				named("seconds", int(step.length.Seconds())), named("from", chunk[0].UnixMilli()), named("until", until.UnixMilli()), named("asof", asOf.UnixMilli())); err != nil {
				return err
			}
			done(len(chunk))
		}
	}
	return nil
}

// spansByDay counts the spans of the days of a long backfill, by the day's
// start in unix seconds. A short one is a single chunk whatever they are.
func (s *Store) spansByDay(ctx context.Context, c Changed) (map[int64]uint64, error) {
	days := distinct(c.Minutes(), 24*time.Hour)
	if len(days) < 2 {
		return nil, nil
	}
	rows := make(map[int64]uint64, len(days))
	err := s.read(ctx, "rows_by_day.sql", func(r driver.Rows) error {
		var day time.Time
		var n uint64
		err := r.Scan(&day, &n)
		rows[day.Unix()] = n
		return err
	}, named("from", days[0].UnixMilli()), named("until", days[len(days)-1].Add(24*time.Hour).UnixMilli()))
	return rows, err
}

// chunks cuts a list of times, which are in order, into parts: of the given
// length, and longer while the days that they touch have few spans.
func chunks(ts []time.Time, length time.Duration, rows map[int64]uint64) (out [][]time.Time) {
	day := func(t time.Time) int64 { return t.UTC().Truncate(24 * time.Hour).Unix() }
	for from := 0; from < len(ts); {
		last := day(ts[from])
		spans := rows[last]
		to := from + 1
		for ; to < len(ts) && to-from < chunkBlocks; to++ {
			if d := day(ts[to]); d != last {
				last, spans = d, spans+rows[d]
			}
			if apart := ts[to].Sub(ts[from]); apart >= length && (spans > chunkSpans || apart >= longChunk) {
				break
			}
		}
		out = append(out, ts[from:to])
		from = to
	}
	return out
}

func (s *Store) recompute(ctx context.Context, query string, args ...any) error {
	sql, err := s.query(query)
	if err != nil {
		return err
	}
	args = append(args, named("computed", time.Now().UnixMilli()))
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"insert_deduplicate": 0, "async_insert": 0, "max_partitions_per_insert_block": 200, "max_query_size": 4 << 20,
	}))
	if err := s.conn.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("store: %s: %w", query, err)
	}
	return nil
}

// distinct are the starts of the units that the times lie in, in order.
func distinct(ts []time.Time, unit time.Duration) []time.Time {
	seen := make(map[int64]bool, len(ts))
	var out []time.Time
	for _, t := range ts {
		if t = t.UTC().Truncate(unit); !seen[t.Unix()] {
			seen[t.Unix()] = true
			out = append(out, t)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Before(out[j]) })
	return out
}
