package reconcile_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/cost/reconcile"
	"github.com/windage-dev/windage/model"
)

var day0 = time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)

// world is three days of calls of two models, priced with the bundled table.
func world(t *testing.T, zone *time.Location, mod func(i int, r *model.Span) bool) *reconcile.Computed {
	t.Helper()
	book, err := cost.LoadBundled()
	require.NoError(t, err)
	c := reconcile.NewComputed(zone)
	for i := range 288 {
		r := &model.Span{Kind: model.KindModelCall, Operation: "chat", CostCounted: true, Provider: "openai", ResponseModel: "gpt-4o-2024-08-06", Start: day0.Add(time.Duration(i) * 15 * time.Minute)}
		if i%2 == 1 {
			r.Provider, r.ResponseModel = "anthropic", "claude-sonnet-4-5-20250929"
		}
		r.InputTotal, r.OutputTotal, r.CacheRead = model.Some(10_000), model.Some(1000), model.Some(4000)
		if mod != nil && !mod(i, r) {
			continue
		}
		c.Add(r, book.Price(r))
	}
	return c
}

// anthropicInvoice is what Anthropic would bill for world: 72 … calls a day
// share two models, so 48 a day are Claude's.
func anthropicInvoice(scale float64) string {
	var b strings.Builder
	b.WriteString("usage_date_utc,model,workspace,usage_type,token_type,cost_usd\n")
	for d := range 3 {
		day := day0.AddDate(0, 0, d).Format("2006-01-02")
		fmt.Fprintf(&b, "%s,claude-sonnet-4-5-20250929,default,standard,input_no_cache,%.6f\n", day, scale*48*0.018)
		fmt.Fprintf(&b, "%s,claude-sonnet-4-5-20250929,default,standard,input_cache_read,%.6f\n", day, scale*48*0.0012)
		fmt.Fprintf(&b, "%s,claude-sonnet-4-5-20250929,default,standard,output,%.6f\n", day, scale*48*0.015)
	}
	return b.String()
}

func compare(t *testing.T, invoice string, c *reconcile.Computed, o reconcile.Options) *reconcile.Report {
	t.Helper()
	inv, err := reconcile.Parse([]byte(invoice), o)
	require.NoError(t, err)
	return reconcile.Compare(inv, c, 0.005)
}

func causes(rep *reconcile.Report) map[string]int {
	out := map[string]int{}
	for _, r := range rep.Rows {
		if !r.Within {
			out[r.Cause]++
		}
	}
	return out
}

func TestAnInvoiceThatAgrees(t *testing.T) {
	rep := compare(t, anthropicInvoice(1), world(t, time.UTC, nil), reconcile.Options{})
	require.True(t, rep.Within)
	require.InDelta(t, 1, *rep.Capture, 1e-9)
	require.Len(t, rep.Rows, 9, "day × model × kind, and no row of another provider")
	require.Empty(t, causes(rep))
}

func TestCauses(t *testing.T) {
	claude := func(i int) bool { return i%2 == 1 }
	for want, c := range map[string]struct {
		invoice string
		mod     func(i int, r *model.Span) bool
	}{
		reconcile.CauseUnpriced: {strings.ReplaceAll(anthropicInvoice(1), "claude-sonnet-4-5-20250929", "claude-nova-99"), func(i int, r *model.Span) bool {
			if claude(i) {
				r.ResponseModel = "claude-nova-99"
			}
			return true
		}},
		reconcile.CauseMissing: {anthropicInvoice(1), func(i int, _ *model.Span) bool { return i < 200 || i%5 == 1 }},
		reconcile.CauseCached: {anthropicInvoice(1), func(_ int, r *model.Span) bool {
			r.CacheRead = model.Some(0)
			return true
		}},
		reconcile.CauseBatch:     {anthropicInvoice(0.5), nil},
		reconcile.CauseSampling:  {anthropicInvoice(1), func(i int, _ *model.Span) bool { return i%20 == 1 || i%20 == 11 }},
		reconcile.CauseNotBilled: {strings.Join(strings.Split(anthropicInvoice(1), "\n")[:2], "\n"), nil},
	} {
		t.Run(want, func(t *testing.T) {
			rep := compare(t, c.invoice, world(t, time.UTC, c.mod), reconcile.Options{})
			require.False(t, rep.Within && want != reconcile.CauseNotBilled)
			require.Positive(t, causes(rep)[want], "%v", causes(rep))
			for _, r := range rep.Rows {
				if !r.Within {
					require.NotEmpty(t, r.Why)
				}
			}
		})
	}
}

