package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// windage runs one command line.
func windage(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Run(args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func TestPriceKeepsOneBadLineFromTheOthers(t *testing.T) {
	code, out, errs := windage(`{"id":"a","provider":"openai","model":"gpt-4o","timestamp":"2026-08-22T00:00:00Z","usage":{"input":1000,"output":100}}
{"id":"b", broken
{"id":"c","provider":"openai","model":"gpt-99","usage":{"input":1}}
`, "price", "--explain")
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "call 2")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	var a, c cost.Answer
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &a))
	require.Equal(t, "0.0035", a.USD.String())
	require.Equal(t, []string{"1,000 input × 2.5 USD per million = 0.0025 USD", "100 output × 10 USD per million = 0.001 USD"}, sorted(a.Lines))
	require.NoError(t, json.Unmarshal([]byte(lines[2]), &c))
	require.Nil(t, c.USD)
	require.Equal(t, "unknown_model", c.Reason)
}

func sorted(s []string) []string {
	if len(s) == 2 && s[0] > s[1] {
		s[0], s[1] = s[1], s[0]
	}
	if len(s) == 2 && strings.HasPrefix(s[0], "100 ") {
		s[0], s[1] = s[1], s[0]
	}
	return s
}

func TestPricesCommands(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "own.yaml")
	require.NoError(t, os.WriteFile(own, []byte("version: 1\nname: own\nchecked_at: 2026-11-01\nproviders: [{id: openai, models: [{id: gpt-4o, prices: [{rates: {input_mtok: 2, output_mtok: 8}}]}]}]\n"), 0o600))

	code, out, _ := windage("", "prices", "show", "openai", "gpt-4o", "--prices", own)
	require.Equal(t, exitOK, code)
	require.Contains(t, out, "2 USD per million")

	code, _, errs := windage("", "prices", "show", "openai", "gpt-4x")
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "openai/gpt-4")

	code, out, errs0 := windage("", "prices", "diff", own)
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "2.5 USD per million")
	require.Contains(t, errs0, "rates differ")
	require.NotContains(t, out, "gpt-4o-mini", "an overlay removes nothing")

	code, out, errs = windage("", "prices", "check", own)
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "covers gpt-4o and what the bundled row of the same id covers")
	require.Contains(t, errs, "no error, 1 warnings")
	code, _, _ = windage("", "prices", "check", own, "--strict")
	require.Equal(t, exitFailed, code)

	code, _, errs = windage("", "prices", "update", "--from", own, "--to", filepath.Join(dir, "copy.json"), "--dry-run")
	require.Equal(t, exitOK, code, errs)
	require.NotContains(t, errs, "thousand")
	require.Contains(t, errs, "the file is an overlay")

	code, out, _ = windage("", "prices", "show", "openai", "gpt-4o-mini")
	require.Equal(t, exitOK, code)
	require.Contains(t, out, "source bundled, checked 20")
	require.Contains(t, out, "from genai-prices ")
	require.NotContains(t, out, "map[")

	ll := filepath.Join(dir, "litellm.json")
	require.NoError(t, os.WriteFile(ll, []byte(`{"gpt-4o":{"litellm_provider":"openai","mode":"chat","input_cost_per_token":3e-6,"output_cost_per_token":9e-6}}`), 0o600))
	to := filepath.Join(dir, "prices.json")
	code, out, errs = windage("", "prices", "update", "--from", ll, "--to", to, "--checked-at", "2026-11-20")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "openai/gpt-4o input: 2.5 USD per million → 3 USD per million")
	code, out, _ = windage(`{"provider":"openai","model":"gpt-4o","usage":{"input":1000000}}`, "price", "--prices", to)
	require.Equal(t, exitOK, code)
	require.Contains(t, out, `"usd":"3"`)
	require.Contains(t, out, "undated")

	require.NoError(t, os.WriteFile(ll, []byte(`{"gpt-4o":{"litellm_provider":"openai","input_cost_per_token":"cheap"}}`), 0o600))
	before, err := os.ReadFile(to)
	require.NoError(t, err)
	code, _, errs = windage("", "prices", "update", "--from", ll, "--to", to)
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "gpt-4o")
	after, err := os.ReadFile(to)
	require.NoError(t, err)
	require.Equal(t, before, after, "a bad download changes nothing")
}

