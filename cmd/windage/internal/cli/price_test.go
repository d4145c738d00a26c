package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Given input that is no call, when it is priced, then that is said in words,
// and an answer keeps its place among the others.
func TestPriceOfWhatIsNoCall(t *testing.T) {
	price := func(in string) (code int, out, errs string) {
		var stdout, stderr strings.Builder
		code = Run([]string{"price"}, strings.NewReader(in), &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	code, out, errs := price("")
	require.Equal(t, exitOK, code)
	require.Empty(t, out)
	require.Contains(t, errs, "the input holds no call")

	code, out, errs = price("oops\n" + `{"id":2,"provider":"openai","model":"gpt-4o","usage":{"input":1000}}` + "\n")
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "call 1: not JSON from character 1 on")
	require.Contains(t, out, `"id":2,"usd":"0.0025"`)
}

func TestCostShowsNoNegativeNumberOfRows(t *testing.T) {
	code, _, errs := command("cost", "--top", "-1", "--data-dir", t.TempDir())
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "--top -1")
}
