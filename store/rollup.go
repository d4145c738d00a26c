package store

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Minutes are recomputed in chunks that bound what one statement holds in memory.
const (
	maxChunk     = 24 * time.Hour // from the first to the last minute
	maxChunkSize = 1440           // minutes
)

// RecomputeMinutes computes the roll-ups and series of the minutes anew, from
// the rows that are there now, and then those of their hours. Tasks count once
// they are closed by asOf. Run twice it gives the same numbers. done is told
// after each chunk how many minutes are done.
func (s *Store) RecomputeMinutes(ctx context.Context, minutes []time.Time, asOf time.Time, done func(int)) error {
	minutes = distinct(minutes, time.Minute)
	for from := 0; from < len(minutes); {
		to := from + 1
		for to < len(minutes) && to-from < maxChunkSize && minutes[to].Sub(minutes[from]) < maxChunk {
			to++
		}
		chunk := minutes[from:to]
		for _, name := range []string{"rollup_minutes.sql", "rollup_blocks.sql"} {
			if err := s.recompute(ctx, name, named("minutes", unix(chunk)), named("from", chunk[0].UnixMilli()),
				named("until", chunk[len(chunk)-1].Add(time.Minute).UnixMilli()), named("asof", asOf.UnixMilli())); err != nil {
				return err
			}
		}
		if err := s.recompute(ctx, "rollup_hours.sql", named("hours", unix(distinct(chunk, time.Hour)))); err != nil {
			return err
		}
		if done != nil {
			done(len(chunk))
		}
		from = to
	}
	return nil
}

func (s *Store) recompute(ctx context.Context, query string, args ...any) error {
	sql, err := s.query(query)
	if err != nil {
		return err
	}
	// The version is the server's clock in spirit, but given, so that the
	// statement stays a pure function of the rows.
	args = append(args, named("computed", time.Now().UnixMilli()))
	// A part lies in one partition, so that FINAL need not look across them;
	// series repeat within a block, and nothing here is inserted twice as such.
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
