package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Column is one column of a Result.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // ClickHouse's
}

// Limits bound a query that a person wrote. Zero fields mean the defaults.
type Limits struct {
	Rows    int           // more rows than this end the query with an error; default 1,000,000
	Bytes   int64         // of the result; default 256 MiB
	Timeout time.Duration // default 60 s
	Memory  int64         // of the server for this query; default 0, the server's own limit
}

// QueryReadOnly runs one statement that cannot change anything and cannot
// read files or the network: ClickHouse's readonly = 1. Unqualified names are
// those of windage's database, so that "SELECT … FROM calls" works. Each
// row is given to row as Go values in the order of columns, which is called
// once before the first row, and also where there is none.
func (s *Store) QueryReadOnly(ctx context.Context, sql string, limits Limits, columns func([]Column) error, row func([]any) error) (err error) {
	if limits.Rows <= 0 {
		limits.Rows = 1_000_000
	}
	if limits.Bytes <= 0 {
		limits.Bytes = 256 << 20
	}
	if limits.Timeout <= 0 {
		limits.Timeout = time.Minute
	}
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, limits.Timeout)
	defer cancel()
	defer func() {
		if err != nil && outer.Err() == nil && (ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) || tookTooLong(err)) {
			err = fmt.Errorf("%w of %s: allow more, or name a narrower range of time", ErrTimeout, limits.Timeout)
		}
	}()
	settings := clickhouse.Settings{
		"max_result_rows":      limits.Rows,
		"max_result_bytes":     limits.Bytes,
		"result_overflow_mode": "throw",
		"max_execution_time":   max(1, int(limits.Timeout.Seconds())),
		"readonly":             1,
	}
	if limits.Memory > 0 {
		settings["max_memory_usage"] = limits.Memory
	}
	conn, err := s.readers()
	if err != nil {
		return err
	}
	rows, err := conn.Query(clickhouse.Context(ctx, clickhouse.WithSettings(settings)), sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	types := rows.ColumnTypes()
	cols := make([]Column, len(types))
	for i, t := range types {
		cols[i] = Column{Name: t.Name(), Type: t.DatabaseTypeName()}
	}
	if err := columns(cols); err != nil {
		return err
	}
	dest := make([]any, len(types))
	values := make([]any, len(types))
	for rows.Next() {
		for i, t := range types {
			dest[i] = reflect.New(t.ScanType()).Interface()
		}
		if err := rows.Scan(dest...); err != nil {
			return fmt.Errorf("store: reading a row: %w", err)
		}
		for i, d := range dest {
			values[i] = reflect.ValueOf(d).Elem().Interface()
		}
		if err := row(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ErrTimeout is the error of a query that took longer than its limit.
var ErrTimeout = errors.New("the query took longer than the timeout")

// tookTooLong reports whether the server ended a query for its time.
func tookTooLong(err error) bool { return errorCode(err) == codeTimeout }

// Result is a whole result in memory.
type Result struct {
	Columns []Column `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

// Query is QueryReadOnly with the default limits and the rows in memory.
func (s *Store) Query(ctx context.Context, sql string) (*Result, error) {
	res := &Result{}
	err := s.QueryReadOnly(ctx, sql, Limits{},
		func(c []Column) error { res.Columns = c; return nil },
		func(row []any) error { res.Rows = append(res.Rows, append([]any(nil), row...)); return nil })
	if err != nil {
		return nil, err
	}
	return res, nil
}

// readers is a pool of connections whose current database is windage's.
func (s *Store) readers() (driver.Conn, error) {
	s.readOnce.Do(func() {
		ch, err := clickhouse.ParseDSN(string(s.opts.DSN))
		if err != nil {
			s.readErr = fmt.Errorf("store: %w", scrub(err, s.opts.DSN))
			return
		}
		ch.Auth.Database = s.opts.Database
		ch.MaxOpenConns, ch.MaxIdleConns = 4, 1
		s.readConn, s.readErr = clickhouse.Open(ch)
	})
	return s.readConn, s.readErr
}

// named is a parameter @name of a query.
func named(name string, value any) driver.NamedValue { return clickhouse.Named(name, value) }
