package store

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/model"
)

// Touched is a trace of which something is new, its bounds, and when the
// newest of it was received.
type Touched struct {
	ID          model.TraceID
	First, Last time.Time
	Changed     time.Time
}

// Dirty is a minute with new spans, and when the newest was received.
type Dirty struct{ Minute, Changed time.Time }

// read runs one of the queries of query/ and gives each row to scan.
func (s *Store) read(ctx context.Context, query string, scan func(driver.Rows) error, args ...any) error {
	sql, err := s.query(query)
	if err != nil {
		return err
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_query_size": 32 << 20, "max_ast_elements": 1_000_000}))
	rows, err := s.conn.Query(ctx, sql, args...)
	if err != nil {
		return reading(query, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return reading(query, err)
		}
	}
	if err := rows.Err(); err != nil {
		return reading(query, err)
	}
	return nil
}

// DirtyMinutes are the minutes in [oldest, asOf) that have something newer
// than since, or that lie at or after before, in order.
func (s *Store) DirtyMinutes(ctx context.Context, since, before, oldest, asOf time.Time) (out []Dirty, err error) {
	err = s.read(ctx, "dirty_minutes.sql", func(r driver.Rows) error {
		var d Dirty
		err := r.Scan(&d.Minute, &d.Changed)
		d.Minute = d.Minute.UTC()
		out = append(out, d)
		return err
	}, named("since", since.UnixMilli()), named("before", before.UnixMilli()), named("oldest", oldest.UnixMilli()), named("asof", asOf.UnixMilli()))
	return out, err
}

// TouchedTraces are the traces of which a span or a signal is newer than
// since and that ended after oldest, in order of their beginning.
func (s *Store) TouchedTraces(ctx context.Context, since, oldest time.Time) (out []Touched, err error) {
	err = s.read(ctx, "touched_traces.sql", func(r driver.Rows) error {
		var id string
		var t Touched
		if err := r.Scan(&id, &t.First, &t.Last, &t.Changed); err != nil {
			return err
		}
		copy(t.ID[:], id)
		out = append(out, t)
		return nil
	}, named("since", since.UnixMilli()), named("oldest", oldest.UnixMilli()))
	return out, err
}

// Related says what makes another trace one to settle together with some.
type Related struct {
	Responses, Tasks, Sessions []string
	// Seconds are "<unix second> <service name>" of calls: a service that is
	// instrumented twice tells of one request in two traces without an id in
	// common.
	Seconds []string
	// Containers are "<minute since 1970> <service name>" in which containers
	// ran that no call of their trace accounts for, Calls those of calls that
	// no container of their trace adds up.
	Containers, Calls []string
}

// mostContained bounds how many traces are read besides for the containers in
// them or around them.
const mostContained = 5000

// RelatedTraces are the traces in [from, until) that share a response id, an
// explicit task id, a session, or the second of a call with others, or that
// bear on whether a container counts.
func (s *Store) RelatedTraces(ctx context.Context, from, until time.Time, to Related) (out []model.TraceID, err error) {
	seen := map[model.TraceID]bool{}
	take := func(r driver.Rows) error {
		var id string
		if err := r.Scan(&id); err != nil {
			return err
		}
		var t model.TraceID
		copy(t[:], id)
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
		return nil
	}
	err = s.read(ctx, "related_traces.sql", take,
		named("from", from.UnixMilli()), named("until", until.UnixMilli()), named("responses", to.Responses), named("tasks", to.Tasks), named("sessions", to.Sessions), named("seconds", to.Seconds))
	if err != nil || len(to.Containers)+len(to.Calls) == 0 {
		return out, err
	}
	err = s.read(ctx, "contained_traces.sql", take,
		named("from", from.UnixMilli()), named("until", until.UnixMilli()), named("containers", to.Containers), named("calls", to.Calls), named("most", mostContained))
	return out, err
}

// Spans reads all rows of the traces that start in [from, until), with what is
// needed to settle and place them, and of the other attributes those named.
func (s *Store) Spans(ctx context.Context, traces []model.TraceID, from, until time.Time, attributes []string) (out []*model.Span, err error) {
	err = s.read(ctx, "trace_rows.sql", func(r driver.Rows) error {
		sp, err := scanSpan(r)
		if err == nil {
			out = append(out, sp)
		}
		return err
	}, named("traces", hexIDs(traces)), named("from", from.UnixMilli()), named("until", until.UnixMilli()), named("attributes", attributes))
	return out, err
}

func hexIDs[ID ~[16]byte](ids []ID) []string {
	out := make([]string, len(ids))
	for i := range ids {
		id := [16]byte(ids[i])
		out[i] = hex.EncodeToString(id[:])
	}
	return out
}

// SignalsAbout reads the signals whose target is one of the given.
func (s *Store) SignalsAbout(ctx context.Context, traces []model.TraceID, predictions, responses, sessions, tasks []string) (out []model.Signal, err error) {
	err = s.read(ctx, "signals_about.sql", func(r driver.Rows) error {
		sig, err := scanSignal(r)
		if err == nil {
			out = append(out, sig)
		}
		return err
	}, named("traces", hexIDs(traces)), named("predictions", predictions), named("responses", responses), named("sessions", sessions), named("tasks", tasks))
	return out, err
}

// SignalsSince reads the signals newer than since.
func (s *Store) SignalsSince(ctx context.Context, since time.Time) (out []model.Signal, err error) {
	err = s.read(ctx, "signals_since.sql", func(r driver.Rows) error {
		sig, err := scanSignal(r)
		if err == nil {
			out = append(out, sig)
		}
		return err
	}, named("since", since.UnixMilli()))
	return out, err
}

// SignalsDeleted reads the signals taken back since then.
func (s *Store) SignalsDeleted(ctx context.Context, since time.Time) (out []model.Signal, err error) {
	err = s.read(ctx, "signals_deleted.sql", func(r driver.Rows) error {
		sig, err := scanSignal(r)
		if err == nil {
			sig.Deleted = true
			out = append(out, sig)
		}
		return err
	}, named("since", since.UnixMilli()))
	return out, err
}

// SaidRivals are the minutes of the signals of which only one counts, those of
// the same ids among them.
func (s *Store) SaidRivals(ctx context.Context, ids []model.SignalID) (out []time.Time, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.read(ctx, "said_rivals.sql", func(r driver.Rows) error {
		var t time.Time
		err := r.Scan(&t)
		out = append(out, t.UTC())
		return err
	}, named("ids", hexIDs(ids)))
	return out, err
}

// SaidMinutes are the minutes in which signals count now, by their ids; one
// that does not count is left out.
func (s *Store) SaidMinutes(ctx context.Context, ids []model.SignalID) (map[model.SignalID]time.Time, error) {
	out := map[model.SignalID]time.Time{}
	if len(ids) == 0 {
		return out, nil
	}
	err := s.read(ctx, "said_minutes.sql", func(r driver.Rows) error {
		var raw string
		var t time.Time
		err := r.Scan(&raw, &t)
		var id model.SignalID
		copy(id[:], raw)
		out[id] = t.UTC()
		return err
	}, named("ids", hexIDs(ids)))
	return out, err
}
