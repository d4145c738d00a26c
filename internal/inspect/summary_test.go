package inspect

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// Given models of which all, some or none of the calls have a price, when they
// are summed up, then unpriced is never 0.
func TestSummaryOfWhatIsUnpriced(t *testing.T) {
	unknown := strings.ReplaceAll(strings.ReplaceAll(call, "gpt-4o", "gpt-of-nobody"), "0102030405060708", "0102030405060709")

	_, text, _, err := run(t, Options{Summary: true}, nil, unknown)
	require.NoError(t, err)
	require.Regexp(t, `openai/gpt-of-nobody .* unpriced \(1 call: unknown_model\) `, text)
	require.Contains(t, text, "total unpriced (1 call: unknown_model)")

	_, text, _, err = run(t, Options{Summary: true}, nil, call+unknown)
	require.NoError(t, err)
	require.Contains(t, text, "total 0.0035 USD, and unpriced: 1 call: unknown_model")

	_, text, _, err = run(t, Options{Summary: true, JSON: true}, nil, call+unknown)
	require.NoError(t, err)
	require.Contains(t, text, `"cost_usd": null`)
	var s Summary
	require.NoError(t, json.Unmarshal([]byte(text), &s))
	require.Equal(t, Amount("0.0035"), s.CostUSD)
	require.Len(t, s.Calls, 2)
	require.Equal(t, Amount(""), s.Calls[1].CostUSD)
	require.Equal(t, map[string]int{"unknown_model": 1}, s.Calls[1].Why)
}

// Given an input that holds nothing, then that is said, and not on stdout.
func TestAnEmptyInputIsSaidToBeEmpty(t *testing.T) {
	for name, in := range map[string]string{"no byte": "", "white space": "\n\n", "no span": `{"resourceSpans":[]}`} {
		t.Run(name, func(t *testing.T) {
			_, text, errs, err := run(t, Options{}, map[string][]byte{"in": []byte(in)}, "")
			require.NoError(t, err)
			require.Empty(t, text)
			require.Contains(t, errs, "nothing was read")
		})
	}
}

// Given a list of requests, then each is read; what is no request is named in
// the words of OTLP, and poisons none of the others.
func TestAListOfRequests(t *testing.T) {
	rows, _, errs, err := run(t, Options{}, nil, "["+call+","+evaluation+"]")
	require.NoError(t, err, errs)
	require.Len(t, rows, 2)

	rows, _, errs, err = run(t, Options{}, nil, "[5,["+call+"],"+call+`,{"a":1}]`)
	require.ErrorIs(t, err, ErrUnread)
	require.Len(t, rows, 1)
	require.Contains(t, errs, "element 1 of the list: no resourceSpans")
	require.Contains(t, errs, "element 2 of the list")
	require.Contains(t, errs, "element 4 of the list")

	for _, in := range []string{"[3]", `[{"resourceSpans":5}]`, `{"resourceSpans":"x"}`} {
		_, _, errs, err = run(t, Options{}, nil, in)
		require.ErrorIs(t, err, ErrUnread)
		require.NotContains(t, errs, "Go value")
		require.NotContains(t, errs, "struct")
	}
}

// Given metrics where only spans are asked for, then nothing breaks.
func TestRowsLeavesMetricsOut(t *testing.T) {
	rows, err := Rows(strings.NewReader(`{"resourceMetrics":[]}`+call), &strings.Builder{}, []string{"-"})
	require.NoError(t, err)
	require.Len(t, rows, 1)
}

// Given a call that failed and says no usage, then it is unpriced in the
// summary as it is in the tree and in the row, never a silent 0.
func TestAFailedCallWithoutUsageIsUnpricedEverywhere(t *testing.T) {
	failed := `{"resourceSpans":[{"scopeSpans":[{"scope":{"name":"app"},"spans":[{"traceId":"01020304050607080910111213141516","spanId":"0102030405060701","name":"chat gpt-5-mini",
		"startTimeUnixNano":"1790000000000000000","endTimeUnixNano":"1790000001000000000","status":{"code":2},"attributes":[
		{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.provider.name","value":{"stringValue":"openai"}},
		{"key":"gen_ai.request.model","value":{"stringValue":"gpt-5-mini"}},{"key":"error.type","value":{"stringValue":"timeout"}}]}]}]}]}`
	rows, _, _, err := run(t, Options{}, nil, failed)
	require.NoError(t, err)
	require.Equal(t, "unpriced", rows[0]["cost_status"])
	require.Equal(t, "no_usage", rows[0]["cost_reason"])

	_, text, _, err := run(t, Options{Tree: true}, nil, failed)
	require.NoError(t, err)
	require.Contains(t, text, "unpriced: no_usage")

	_, text, _, err = run(t, Options{Summary: true}, nil, failed)
	require.NoError(t, err)
	require.Contains(t, text, "total unpriced (1 call: no_usage)")
	require.Contains(t, text, "usage unknown, by reason: failed 1")

	_, text, _, err = run(t, Options{Summary: true}, nil, call+failed)
	require.NoError(t, err)
	require.Contains(t, text, "total 0.0035 USD, and unpriced: 1 call: no_usage")
}

func TestASumOfTokensStopsAtTheGreatestNumber(t *testing.T) {
	sum := int64(0)
	for range 3000 {
		next := plus(sum, model.Some(1<<53))
		require.GreaterOrEqual(t, next, sum)
		sum = next
	}
	require.Equal(t, int64(math.MaxInt64), sum)
	require.Equal(t, int64(7), plus(7, model.Int{}))
}
