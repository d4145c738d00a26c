package cost_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/normalize"
	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

// testdata/corpus_usd.json holds, for telemetry captured from real SDKs, what
// each call costs: the provider's own record of its tokens, priced by
// genai-prices at the call's own time. It was made by another program than
// the one it tests. Calls whose usage the SDK did not send are not in it.
func TestCapturedTrafficCostsWhatTheProviderCounted(t *testing.T) {
	raw, err := os.ReadFile("testdata/corpus_usd.json")
	require.NoError(t, err)
	var truth map[string]map[string]string
	require.NoError(t, json.Unmarshal(raw, &truth))
	book := bundled(t)
	calls := 0
	for scenario, want := range truth {
		t.Run(scenario, func(t *testing.T) {
			var sum, expect model.Sum
			for _, r := range captured(t, scenario) {
				if !r.CostCounted {
					continue
				}
				c := book.Price(r)
				if c.Status == model.CostPriced && c.USD == 0 {
					require.True(t, r.InputTotal.Or(0)+r.OutputTotal.Or(0) == 0, "span %s costs nothing in silence", r.SpanID)
				}
				usd, ok := want[r.SpanID.String()]
				if !ok {
					continue
				}
				m, err := model.ParseMoney(usd)
				require.NoError(t, err)
				require.Equal(t, model.CostPriced, c.Status, "span %s: %s", r.SpanID, c.Reason)
				require.Equal(t, m.String(), c.USD.String(), "span %s of %s", r.SpanID, r.ResponseModel)
				sum.Add(c.USD)
				expect.Add(m)
				calls++
			}
			require.Equal(t, expect.String(), sum.String())
		})
	}
	require.Greater(t, calls, 800)
}

func captured(t *testing.T, scenario string) (rows []*model.Span) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../collector/normalize/testdata/corpus", scenario+".jsonl.gz"))
	require.NoError(t, err)
	z, err := gzip.NewReader(bytes.NewReader(b))
	require.NoError(t, err)
	n, err := normalize.New(normalize.Options{})
	require.NoError(t, err)
	s := bufio.NewScanner(z)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		if line := s.Bytes(); bytes.Contains(line[:min(200, len(line))], []byte(`"resourceLogs"`)) {
			ld, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(line)
			require.NoError(t, err)
			r, _ := n.Logs(ld)
			rows = append(rows, r...)
		} else {
			td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
			require.NoError(t, err)
			rows = append(rows, n.Traces(td)...)
		}
	}
	require.NoError(t, s.Err())
	rows = append(rows, n.Complete(rows)...)
	count.Merge(rows)
	return rows
}
