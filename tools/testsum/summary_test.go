package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSummary(t *testing.T) {
	tests := []struct {
		name   string
		events []string
		totals string
		ok     bool
		shows  []string
	}{
		{
			name: "given passes and a skip, then it is ok and the reason is shown",
			events: []string{
				`{"Action":"run","Package":"p","Test":"A"}`,
				`{"Action":"pass","Package":"p","Test":"A"}`,
				`{"Action":"run","Package":"p","Test":"B"}`,
				`{"Action":"output","Package":"p","Test":"B","Output":"    b_test.go:3: promtool is not installed\n"}`,
				`{"Action":"output","Package":"p","Test":"B","Output":"--- SKIP: B (0.00s)\n"}`,
				`{"Action":"skip","Package":"p","Test":"B"}`,
				`{"Action":"pass","Package":"p","Elapsed":0.1}`,
			},
			totals: "1 passed, 0 failed, 1 skipped\n", ok: true,
			shows: []string{"SKIP p B: b_test.go:3: promtool is not installed"},
		},
		{
			name: "given a failing test, then its output is shown once",
			events: []string{
				`{"Action":"run","Package":"p","Test":"A"}`,
				`{"Action":"output","Package":"p","Test":"A","Output":"want 1, got 2\n"}`,
				`{"Action":"fail","Package":"p","Test":"A"}`,
				`{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}`,
				`{"Action":"fail","Package":"p"}`,
			},
			totals: "0 passed, 1 failed, 0 skipped\n",
			shows:  []string{"FAIL p A\n    want 1, got 2"},
		},
		{
			name: "given a package that does not build, then it fails and says why",
			events: []string{
				`{"ImportPath":"p","Action":"build-output","Output":"p/a.go:1: undefined: x\n"}`,
				`{"ImportPath":"p","Action":"build-fail"}`,
				`{"Action":"fail","Package":"p","FailedBuild":"p"}`,
			},
			totals: "0 passed, 1 failed, 0 skipped\n",
			shows:  []string{"undefined: x"},
		},
		{
			name: "given a test that began and never ended, then it fails",
			events: []string{
				`{"Action":"run","Package":"p","Test":"A"}`,
				`{"Action":"output","Package":"p","Test":"A","Output":"panic: test timed out\n"}`,
			},
			totals: "0 passed, 1 failed, 0 skipped\n",
			shows:  []string{"panic: test timed out"},
		},
		{
			name: "given a package that fails without a failing test, then it counts once",
			events: []string{
				`{"Action":"run","Package":"p","Test":"A"}`,
				`{"Action":"pass","Package":"p","Test":"A"}`,
				`{"Action":"output","Package":"p","Output":"goroutine leak\n"}`,
				`{"Action":"fail","Package":"p"}`,
			},
			totals: "1 passed, 1 failed, 0 skipped\n",
			shows:  []string{"goroutine leak"},
		},
		{
			name:   "given nothing at all, then it is not ok",
			totals: "0 passed, 0 failed, 0 skipped\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Read(strings.NewReader(strings.Join(tt.events, "\n")), io.Discard)
			require.NoError(t, err)
			var out bytes.Buffer
			s.Print(&out)
			require.Equal(t, tt.ok, s.OK())
			require.True(t, strings.HasSuffix(out.String(), tt.totals), out.String())
			for _, want := range tt.shows {
				require.Contains(t, out.String(), want)
			}
		})
	}
}
