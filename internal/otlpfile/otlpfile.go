// Package otlpfile reads OTLP trace data from files into canonical rows: JSON
// (one request, or one a line, as the collector's file exporter writes) or
// protobuf (one request).
//
// What belongs here: telling the formats apart, and the normalizer over them.
// What does not: dialects (collector/normalize), prices.
package otlpfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/normalize"
	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

// maxFile bounds one file.
const maxFile = 1 << 30

// Read reads the files, "-" for stdin, and decides which rows count.
func Read(stdin io.Reader, paths []string) ([]*model.Span, error) {
	n, err := normalize.New(normalize.Options{})
	if err != nil {
		return nil, err
	}
	var rows []*model.Span
	for _, p := range paths {
		var data []byte
		if p == "-" {
			data, err = io.ReadAll(io.LimitReader(stdin, maxFile+1))
		} else {
			data, err = readFile(p)
		}
		if err != nil {
			return nil, err
		}
		if len(data) > maxFile {
			return nil, fmt.Errorf("%s: larger than %d bytes", p, maxFile)
		}
		got, err := parse(n, data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		rows = append(rows, got...)
	}
	count.Merge(rows)
	return rows, nil
}

func readFile(p string) ([]byte, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

func parse(n *normalize.Normalizer, data []byte) ([]*model.Span, error) {
	trimmed := bytes.TrimLeft(data, " \t\r\n\ufeff")
	if len(trimmed) == 0 {
		return nil, errors.New("the file is empty")
	}
	if trimmed[0] != '{' {
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(data)
		if err != nil {
			return nil, errors.New("neither OTLP JSON nor OTLP protobuf traces")
		}
		return n.Traces(td), nil
	}
	if td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(data); err == nil && td.SpanCount() > 0 {
		return n.Traces(td), nil
	}
	var rows []*model.Span
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(make([]byte, 64<<10), 256<<20)
	for line := 1; s.Scan(); line++ {
		if len(bytes.TrimSpace(s.Bytes())) == 0 {
			continue
		}
		td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(s.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d is no OTLP JSON request: %w", line, err)
		}
		rows = append(rows, n.Traces(td)...) // a line of logs or metrics has no spans
	}
	return rows, s.Err()
}
