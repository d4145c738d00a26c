package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStatAnswersLineByLine(t *testing.T) {
	var out, errs bytes.Buffer
	code := Run([]string{"stat"}, strings.NewReader(`{"id":"w","library":"scipy","statistic":"wasserstein_distance","reference":{"values":[1,2]},"current":{"values":[2,3]}}`+"\nnot json\n"), &out, &errs)
	require.Equal(t, exitUsage, code)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	require.Contains(t, lines[0], `"value":1`)
	require.Contains(t, lines[1], "line 2")
	require.Contains(t, errs.String(), "1 inputs could not be read")
}

func TestDriftCompareExitCodes(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, from int) string {
		var b strings.Builder
		b.WriteString("v\n")
		for i := range 200 {
			b.WriteString(strings.Repeat("1", 1+(from+i)%7) + "\n")
		}
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
		return path
	}
	same, constant, ids := file("a.csv", 0), filepath.Join(dir, "c.csv"), filepath.Join(dir, "d.csv")
	require.NoError(t, os.WriteFile(constant, []byte("v\n"+strings.Repeat("5\n", 200)), 0o600))
	require.NoError(t, os.WriteFile(ids, []byte("v\n"+strings.Repeat("999999999\n", 200)), 0o600))
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no drift":     {[]string{"--reference", same, "--current", same}, exitOK, ""},
		"drift":        {[]string{"--reference", same, "--current", ids}, exitFailed, ""},
		"unmeasurable": {[]string{"--reference", constant, "--current", constant}, exitUsage, "no column could be measured"},
		"no file":      {[]string{"--reference", same, "--current", filepath.Join(dir, "x.csv")}, exitUsage, "x.csv"},
		"no flag":      {[]string{"--reference", same}, exitUsage, "current"},
		"bad share":    {[]string{"--reference", same, "--current", same, "--shift", "5"}, exitUsage, "--shift is 5; it is a share of rows"},
		"bad preset":   {[]string{"--reference", same, "--current", same, "--preset", "x"}, exitUsage, `the only preset is "evidently"`},
		"bad html":     {[]string{"--reference", same, "--current", same, "--html", filepath.Join(dir, "no", "r.html")}, exitUsage, "r.html"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := Run(append([]string{"drift", "compare"}, c.args...), nil, &out, &errs)
			require.Equal(t, c.code, code, errs.String())
			require.Contains(t, errs.String(), c.says)
		})
	}
	page := filepath.Join(dir, "r.html")
	var out, errs bytes.Buffer
	require.Equal(t, exitFailed, Run([]string{"drift", "compare", "--reference", same, "--current", ids, "--html", page, "--json"}, nil, &out, &errs))
	require.FileExists(t, page)
	require.Contains(t, out.String(), `"verdict": "drift"`)
}
