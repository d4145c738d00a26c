package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/model"
)

// Now is the server's clock.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var t time.Time
	if err := s.conn.QueryRow(ctx, "SELECT now64(3, 'UTC')").Scan(&t); err != nil {
		return t, fmt.Errorf("store: reading the server's clock: %w", err)
	}
	return t.UTC(), nil
}

// State reads a small state into v, and reports whether there is one.
func (s *Store) State(ctx context.Context, key string, v any) (bool, error) {
	var body string
	err := s.conn.QueryRow(ctx, "SELECT body FROM "+s.table("state_rows")+" FINAL WHERE key = @key", named("key", key)).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("store: reading state %s: %w", key, err)
	}
	if err := json.Unmarshal([]byte(body), v); err != nil {
		return false, fmt.Errorf("store: reading state %s: %w", key, err)
	}
	return true, nil
}

// PutState stores a small state.
func (s *Store) PutState(ctx context.Context, key string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("store: writing state %s: %w", key, err)
	}
	return s.fill(ctx, "state_rows", "key, body", 1, func(_ int, b driver.Batch) error { return b.Append(key, string(body)) })
}

// Audit is one number that was published, with what made it.
type Audit struct {
	Product, Kind, Name, Slice string
	Layer, Tier, Unit          string
	Estimate                   model.Estimate
	Window                     time.Duration
	Objective                  *float64
	Baseline                   string
	BaselineValue              *float64
	State, Reason              string
	Details                    any // JSON
}

// WriteResults stores what a slot published, under the version of the code
// and the configuration.
func (s *Store) WriteResults(ctx context.Context, slot time.Time, rows []Audit, code, config string) error {
	const columns = "product, kind, name, slice, slot, layer, tier, unit, value, lower, upper, n, window_seconds, objective, baseline, baseline_value, state, reason, details, code_version, config_version"
	return s.fill(ctx, "result_rows", columns, len(rows), func(i int, b driver.Batch) error {
		a := &rows[i]
		details := ""
		if a.Details != nil {
			d, err := json.Marshal(a.Details)
			if err != nil {
				return err
			}
			details = string(d)
		}
		var low, high *float64
		if a.Estimate.Interval != nil {
			low, high = &a.Estimate.Interval.Low, &a.Estimate.Interval.High
		}
		return b.Append(a.Product, a.Kind, a.Name, a.Slice, slot, a.Layer, a.Tier, a.Unit, a.Estimate.Value, low, high, uint64(max(0, a.Estimate.N)),
			uint32(a.Window.Seconds()), a.Objective, a.Baseline, a.BaselineValue, a.State, a.Reason, details, code, config)
	})
}

// WriteIncidents stores incidents as they now stand.
func (s *Store) WriteIncidents(ctx context.Context, in []model.Incident) error {
	return s.fill(ctx, "incident_rows", "id, product, kind, series, severity, opened_at, closed_at, body", len(in), func(i int, b driver.Batch) error {
		x := &in[i]
		body, err := json.Marshal(x)
		if err != nil {
			return err
		}
		var closed *time.Time
		if !x.Open() {
			closed = &x.ClosedAt
		}
		return b.Append(x.ID, x.Product, string(x.Kind), x.Series, string(x.Severity), x.OpenedAt, closed, string(body))
	})
}

// Incidents reads the stored incidents that opened since from.
func (s *Store) Incidents(ctx context.Context, from time.Time) (out []model.Incident, err error) {
	rows, err := s.conn.Query(ctx, "SELECT body FROM "+s.table("incident_rows")+" FINAL WHERE opened_at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') ORDER BY opened_at, id", named("from", from.UnixMilli()))
	if err != nil {
		return nil, reading("reading incidents", err)
	}
	defer rows.Close()
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("store: reading incidents: %w", err)
		}
		var i model.Incident
		if err := json.Unmarshal([]byte(body), &i); err != nil {
			return nil, fmt.Errorf("store: reading incidents: %w", err)
		}
		out = append(out, i)
	}
	return out, rows.Err()
}
