package proc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/windage-dev/windage/model"
)

// Evaluate makes the evaluation loop run a slot now and waits for it.
func (p *Process) Evaluate(ctx context.Context) error {
	_, err := p.call(ctx, http.MethodPost, "/api/v1/evaluate", "application/json", nil)
	return err
}

// Status is the snapshot that the running windage shows to everyone.
func (p *Process) Status(ctx context.Context) (*model.Snapshot, error) {
	b, err := p.call(ctx, http.MethodGet, "/api/v1/status", "", nil)
	if err != nil {
		return nil, err
	}
	s := new(model.Snapshot)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("reading /api/v1/status: %w", err)
	}
	return s, nil
}

// Metrics is the text of /metrics.
func (p *Process) Metrics(ctx context.Context) (string, error) {
	b, err := p.call(ctx, http.MethodGet, "/metrics", "", nil)
	return string(b), err
}

// SQL runs a read-only query and returns its rows as JSON lines.
func (p *Process) SQL(ctx context.Context, query string) ([]byte, error) {
	return p.call(ctx, http.MethodPost, "/api/v1/sql?format=jsonl", "text/plain", []byte(query))
}

func (p *Process) call(ctx context.Context, method, path, contentType string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, URL(p.HTTP)+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, bytes.TrimSpace(b))
	}
	return b, nil
}

// WaitStored waits until the store holds the given numbers of span rows and
// signals: what was acknowledged sits in the disk queue until then.
func (p *Process) WaitStored(ctx context.Context, spans, signals int) error {
	for {
		gotSpans, err := p.count(ctx, "spans")
		if err != nil {
			return err
		}
		gotSignals, err := p.count(ctx, "signals")
		if err != nil {
			return err
		}
		if gotSpans >= spans && gotSignals >= signals {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the store: %d of %d spans, %d of %d signals: %w", gotSpans, spans, gotSignals, signals, ctx.Err())
		case <-p.done:
			return fmt.Errorf("windage ended while the store had %d of %d spans: %w", gotSpans, spans, p.err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (p *Process) count(ctx context.Context, view string) (int, error) {
	b, err := p.SQL(ctx, "SELECT toInt64(count()) AS n FROM "+view)
	if err != nil {
		return 0, err
	}
	var row struct {
		N json.Number `json:"n"`
	}
	if err := json.Unmarshal(b, &row); err != nil {
		return 0, fmt.Errorf("counting %s: %w in %q", view, err, b)
	}
	n, err := row.N.Int64()
	return int(n), err
}
