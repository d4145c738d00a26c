package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// Rows are written with ch-go and not with clickhouse-go: its columns are
// typed, so that nothing is boxed or reflected on per value. Both are clients
// of the same native protocol and of the same people.

// writer is one connection for inserts with the columns it fills.
type writer struct {
	client  *ch.Client
	spans   *spanBatch
	content *contentBatch
	signals *signalBatch
}

// nativeDialer makes writers out of clickhouse-go's options, so that one DSN
// serves both clients.
func nativeDialer(o *clickhouse.Options) func(context.Context) (*writer, error) {
	opts := ch.Options{
		User: o.Auth.Username, Password: o.Auth.Password, Database: "default", ClientName: "windage",
		TLS: o.TLS, DialTimeout: o.DialTimeout, ReadTimeout: ch.NoTimeout, HandshakeTimeout: 30 * time.Second,
	}
	if opts.DialTimeout == 0 {
		opts.DialTimeout = 10 * time.Second
	}
	if o.Compression != nil {
		switch o.Compression.Method {
		case clickhouse.CompressionLZ4, clickhouse.CompressionLZ4HC:
			opts.Compression = ch.CompressionLZ4
		case clickhouse.CompressionZSTD:
			opts.Compression, opts.CompressionLevel = ch.CompressionZSTD, ch.CompressionLevel(max(o.Compression.Level, 1))
		}
	}
	next := 0
	return func(ctx context.Context) (*writer, error) {
		var errs []error
		for range o.Addr {
			opts := opts
			opts.Address = o.Addr[next%len(o.Addr)]
			client, err := ch.Dial(ctx, opts)
			if err == nil {
				return &writer{client: client, spans: newSpanBatch(), content: newContentBatch(), signals: newSignalBatch()}, nil
			}
			errs = append(errs, fmt.Errorf("%s: %w", opts.Address, err))
			next++
		}
		return nil, errors.Join(errs...)
	}
}

// reset forgets the span rows, and their memory where it has become much.
func (w *writer) reset() {
	if w.content.bytes() > maxInsertBytes {
		w.content = newContentBatch()
	}
	w.content.reset()
	w.spans.reset()
}

// writers are the connections for inserts. The one that was used last is
// used next, so that few have grown to the size of a batch.
type writers struct {
	free  chan struct{}
	mu    sync.Mutex
	idle  []*writer
	limit int
}

func newWriters(n int) *writers {
	w := &writers{free: make(chan struct{}, n), limit: n}
	for range n {
		w.free <- struct{}{}
	}
	return w
}

