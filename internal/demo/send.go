package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/windage-dev/windage/model"
)

// Client speaks to a running windage as a product would: OTLP over HTTP for
// spans, and the signals endpoint for what is said later.
type Client struct {
	OTLP    string // base URL of the OTLP/HTTP receiver
	Signals string // base URL of the signals receiver
	HTTP    *http.Client
}

// SendTraces exports td, retrying for as long as ctx lets while the receiver
// asks for it.
func (c *Client) SendTraces(ctx context.Context, td ptrace.Traces) error {
	if td.SpanCount() == 0 {
		return nil
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		return fmt.Errorf("encoding spans: %w", err)
	}
	return c.post(ctx, c.OTLP+"/v1/traces", "application/x-protobuf", body)
}

// SendSignals posts the signals as JSON lines.
func (c *Client) SendSignals(ctx context.Context, signals []model.Signal) error {
	if len(signals) == 0 {
		return nil
	}
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	for i := range signals {
		if err := enc.Encode(&signals[i]); err != nil {
			return fmt.Errorf("encoding signals: %w", err)
		}
	}
	return c.post(ctx, c.Signals+"/v1/signals", "application/x-ndjson", body.Bytes())
}

// post sends body until it is accepted. As the OTLP specification asks of
// clients, 429, 502, 503 and 504 are retried; every other refusal is final.
func (c *Client) post(ctx context.Context, url, contentType string, body []byte) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", contentType)
		resp, err := c.HTTP.Do(req)
		if err != nil {
			return fmt.Errorf("sending to %s: %w", url, err)
		}
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		_ = resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
			return nil
		case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		default:
			return fmt.Errorf("sending to %s: %s: %s", url, resp.Status, bytes.TrimSpace(said))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("sending to %s: still %s: %w", url, resp.Status, ctx.Err())
		case <-time.After(wait):
		}
	}
}