func TestDaysOfAnotherZone(t *testing.T) {
	// Traffic that grows from day to day, cut at Los Angeles' midnight by us and at UTC's by the invoice.
	mod := func(i int, _ *model.Span) bool { return i/2%(4-i/96) == 0 }
	west, err := reconcile.Zone("America/Los_Angeles")
	require.NoError(t, err)
	byDay := map[string]int{}
	world(t, time.UTC, func(i int, r *model.Span) bool {
		if mod(i, r) && i%2 == 1 {
			byDay[r.Start.Format("2006-01-02")]++
		}
		return false
	})
	var b strings.Builder
	b.WriteString("date,provider,model,usd\n")
	for d := range 3 {
		day := day0.AddDate(0, 0, d).Format("2006-01-02")
		fmt.Fprintf(&b, "%s,anthropic,claude-sonnet-4-5-20250929,%.4f\n", day, float64(byDay[day])*0.0342)
	}
	require.True(t, compare(t, b.String(), world(t, time.UTC, mod), reconcile.Options{}).Within)
	rep := compare(t, b.String(), world(t, west, mod), reconcile.Options{})
	require.Positive(t, causes(rep)[reconcile.CauseZone], "%v", causes(rep))
}

// Every export's header is read, and its names find the model of the traces.
func TestFormats(t *testing.T) {
	for name, c := range map[string]struct{ in, model, kind, usd string }{
		"openai":               {"start_time,end_time,amount_value,amount_currency,line_item\n1759622400,1759708800,1.5,usd,\"gpt-4o-2024-08-06, cached input\"\n", "gpt-4o-2024-08-06, cached input", "cache_read", "1.5"},
		"openai (API)":         {`{"object":"page","data":[{"start_time":1791158400,"results":[{"amount":{"value":0.25,"currency":"usd"},"line_item":"gpt-4o, output"}]}]}`, "gpt-4o, output", "output", "0.25"},
		"anthropic":            {"usage_date_utc,model,token_type,cost_usd\n2026-10-05,claude-sonnet-4-5-20250929,input_cache_write_5m,2\n", "claude-sonnet-4-5-20250929", "cache_write", "2"},
		"azure":                {"Date,MeterCategory,MeterName,Quantity,UnitOfMeasure,CostInBillingCurrency,BillingCurrency\n10/05/2026,Azure OpenAI,gpt 4o 0806 Outp glbl Tokens,3.2,1K,0.032,USD\n10/05/2026,Storage,Blob,1,1GB,9,USD\n", "gpt 4o 0806 Outp glbl Tokens", "output", "0.032"},
		"aws (CUR)":            {"lineItem/UsageStartDate,lineItem/ProductCode,lineItem/UsageType,lineItem/UsageAmount,lineItem/UnblendedCost,lineItem/CurrencyCode\n2026-10-05T00:00:00Z,AmazonBedrock,USE1-Claude4.5Sonnet-input-tokens,12,0.036,USD\n2026-10-05T00:00:00Z,AmazonEC2,BoxUsage,1,7,USD\n", "USE1-Claude4.5Sonnet-input-tokens", "input", "0.036"},
		"google":               {"Service description,SKU description,Usage start date,Usage amount,Usage unit,Cost ($)\nVertex AI,Gemini 2.5 Flash Text Output - Predictions,2026-10-05,1000,count,0.0025\n", "", "", ""},
		"azure, paid in euros": {"Date,MeterCategory,MeterName,ChargeType,CostInBillingCurrency,BillingCurrency,costInUsd\n10/25/2026,Azure OpenAI,gpt 4o 0806 Inp glbl Tokens,Usage,4.5,EUR,5\n", "gpt 4o 0806 Inp glbl Tokens", "input", "5"},
		"focus (AWS)":          {"BilledCost,BillingCurrency,ChargeCategory,ChargeDescription,ChargePeriodStart,ConsumedQuantity,ConsumedUnit,ProviderName,ServiceName,SkuMeter\n0.25,USD,Usage,$0.003 per 1K input tokens,2026-10-05T00:00:00Z,83,1K tokens,Amazon Web Services,Amazon Bedrock,Claude4.5Sonnet-input-tokens\n1,USD,Usage,EC2,2026-10-05T00:00:00Z,1,Hours,AWS,Amazon Elastic Compute Cloud,BoxUsage\n", "Claude4.5Sonnet-input-tokens", "input", "0.25"},
		"google (cost)":        {"Service description,SKU description,Usage start date,Usage amount,Usage unit,Cost\nVertex AI,Gemini 2.5 Flash Text Output - Predictions,2026-10-05,1000,count,0.0025\n", "Gemini 2.5 Flash Text Output - Predictions", "output", "0.0025"},
		"plain, ; and \"":      {"date;model;usd\n2026-10-05;gpt-4o;\"1,234.5\"\n", "gpt-4o", "all", "1234.5"},
	} {
		t.Run(name, func(t *testing.T) {
			inv, err := reconcile.Parse([]byte(c.in), reconcile.Options{})
			require.NoError(t, err)
			require.Len(t, inv.Lines, 1)
			l := inv.Lines[0]
			if c.model == "" {
				return
			}
			require.Equal(t, c.model, l.Model)
			require.Equal(t, c.kind, l.Kind)
			want, _ := new(big.Rat).SetString(c.usd)
			require.Zero(t, want.Cmp(l.USD), l.USD.FloatString(6))
		})
	}
}

