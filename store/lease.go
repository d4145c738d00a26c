package store

import (
	"context"
	"fmt"
	"time"
)

// settle is how long a new claim waits before it is believed: longer than an
// insert that was stamped earlier can take to become visible, which in a
// cluster includes its replication.
func (s *Store) settle() time.Duration {
	if s.opts.Cluster != "" {
		return 2 * time.Second
	}
	return 100 * time.Millisecond
}

// AcquireLease takes or renews the lease of that name for holder and reports
// whether holder has it until now + ttl. The holder with the earliest
// unexpired claim has the lease; all times are the server's. ClickHouse has
// no compare-and-set, so that in a partition of its replicas two holders may
// for a moment both be told yes: what a lease guards must be idempotent.
func (s *Store) AcquireLease(ctx context.Context, name, holder string, ttl time.Duration) (bool, error) {
	winner, mine, err := s.leaseHolder(ctx, name, holder)
	if err != nil {
		return false, err
	}
	if winner != "" && winner != holder {
		return false, nil
	}
	// A renewal keeps the time since when the lease has been held.
	since := "now64(6)"
	if mine {
		since = "(SELECT max(since) FROM " + s.table("lease_rows") + " FINAL WHERE name = @name AND holder = @holder)"
	}
	if err := s.conn.Exec(ctx, "INSERT INTO "+s.table("lease_rows")+" (name, holder, since, expires_at) SELECT @name, @holder, "+since+", now64(6) + toIntervalMillisecond(@ttl)",
		named("name", name), named("holder", holder), named("ttl", ttl.Milliseconds())); err != nil {
		return false, fmt.Errorf("store: claiming lease %s: %w", name, err)
	}
	if mine {
		return true, nil
	}
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-time.After(s.settle()):
	}
	winner, _, err = s.leaseHolder(ctx, name, holder)
	if err != nil {
		return false, err
	}
	if winner != holder {
		return false, s.ReleaseLease(ctx, name, holder)
	}
	return true, nil
}

// ReleaseLease gives the lease up.
func (s *Store) ReleaseLease(ctx context.Context, name, holder string) error {
	if err := s.conn.Exec(ctx, "INSERT INTO "+s.table("lease_rows")+" (name, holder, since, expires_at) SELECT @name, @holder, now64(6), now64(6)",
		named("name", name), named("holder", holder)); err != nil {
		return fmt.Errorf("store: releasing lease %s: %w", name, err)
	}
	return nil
}

// endLeases ends every lease, whoever holds it.
func (s *Store) endLeases(ctx context.Context) error {
	leases := s.table("lease_rows")
	if err := s.conn.Exec(ctx, "INSERT INTO "+leases+" (name, holder, since, expires_at) SELECT name, holder, since, now64(6) FROM "+leases+" FINAL WHERE expires_at > now64(6)"); err != nil {
		return fmt.Errorf("store: ending the leases of processes that died: %w", err)
	}
	return nil
}

// LeaseHolder is who holds the lease, or "".
func (s *Store) LeaseHolder(ctx context.Context, name string) (string, error) {
	winner, _, err := s.leaseHolder(ctx, name, "")
	return winner, err
}

func (s *Store) leaseHolder(ctx context.Context, name, holder string) (winner string, mine bool, err error) {
	rows, err := s.conn.Query(ctx, "SELECT holder FROM "+s.table("lease_rows")+" FINAL WHERE name = @name AND expires_at > now64(6) ORDER BY since, holder", named("name", name))
	if err != nil {
		return "", false, fmt.Errorf("store: reading lease %s: %w", name, err)
	}
	defer rows.Close()
	for rows.Next() {
		var h string
		if err := rows.Scan(&h); err != nil {
			return "", false, fmt.Errorf("store: reading lease %s: %w", name, err)
		}
		if winner == "" {
			winner = h
		}
		mine = mine || h == holder
	}
	if err := rows.Err(); err != nil {
		return "", false, fmt.Errorf("store: reading lease %s: %w", name, err)
	}
	return winner, mine, nil
}
