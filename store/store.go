package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// DSN is a clickhouse:// URL. It holds a password, so that it prints and
// marshals as its address only.
type DSN string

const redacted = "[REDACTED]"

// String is the DSN without user and password.
func (d DSN) String() string {
	u, err := url.Parse(string(d))
	if err != nil || d == "" {
		return redacted
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// GoString is String.
func (d DSN) GoString() string { return d.String() }

// MarshalText is String.
func (d DSN) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Options say which ClickHouse to use, and how.
type Options struct {
	// DSN is clickhouse://user:password@host:9000/database?secure=true&…,
	// as clickhouse-go reads it. An embedded engine's DSN is one too.
	DSN DSN
	// Database holds windage's tables; default that of the DSN, and windage
	// where the DSN names none or "default". Migrate makes it where missing.
	Database string
	// Cluster is the name of a ClickHouse cluster: tables are then
	// replicated and distributed over it. Empty: one server.
	Cluster string
	// Retention is how long rows are kept; default 90 days.
	Retention time.Duration
	// ContentRetention is how long captured content is kept; default 14 days.
	ContentRetention time.Duration
	// Sole says that no other process can have this store open (an embedded
	// engine in a locked folder): leases found in it are of processes that
	// died, and Migrate ends them.
	Sole bool
	// Writers bounds the inserts that run at once; default 4.
	Writers int
	// Logger; default slog.Default.
	Logger *slog.Logger
}

// DefaultDatabase is where the tables live unless the options say otherwise.
const DefaultDatabase = "windage"

func (o *Options) defaults() (*clickhouse.Options, error) {
	if o.DSN == "" {
		return nil, errors.New("store: no DSN given; want clickhouse://user:password@host:9000/database")
	}
	ch, err := clickhouse.ParseDSN(string(o.DSN))
	if err != nil {
		return nil, fmt.Errorf("store: reading the DSN %s: %w", o.DSN, scrub(err, o.DSN))
	}
	if ch.Protocol == clickhouse.HTTP {
		return nil, fmt.Errorf("store: the DSN %s speaks HTTP; windage needs the native protocol: clickhouse://host:9000 (or :9440 with ?secure=true)", o.DSN)
	}
	if o.Database == "" {
		if o.Database = ch.Auth.Database; o.Database == "" || o.Database == "default" {
			o.Database = DefaultDatabase
		}
	}
	o.retention()
	if o.Writers <= 0 {
		o.Writers = 4
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return ch, nil
}

func (o *Options) retention() {
	if o.Retention <= 0 {
		o.Retention = 90 * 24 * time.Hour
	}
	if o.ContentRetention <= 0 {
		o.ContentRetention = 14 * 24 * time.Hour
	}
}

// scrub keeps the password out of an error about a DSN.
func scrub(err error, d DSN) error {
	u, uerr := url.Parse(string(d))
	if uerr != nil {
		return errors.New("it is not a URL")
	}
	if p, ok := u.User.Password(); ok && p != "" {
		return errors.New(strings.ReplaceAll(err.Error(), p, redacted))
	}
	return err
}

// Store is a ClickHouse with windage's tables in it. It is safe for
// concurrent use.
type Store struct {
	opts    Options
	conn    driver.Conn
	writers *writers
	native  func(context.Context) (*writer, error)
	queries queries

	readOnce sync.Once
	readConn driver.Conn
	readErr  error
}

// Open connects to ClickHouse. It does not wait for it: a store that is down
// is found out by Ping and by the first use, and connects by itself when it
// comes back.
func Open(_ context.Context, opts Options) (*Store, error) {
	ch, err := opts.defaults()
	if err != nil {
		return nil, err
	}
	s := &Store{opts: opts, writers: newWriters(opts.Writers)}
	s.native = nativeDialer(ch)
	// Names are always qualified: the database need not exist yet.
	ch.Auth.Database = "default"
	ch.ClientInfo.Products = append(ch.ClientInfo.Products, struct{ Name, Version string }{"windage", ""})
	if ch.MaxOpenConns == 0 {
		ch.MaxOpenConns = 8
	}
	if s.conn, err = clickhouse.Open(ch); err != nil {
		return nil, fmt.Errorf("store: %w", scrub(err, opts.DSN))
	}
	return s, nil
}

// Close closes all connections.
func (s *Store) Close() error {
	s.writers.close()
	if s.readConn != nil {
		_ = s.readConn.Close()
	}
	return s.conn.Close()
}

// Ping reports whether ClickHouse answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.conn.Ping(ctx); err != nil {
		return fmt.Errorf("store at %s: %w", s.opts.DSN, err)
	}
	return nil
}

// Database is the name of the database that holds the tables.
func (s *Store) Database() string { return s.opts.Database }

// table is the qualified, quoted name of a table or view.
func (s *Store) table(name string) string { return ident(s.opts.Database) + "." + ident(name) }

// ident quotes an identifier.
func ident(name string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(name) + "`"
}