func TestCostCommandsOnAStore(t *testing.T) {
	dsn := testkit.Engine(t)
	s, err := store.Open(t.Context(), store.Options{DSN: store.DSN(dsn)})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.NoError(t, s.Migrate(t.Context()))
	at := time.Now().UTC().Truncate(time.Hour).Add(-3 * time.Hour)
	book, err := cost.LoadBundled()
	require.NoError(t, err)
	var rows []*model.Span
	for i := range byte(12) {
		r := &model.Span{
			Kind: model.KindModelCall, Operation: "chat", Name: "chat", TraceID: model.TraceID{7, i / 2}, SpanID: model.SpanID{i + 1}, ServiceName: "svc", Product: "svc",
			Provider: "openai", ResponseModel: "gpt-4o", ResponseID: "resp-" + string('a'+rune(i)), Start: at.Add(time.Duration(i) * time.Minute), Duration: time.Second, CostCounted: true, Tenant: "t" + string('0'+rune(i%3)),
		}
		if i == 11 {
			r.ResponseModel = "gpt-nobody-knows"
		}
		r.InputTotal, r.OutputTotal = model.Some(1000), model.Some(100)
		c := book.Price(r)
		if i == 0 { // priced before a correction of the table
			c.USD, c.Row = model.USD, "openai/gpt-4o@mistake"
		}
		r.Cost = &c
		rows = append(rows, r)
	}
	require.NoError(t, s.InsertSpans(t.Context(), rows, "t"))
	in := func(args ...string) (int, string, string) { return windage("", append(args, "--dsn", dsn)...) }

	code, out, errs := in("cost", "--by", "tenant", "--since", "1d", "--csv")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "tenant,usd,share")
	require.Contains(t, errs, "total 1.035 USD of 12 calls")
	require.Contains(t, errs, "1 calls have no price")

	code, out, errs = in("cost", "--by", "tenant", "--since", "1d", "--top", "1", "--json")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "__other__")

	code, out, errs = in("explain-cost", "resp-a")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "1,000 input × 2.5 USD per million = 0.0025 USD")
	require.Contains(t, out, "stored: 1 USD")

	code, out, errs = in("prices", "missing", "--since", "1d")
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "no price known for 1 models (1 of 12 calls)")
	require.Contains(t, out, "gpt-nobody-knows")

	code, out, errs = in("reprice", "--from", "1d", "--dry-run")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "-0.9965")
	require.Contains(t, errs, "1 of 12 calls change")
	code, _, errs = in("reprice", "--from", "1d", "--yes")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, errs, "1 calls repriced")
	_, _, errs = in("reprice", "--from", "1d", "--yes")
	require.Contains(t, errs, "0 of 12 calls change", "again changes nothing")
	_, _, errs = in("cost", "--by", "tenant", "--since", "1d")
	require.Contains(t, errs, "total 0.0385 USD")

	invoice := filepath.Join(t.TempDir(), "invoice.csv")
	require.NoError(t, os.WriteFile(invoice, []byte("date,provider,model,usd\n"+at.Format("2006-01-02")+",openai,gpt-4o,99\n"), 0o600))
	code, out, errs = in("reconcile", "--invoice", invoice)
	require.Equal(t, exitFailed, code, errs)
	require.Contains(t, out, "missing_instrumentation")
	require.Contains(t, errs, "outside the tolerance of 0.50 %")
	require.Contains(t, errs, "computed: as stored")

	// With a price file every call is priced anew, the priced ones too.
	own := filepath.Join(t.TempDir(), "own.yaml")
	require.NoError(t, os.WriteFile(own, []byte("version: 1\nproviders:\n- {id: openai, models: [{id: gpt-4o, prices: [{rates: {input_mtok: 5, output_mtok: 20}}]}]}\n"), 0o600))
	require.NoError(t, os.WriteFile(invoice, []byte("date,provider,model,usd\n"+at.Format("2006-01-02")+",openai,gpt-4o,0.077\n"), 0o600))
	code, _, errs = in("reconcile", "--invoice", invoice, "--prices", own)
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, errs, "computed: priced anew with "+own)
	require.Contains(t, errs, "computed 0.077 USD")
	code, _, errs = in("reconcile", "--invoice", invoice, "--fx", "1.05")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "--fx EUR=1.05")

	code, out, errs = in("prices", "self-hosted", "--model", "gpt-4o", "--per-hour", "4.00", "--since", at.Format(time.RFC3339), "--until", at.Add(2*time.Hour).Format(time.RFC3339))
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "8 USD for 2.0 hours")
	require.Contains(t, out, "12100 tokens in 11 calls")
	require.Contains(t, out, "4 USD in hours that served nothing")
	require.Contains(t, out, "busy in 9.2 % of their minutes")
	require.Contains(t, out, `- id: "openai"`, "the provider that the calls name, or the row would match nothing")

	code, _, errs = in("cost", "--since", "2020-01-01", "--until", "2020-01-02")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "no call in that span of time")
	code, _, _ = in("explain-cost", "nothing")
	require.Equal(t, exitFailed, code)
}
