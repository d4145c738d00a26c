package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/internal/version"
)

// SchemaError says that the database's schema and this binary do not fit,
// and what to do.
type SchemaError struct{ Problem, Fix string }

func (e *SchemaError) Error() string { return e.Problem + "; " + e.Fix }

// Migrate brings the database to this binary's schema: it makes the
// database, applies the numbered files that the ledger does not hold, and
// replaces views whose text has changed. Applying it twice changes nothing.
// Only one runner works at a time; another one waits. It refuses a database
// whose schema is newer than this binary, and one whose applied files differ
// from this binary's, with *SchemaError.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.conn.Exec(ctx, s.createDatabase()); err != nil {
		return fmt.Errorf("store: making database %s: %w", s.opts.Database, err)
	}
	first, err := bootstrap()
	if err != nil {
		return err
	}
	for _, m := range first {
		if err := s.applyFile(ctx, m); err != nil {
			return err
		}
	}
	if s.opts.Sole {
		if err := s.endLeases(ctx); err != nil {
			return err
		}
	}
	if todo, err := s.pending(ctx); err != nil || len(todo) == 0 {
		return err
	}
	unlock, err := s.migrationLock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	todo, err := s.pending(ctx)
	if err != nil {
		return err
	}
	for _, m := range todo {
		if err := s.applyFile(ctx, m); err != nil {
			return err
		}
		if err := s.conn.Exec(ctx, "INSERT INTO "+s.table("schema_migrations")+" (version, name, checksum, binary) SELECT ?, ?, ?, ?",
			uint32(m.version), m.name, m.checksum, version.Version); err != nil {
			return fmt.Errorf("store: entering %s into the ledger: %w", m.name, err)
		}
		s.opts.Logger.Info("applied schema", "file", m.name)
	}
	return nil
}

// Check reports, as *SchemaError, whether the database's schema is older or
// newer than this binary needs. It changes nothing.
func (s *Store) Check(ctx context.Context) error {
	todo, err := s.pending(ctx)
	if err != nil {
		return err
	}
	if len(todo) > 0 {
		names := make([]string, len(todo))
		for i, m := range todo {
			names[i] = m.name
		}
		return &SchemaError{
			Problem: fmt.Sprintf("the schema of database %s at %s lacks %s", s.opts.Database, s.opts.DSN, strings.Join(names, ", ")),
			Fix:     "apply it with `windage schema apply --dsn …`",
		}
	}
	return nil
}

func (s *Store) applyFile(ctx context.Context, m migration) error {
	stmts, err := s.render(m)
	if err != nil {
		return err
	}
	for _, sql := range stmts {
		if err := s.conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("store: applying schema file %s: %w", m.name, err)
		}
	}
	return nil
}

// pending compares the ledger with this binary's files.
func (s *Store) pending(ctx context.Context) ([]migration, error) {
	want, err := migrations()
	if err != nil {
		return nil, err
	}
	vs, err := views()
	if err != nil {
		return nil, err
	}
	applied, err := s.ledger(ctx)
	if err != nil {
		return nil, err
	}
	known := map[uint32]bool{0: true}
	var todo []migration
	for _, m := range want {
		known[uint32(m.version)] = true
		have, ok := applied[ledgerKey{uint32(m.version), ""}]
		switch {
		case !ok:
			todo = append(todo, m)
		case have.checksum != m.checksum:
			return nil, &SchemaError{
				Problem: fmt.Sprintf("schema file %s was applied to database %s from another text (checksum %s, this binary has %s)", m.name, s.opts.Database, have.checksum, m.checksum),
				Fix:     "use the binary that made the database, or another database",
			}
		}
	}
	for k, row := range applied {
		if !known[k.version] {
			return nil, &SchemaError{
				Problem: fmt.Sprintf("the schema of database %s is newer than this binary (windage %s): it has %s, applied by windage %s", s.opts.Database, version.Version, row.name, row.binary),
				Fix:     "use windage " + row.binary + " or newer",
			}
		}
	}
	for _, v := range vs {
		// A view that names * is made anew with its table's new columns.
		if len(todo) > 0 && todo[0].version > 0 || applied[ledgerKey{0, v.name}].checksum != v.checksum {
			todo = append(todo, v)
		}
	}
	return todo, nil
}

// ledgerKey is a migration's number, or a view's name.
type ledgerKey struct {
	version uint32
	view    string
}

type ledgerRow struct{ name, checksum, binary string }

func (s *Store) ledger(ctx context.Context) (map[ledgerKey]ledgerRow, error) {
	out := map[ledgerKey]ledgerRow{}
	rows, err := s.conn.Query(ctx, "SELECT version, name, argMax(checksum, applied_at), argMax(binary, applied_at) FROM "+s.table("schema_migrations")+" GROUP BY version, name")
	if errorCode(err) == codeUnknownTable || errorCode(err) == codeUnknownDatabase {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: reading the schema's ledger: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var v uint32
		var r ledgerRow
		if err := rows.Scan(&v, &r.name, &r.checksum, &r.binary); err != nil {
			return nil, fmt.Errorf("store: reading the schema's ledger: %w", err)
		}
		k := ledgerKey{version: v}
		if v == 0 {
			k.view = r.name
		}
		out[k] = r
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: reading the schema's ledger: %w", err)
	}
	return out, nil
}

// migrationLock waits until this process may migrate.
func (s *Store) migrationLock(ctx context.Context) (unlock func(), err error) {
	const name, ttl = "schema", 2 * time.Minute
	holder := holderName()
	for {
		ok, err := s.AcquireLease(ctx, name, holder, ttl)
		if err != nil {
			return nil, err
		}
		if ok {
			return func() {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
				defer cancel()
				_ = s.ReleaseLease(ctx, name, holder)
			}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("store: waiting for another process to finish its schema migration: %w", ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// holderName is unique to this process and call.
func holderName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%d", host, os.Getpid(), time.Now().UnixNano())
}

// PrintSchema gives all statements as they would be applied to an empty
// database, each under the name of its file. The options need no DSN.
func PrintSchema(opts Options) (string, error) {
	if opts.Database == "" {
		opts.Database = DefaultDatabase
	}
	opts.retention()
	s := &Store{opts: opts}
	all, err := bootstrap()
	ms, merr := migrations()
	vs, verr := views()
	if err := errors.Join(err, merr, verr); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "-- database\n%s;\n\n", s.createDatabase())
	for _, m := range slices.Concat(all, ms, vs) {
		stmts, err := s.render(m)
		if err != nil {
			return "", err
		}
		for _, sql := range stmts {
			fmt.Fprintf(&b, "-- %s\n%s;\n\n", m.name, sql)
		}
	}
	return b.String(), nil
}

func (s *Store) createDatabase() string {
	sql := "CREATE DATABASE IF NOT EXISTS " + ident(s.opts.Database)
	if s.opts.Cluster != "" {
		sql += " ON CLUSTER " + ident(s.opts.Cluster)
	}
	return sql
}

// bootstrap are the tables that the migrations themselves need.
func bootstrap() ([]migration, error) {
	var out []migration
	for _, name := range []string{"lease_rows.sql", "schema_migrations.sql"} {
		m, err := readMigration(schemaFiles, "schema/"+name)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}