// get waits for a turn; the writer is nil where one has to be dialled.
func (ws *writers) get(ctx context.Context) (*writer, error) {
	select {
	case <-ws.free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	n := len(ws.idle)
	if n == 0 {
		return nil, nil
	}
	w := ws.idle[n-1]
	ws.idle = ws.idle[:n-1]
	return w, nil
}

// put gives a turn back, and the writer where it is still good.
func (ws *writers) put(w *writer) {
	if w != nil {
		ws.mu.Lock()
		ws.idle = append(ws.idle, w)
		ws.mu.Unlock()
	}
	ws.free <- struct{}{}
}

// close waits for all turns and closes the connections. None is given out again.
func (ws *writers) close() {
	for range ws.limit {
		<-ws.free
	}
	for _, w := range ws.idle {
		_ = w.client.Close()
	}
}

// withWriter runs fn with a free writer, and drops the connection where fn
// leaves it in an unknown state.
func (s *Store) withWriter(ctx context.Context, fn func(*writer) error) error {
	w, err := s.writers.get(ctx)
	if err != nil {
		return fmt.Errorf("store: waiting for a free writer: %w", err)
	}
	defer func() { s.writers.put(w) }()
	if w != nil && w.client.IsClosed() {
		w = nil
	}
	if w == nil {
		fresh, err := s.native(ctx)
		if err != nil {
			return fmt.Errorf("store at %s: %w", s.opts.DSN, err)
		}
		w = fresh
	}
	err = fn(w)
	if err != nil && Class(err) == Transient {
		_ = w.client.Close()
		w = nil
	}
	return err
}

// send inserts the rows gathered in b.
func (s *Store) send(ctx context.Context, w *writer, b *batch, token string) error {
	if b.input[0].Data.Rows() == 0 {
		return nil
	}
	err := w.client.Do(ctx, ch.Query{
		Body:     "INSERT INTO " + s.table(b.table) + " (" + b.names + ") VALUES",
		Input:    b.input,
		Settings: s.insertSettings(token),
	})
	if err != nil {
		return fmt.Errorf("store: inserting into %s: %w", b.table, err)
	}
	return nil
}

// insertSettings pin what differs between versions of ClickHouse. An insert
// with a token that was seen before is acknowledged and does nothing.
func (s *Store) insertSettings(token string) []ch.Setting {
	out := []ch.Setting{
		ch.SettingInt("async_insert", 0),
		ch.SettingInt("insert_deduplicate", 1),
		// Merging the block with itself, row by row over all columns, before it
		// is written cost a fifth of the insert; FINAL and the merges do that work.
		ch.SettingInt("optimize_on_insert", 0),
		ch.SettingInt("deduplicate_blocks_in_dependent_materialized_views", 1),
	}
	if token != "" {
		out = append(out, ch.Setting{Key: "insert_deduplication_token", Value: token, Important: true})
	}
	if s.opts.Cluster != "" {
		out = append(out, ch.SettingInt("distributed_foreground_insert", 1), ch.SettingInt("insert_quorum_parallel", 1))
	}
	return out
}

// maxDays is how many daily partitions one insert may touch; the server's
// default limit is 100.
const maxDays = 50

// The times a row can have: what DateTime64(9) holds, as ClickHouse reads it.
var (
	minTime = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	maxTime = time.Date(2106, 2, 7, 0, 0, 0, 0, time.UTC)
)

func checkTime(index int, what string, t time.Time) error {
	if t.Before(minTime) || !t.Before(maxTime) {
		return &RowError{Index: index, Reason: "time_out_of_range",
			Err: fmt.Errorf("store: row %d: %s %s lies outside of %s to %s", index, what, t.UTC().Format(time.RFC3339), minTime.Format(time.DateOnly), maxTime.Format(time.DateOnly))}
	}
	return nil
}

// days hands out the days of rows that are ranged over again and again, so
// that no insert touches more than maxDays of them. Mostly one time is enough.
type days struct {
	done, now map[int64]bool
	last      int64
	more      bool
}

// another begins the next time, if there is one.
func (d *days) another() bool {
	switch {
	case d.now == nil:
		d.done = map[int64]bool{}
	case !d.more:
		return false
	default:
		maps.Copy(d.done, d.now)
	}
	d.now, d.more, d.last = map[int64]bool{}, false, math.MinInt64
	return true
}

// take reports whether a row of time t belongs to this time.
func (d *days) take(t time.Time) bool {
	const day = 24 * 60 * 60
	n := t.Unix() / day
	switch {
	case n == d.last || d.now[n]:
		d.last = n
		return true
	case d.done[n]:
		return false
	case len(d.now) == maxDays:
		d.more = true
		return false
	}
	d.now[n], d.last = true, n
	return true
}

// byDay splits rows so that no part touches more than maxDays days. Mostly
// that is one part, the rows as they came.
func byDay[T any](rows []T, at func(T) time.Time) [][]T {
	var parts [][]T
	var d days
	for d.another() {
		var part []T
		for _, r := range rows {
			if d.take(at(r)) {
				part = append(part, r)
			}
		}
		parts = append(parts, part)
	}
	return parts
}

// partToken is the token of one part of a batch.
func partToken(token string, part int) string {
	if token == "" || part == 0 {
		return token
	}
	return token + "/" + strconv.Itoa(part)
}
