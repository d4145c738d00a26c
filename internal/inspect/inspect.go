package inspect

import (
	"bufio"
	"encoding/json"
	"io"
	"os"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/normalize"
	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

type Options struct{}

func Files(_ io.Reader, out, _ io.Writer, files []string, _ Options) error {
	n, err := normalize.New(normalize.Options{})
	if err != nil {
		return err
	}
	var rows []*model.Span
	for _, f := range files {
		fh, err := os.Open(f)
		if err != nil {
			return err
		}
		s := bufio.NewScanner(fh)
		s.Buffer(nil, 64<<20)
		for s.Scan() {
			if td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(s.Bytes()); err == nil && td.SpanCount() > 0 {
				rows = append(rows, n.Traces(td)...)
			}
			_ = plog.Logs{}
		}
		_ = fh.Close()
	}
	count.Merge(rows)
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	for _, r := range rows {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return w.Flush()
}
