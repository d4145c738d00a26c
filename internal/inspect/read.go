package inspect

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// maxRequest bounds one export request; maxGzip what one file unpacks to.
const (
	maxRequest = 256 << 20
	maxGzip    = 4 << 30
)

// sink takes requests as they are read. Each may be nil.
type sink struct {
	traces  func(ptrace.Traces)
	logs    func(plog.Logs)
	metrics func(pmetric.Metrics)
}

// give hands a request to a taker, where there is one.
func give[T any](take func(T), request T) {
	if take != nil {
		take(request)
	}
}

// readFile reads one file of export requests into s; "-" is in. Errors name
// the file and, for JSON, the request.
func (s sink) readFile(name string, in io.Reader, bad func(error)) error {
	r := in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		r = f
	}
	b := bufio.NewReaderSize(r, 1<<20)
	if magic, _ := b.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		b = bufio.NewReaderSize(io.LimitReader(z, maxGzip), 1<<20)
	}
	// a protobuf request begins with the byte that is a line feed in text
	if c, _ := b.Peek(1); len(c) == 1 && c[0] == '\n' {
		body, err := io.ReadAll(io.LimitReader(b, maxRequest+1))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if len(body) <= maxRequest && s.protobuf(body) == nil {
			return nil
		}
		b = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(body), b), 1<<20)
	}
	start, err := firstByte(b)
	if errors.Is(err, io.EOF) {
		return nil // an empty file holds nothing
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if start == '{' || start == '[' {
		return s.readJSON(name, b, bad)
	}
	return fmt.Errorf("%s: neither OTLP JSON (one request, or one per line) nor an OTLP protobuf request", name)
}

// firstByte is the first byte that is no white space; it is not consumed.
func firstByte(b *bufio.Reader) (byte, error) {
	for {
		c, err := b.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case 0xef: // a byte order mark
			if m, _ := b.Peek(2); bytes.Equal(m, []byte{0xbb, 0xbf}) {
				_, _ = b.Discard(2)
				continue
			}
		}
		return c, b.UnreadByte()
	}
}

// readJSON reads any number of JSON requests, however they are laid out. One
// that is no request is reported to bad, and the next is read.
func (s sink) readJSON(name string, b *bufio.Reader, bad func(error)) error {
	dec := json.NewDecoder(b)
	for i := 1; ; i++ {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			// the rest of the line is lost; what follows may be fine
			bad(fmt.Errorf("%s: request %d: %w", name, i, err))
			rest := bufio.NewReaderSize(io.MultiReader(dec.Buffered(), b), 1<<20)
			if _, err := rest.ReadSlice('\n'); err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				return nil
			}
			b, dec = rest, json.NewDecoder(rest)
			continue
		}
		if err := s.request(raw); err != nil {
			bad(fmt.Errorf("%s: request %d: %w", name, i, err))
		}
	}
}

// request reads one JSON request, of traces, logs or metrics.
func (s sink) request(raw []byte) error {
	var is struct {
		Traces  json.RawMessage `json:"resourceSpans"`
		Logs    json.RawMessage `json:"resourceLogs"`
		Metrics json.RawMessage `json:"resourceMetrics"`
	}
	switch raw[0] {
	case '{':
	case '[': // the requests of a collector's file, made a list by a tool such as jq -s
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return err
		}
		var bad []error
		for i, one := range list {
			err := errNoRequest
			if one[0] == '{' {
				err = s.request(one)
			}
			if err != nil {
				bad = append(bad, fmt.Errorf("element %d of the list: %w", i+1, err))
			}
		}
		return errors.Join(bad...)
	default:
		return errNoRequest
	}
	if err := json.Unmarshal(raw, &is); err != nil {
		return err
	}
	switch {
	case is.Traces != nil:
		td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(raw)
		if err != nil {
			return err
		}
		give(s.traces, td)
	case is.Logs != nil:
		ld, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(raw)
		if err != nil {
			return err
		}
		give(s.logs, ld)
	case is.Metrics != nil:
		md, err := (&pmetric.JSONUnmarshaler{}).UnmarshalMetrics(raw)
		if err != nil {
			return err
		}
		give(s.metrics, md)
	default:
		return errNoRequest
	}
	return nil
}

var errNoRequest = errors.New("no resourceSpans, resourceLogs or resourceMetrics: not an OTLP export request")

// protobuf reads one binary request. What it is shows only in what it can be
// read as: span and log ids have other types at the same places.
func (s sink) protobuf(body []byte) error {
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
	if err == nil && td.SpanCount() > 0 {
		give(s.traces, td)
		return nil
	}
	ld, lerr := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(body)
	if lerr == nil && ld.LogRecordCount() > 0 {
		give(s.logs, ld)
		return nil
	}
	md, merr := (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(body)
	if merr == nil && md.DataPointCount() > 0 {
		give(s.metrics, md)
		return nil
	}
	if len(body) == 0 {
		return nil
	}
	return cmp.Or(err, lerr, merr, errors.New("no spans, log records or data points in it"))
}