func TestBadInvoices(t *testing.T) {
	for want, c := range map[string]struct {
		in string
		o  reconcile.Options
	}{
		"invoice is empty": {"", reconcile.Options{}},
		"a plain CSV has the columns date, model and usd": {"day,thing,price\n1,2,3\n", reconcile.Options{}},
		"is not a number":        {"date,model,usd\n2026-10-05,gpt-4o,lots\n", reconcile.Options{}},
		"line 3: date":           {"date,model,usd\n2026-10-05,gpt-4o,1\n5th October,gpt-4o,1\n", reconcile.Options{}},
		"--fx":                   {"date,model,usd,currency\n2026-10-05,gpt-4o,1,EUR\n", reconcile.Options{}},
		"no line of the invoice": {"lineItem/UsageStartDate,lineItem/ProductCode,lineItem/UsageType,lineItem/UnblendedCost\n2026-10-05,AmazonEC2,Box,1\n", reconcile.Options{}},
		"in EUR":                 {"Service description,SKU description,Usage start date,Cost (€)\nVertex AI,Gemini 2.5 Flash Text Output,2026-10-05,1\n", reconcile.Options{}},
		"(is it \"metr name\"?)": {"Date,MeterCategory,metr name,CostInBillingCurrency\n10/25/2026,Azure OpenAI,x,1\n", reconcile.Options{}},
		"no invoice format":      {"date,model,usd\n", reconcile.Options{Format: "sap"}},
		"group the costs":        {`{"data":[]}`, reconcile.Options{}},
		"not an answer of OpenAI's or Anthropic's": {`{"data":`, reconcile.Options{}},
	} {
		_, err := reconcile.Parse([]byte(c.in), c.o)
		require.ErrorContains(t, err, want)
	}
	inv, err := reconcile.Parse([]byte("date,model,usd,currency\n2026-10-05,gpt-4o,1,EUR\n"), reconcile.Options{FX: map[string]*big.Rat{"EUR": big.NewRat(11, 10)}})
	require.NoError(t, err)
	require.Equal(t, "1.1", reconcile.Decimal(inv.Lines[0].USD, 6))
}

func TestMeterNamesFindTheirModel(t *testing.T) {
	zone := time.UTC
	c := reconcile.NewComputed(zone)
	for _, m := range []string{"gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18"} {
		r := &model.Span{Kind: model.KindModelCall, CostCounted: true, Provider: "azure.ai.openai", ResponseModel: m, Start: day0}
		r.OutputTotal = model.Some(1000)
		c.Add(r, model.Cost{Status: model.CostPriced, USD: model.USD, Output: model.USD})
	}
	rep := compare(t, "Date,MeterCategory,MeterName,CostInBillingCurrency\n2026-10-05,Azure OpenAI,gpt-4o-mini-0718-Outp-glbl Tokens,1\n2026-10-05,Azure OpenAI,gpt 4o 0806 Outp glbl Tokens,1\n", c, reconcile.Options{})
	require.True(t, rep.Within)
	require.Len(t, rep.Rows, 2)
	require.Empty(t, rep.Unmatched)
	for _, r := range rep.Rows {
		require.True(t, r.Within, r.Model)
	}
}
