package reconcile_test

import (
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/cost/reconcile"
	"github.com/windage-dev/windage/model"
)

// call is one call of a model that cost some cents for its output.
type call struct {
	provider, model string
	cents           int64
	day             int // after day0
}

func traces(calls ...call) *reconcile.Computed {
	c := reconcile.NewComputed(time.UTC)
	for _, x := range calls {
		r := &model.Span{Kind: model.KindModelCall, CostCounted: true, Provider: x.provider, ResponseModel: x.model, Start: day0.AddDate(0, 0, x.day)}
		r.OutputTotal = model.Some(1000 * x.cents)
		usd := model.Money(x.cents) * model.USD / 100
		c.Add(r, model.Cost{Status: model.CostPriced, USD: usd, Output: usd})
	}
	return c
}

func TestMarketingNamesAndUsageTypesFindTheModelOfTheTraces(t *testing.T) {
	cur := func(usageType, name string) string {
		return "lineItem/UsageStartDate,lineItem/ProductCode,lineItem/UsageType,lineItem/UnblendedCost,product/model\n2026-10-05T00:00:00Z,AmazonBedrock," + usageType + ",1," + name + "\n"
	}
	for _, c := range []struct{ provider, traced, invoice string }{
		{"aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", cur("USE1-Claude4.5Sonnet-output-tokens", "")},
		{"aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", cur("USE1-Claude4.5Sonnet-output-tokens", "Claude Sonnet 4.5")},
		{"aws.bedrock", "global.anthropic.claude-haiku-4-5-20251001-v1:0", cur("EUC1-ClaudeHaiku4.5-output-tokens-cross-region-global", "")},
		{"aws.bedrock", "amazon.nova-lite-v1:0", cur("USW2-NovaLite-output-tokens", "")},
		{"aws.bedrock", "meta.llama3-1-70b-instruct-v1:0", cur("USE1-Llama3-1-70B-output-tokens", "Llama 3.1 70B")},
		{"aws.bedrock", "anthropic.claude-3-5-sonnet-20241022-v2:0", cur("USE1-x-output-tokens", "Claude 3.5 Sonnet v2")},
		{"gcp.vertex_ai", "gemini-2.5-flash", "Service description,SKU description,Usage start date,Cost\nVertex AI,Gemini 2.5 Flash Text Output - Predictions,2026-10-05,1\n"},
		{"gcp.gemini", "gemini-2.0-flash-001", "Service description,SKU description,Usage start date,Cost\nGemini API,Generate content output token count gemini 2.0 flash,2026-10-05,1\n"},
		{"openai", "gpt-4o-2024-08-06", "date,provider,model,kind,usd\n2026-10-05,openai,gpt-4o,output,1\n"},
		{"anthropic", "claude-sonnet-4-5", "date,provider,model,kind,usd\n2026-10-05,anthropic,claude-sonnet-4-5-20250929,output,1\n"},
	} {
		rep := compare(t, c.invoice, traces(call{c.provider, c.traced, 100, 0}), reconcile.Options{})
		require.Empty(t, rep.Unmatched, c.invoice)
		require.True(t, rep.Within, c.invoice)
		require.Len(t, rep.Rows, 1, c.invoice)
		require.Equal(t, c.traced, rep.Rows[0].Model)
	}
}

func TestABilledModelThatTheTracesLackIsNamed(t *testing.T) {
	for _, other := range []string{"gpt-4o-mini", "gpt-4o-audio-preview", "gpt-4o-realtime-preview", "chatgpt-4o-latest", "gpt-4", "gpt-4o-2024-05-13"} {
		rep := compare(t, "date,provider,model,usd\n2026-10-05,openai,gpt-4o-2024-08-06,0.9\n2026-10-05,openai,"+other+",0.1\n",
			traces(call{"openai", "gpt-4o-2024-08-06", 100, 0}), reconcile.Options{})
		require.False(t, rep.Within, "%s: one model's surplus makes up for no other", other)
		require.Len(t, rep.Unmatched, 1, other)
		require.Equal(t, other, rep.Unmatched[0].Name)
		require.Equal(t, "0.1", reconcile.Decimal(rep.Unmatched[0].USD, 6))
	}
	azure := "Date,MeterCategory,MeterName,CostInBillingCurrency\n2026-10-05,Azure OpenAI,gpt-4o-mini-0718-Outp-glbl Tokens,1\n"
	rep := compare(t, azure, traces(call{"azure.ai.openai", "gpt-4o-2024-08-06", 100, 0}), reconcile.Options{})
	require.Len(t, rep.Unmatched, 1)
}

func TestDatesOfOneModelThatIsBilledWithoutAreOneRow(t *testing.T) {
	rep := compare(t, "date,provider,model,usd\n2026-10-05,openai,gpt-4o,3\n",
		traces(call{"openai", "gpt-4o-2024-08-06", 100, 0}, call{"openai", "gpt-4o-2024-11-20", 200, 0}), reconcile.Options{})
	require.True(t, rep.Within)
	require.Len(t, rep.Rows, 1)
	require.Equal(t, "gpt-4o", rep.Rows[0].Model)
}

func TestAnAliasOfThePriceBookIsFollowed(t *testing.T) {
	f, err := cost.Parse("own", []byte("version: 1\naliases:\n- {provider: azure.ai.openai, model: prod-chat, as: {provider: openai, model: gpt-4o}}\n"))
	require.NoError(t, err)
	book, err := cost.NewBookWithBundled(f)
	require.NoError(t, err)
	r := &model.Span{Kind: model.KindModelCall, CostCounted: true, Provider: "azure.ai.openai", RequestModel: "prod-chat", Start: day0}
	r.InputTotal, r.OutputTotal = model.Some(0), model.Some(100_000)
	c := reconcile.NewComputed(time.UTC)
	c.Add(r, book.Price(r))
	rep := compare(t, "Date,MeterCategory,MeterName,CostInBillingCurrency\n2026-10-05,Azure OpenAI,gpt 4o 0806 Outp glbl Tokens,1\n", c, reconcile.Options{})
	require.True(t, rep.Within)
	require.Empty(t, rep.Unmatched)
}

func TestAnEmptyAmountIsNoZero(t *testing.T) {
	cur := "line_item_usage_start_date,line_item_product_code,line_item_usage_type,line_item_net_unblended_cost,line_item_unblended_cost\n" +
		"2026-10-05T00:00:00Z,AmazonBedrock,USE1-NovaLite-output-tokens,,1\n2026-10-05T00:00:00Z,AmazonBedrock,USE1-NovaLite-output-tokens,0.5,1\n"
	rep := compare(t, cur, traces(call{"aws.bedrock", "amazon.nova-lite-v1:0", 150, 0}), reconcile.Options{})
	require.Equal(t, "1.5", reconcile.Decimal(rep.Billed, 6))
	require.True(t, rep.Within)
	for in, want := range map[string]string{
		"date,model,usd\n2026-10-05,gpt-4o,1\n2026-10-06,gpt-4o,\n": "line 3: the column usd is empty",
		"date,model,usd\n2026-10-05,gpt-4o\n":                       "line 2: the line has 2 fields and the header 3",
		"date,model,usd\n2026-10-05,,1\n":                           "line 2: the column model is empty",
	} {
		_, err := reconcile.Parse([]byte(in), reconcile.Options{})
		require.ErrorContains(t, err, want)
	}
}

func TestTaxesAndCreditsStandApart(t *testing.T) {
	cur := "line_item_usage_start_date,line_item_product_code,line_item_usage_type,line_item_unblended_cost,line_item_line_item_type\n" +
		"2026-10-05T00:00:00Z,AmazonBedrock,USE1-NovaLite-output-tokens,1,Usage\n" +
		"2026-10-05T00:00:00Z,AmazonBedrock,USE1-NovaLite-output-tokens,0.19,Tax\n" +
		"2026-10-05T00:00:00Z,AmazonBedrock,USE1-NovaLite-output-tokens,-0.5,Credit\n" +
		"2026-10-05T00:00:00Z,AmazonBedrock,USE1-NovaLite-output-tokens,-0.05,EdpDiscount\n"
	rep := compare(t, cur, traces(call{"aws.bedrock", "amazon.nova-lite-v1:0", 100, 0}), reconcile.Options{})
	require.True(t, rep.Within)
	require.InDelta(t, 1, *rep.Capture, 1e-12)
	require.Equal(t, []reconcile.Charge{{Charge: "credit", USD: big.NewRat(-1, 2)}, {Charge: "discount", USD: big.NewRat(-1, 20)}, {Charge: "tax", USD: big.NewRat(19, 100)}}, rep.Charges)

	rep = compare(t, "date,provider,model,usd\n2026-10-05,openai,gpt-4o,10.5\n2026-10-05,openai,gpt-4o,-10.5\n2026-10-31,openai,VAT,2\n", traces(call{"openai", "gpt-4o", 1050, 0}), reconcile.Options{})
	require.True(t, rep.Within)
	require.Len(t, rep.Charges, 2)
	require.Equal(t, "2026-10-05", rep.Last, "a charge is no day of usage")
}

func TestDecimalCommas(t *testing.T) {
	for in, want := range map[string]string{
		"date;model;usd\n2026-10-05;gpt-4o;10,50\n":                             "10.5",
		"date;model;usd\n2026-10-05;gpt-4o;1.234,50 €\n":                        "1234.5",
		"date;model;usd\n2026-10-05;gpt-4o;10.50\n":                             "10.5",
		"date;model;usd\n2026-10-05;gpt-4o;\"1,234\"\n2026-10-05;gpt-4o;0,5\n":  "1.734",
		"date,model,usd\n2026-10-05,gpt-4o,\"1,234\"\n2026-10-05,gpt-4o,0.50\n": "1234.5",
		"date,model,usd\n2026-10-05,gpt-4o,1.2E-05\n":                           "0.000012",
		"date,model,usd\n2026-10-05,gpt-4o,0.125\n":                             "0.125",
	} {
		inv, err := reconcile.Parse([]byte(in), reconcile.Options{})
		require.NoError(t, err, in)
		total := new(big.Rat)
		for _, l := range inv.Lines {
			total.Add(total, l.USD)
		}
		require.Equal(t, want, reconcile.Decimal(total, 6), in)
	}
	ambiguous := "date;model;usd\n2026-10-05;gpt-4o;1,234\n"
	_, err := reconcile.Parse([]byte(ambiguous), reconcile.Options{})
	require.ErrorContains(t, err, `line 2: "1,234" may be 1234 or 1.234`)
	require.ErrorContains(t, err, "--decimal comma")
	inv, err := reconcile.Parse([]byte(ambiguous), reconcile.Options{Decimal: reconcile.DecimalComma})
	require.NoError(t, err)
	require.Equal(t, "1.234", reconcile.Decimal(inv.Lines[0].USD, 6))
	_, err = reconcile.Parse([]byte("date;model;usd\n2026-10-05;gpt-4o;10,50\n2026-10-05;gpt-4o;10.50\n"), reconcile.Options{})
	require.ErrorContains(t, err, `line 3 writes "10.50" with a decimal point and line 2 "10,50" with a decimal comma`)
}

func TestAmbiguousDatesAreRefusedOrDecidedByTheOthers(t *testing.T) {
	_, err := reconcile.Parse([]byte("date,model,usd\n05/11/2026,gpt-4o,1\n"), reconcile.Options{})
	require.ErrorContains(t, err, `line 2: the date "05/11/2026" may have the day or the month first`)
	inv, err := reconcile.Parse([]byte("date,model,usd\n05/11/2026,gpt-4o,1\n"), reconcile.Options{DateOrder: reconcile.DayMonth})
	require.NoError(t, err)
	require.Equal(t, "2026-11-05", inv.Lines[0].Day)
	inv, err = reconcile.Parse([]byte("date,model,usd\n05/11/2026,gpt-4o,1\n13/11/2026,gpt-4o,1\n"), reconcile.Options{})
	require.NoError(t, err)
	require.Equal(t, "2026-11-05", inv.Lines[0].Day)
	require.Equal(t, []string{`dates are read as day, month, year, as line 3 writes "13/11/2026"`}, inv.Notes)
	_, err = reconcile.Parse([]byte("date,model,usd\n11/13/2026,gpt-4o,1\n13/11/2026,gpt-4o,1\n"), reconcile.Options{})
	require.ErrorContains(t, err, "with the month first")
	inv, err = reconcile.Parse([]byte("date,model,usd\n05.11.2026,gpt-4o,1\n"), reconcile.Options{})
	require.NoError(t, err)
	require.Equal(t, "2026-11-05", inv.Lines[0].Day)
	inv, err = reconcile.Parse([]byte("Date,MeterCategory,MeterName,CostInBillingCurrency\n05/11/2026,Azure OpenAI,gpt 4o Outp glbl Tokens,1\n"), reconcile.Options{})
	require.NoError(t, err)
	require.Equal(t, "2026-05-11", inv.Lines[0].Day)
	require.Len(t, inv.Notes, 1, "it is said that Azure's form was taken")
}

func TestRowsAndVerdictFollowOneRule(t *testing.T) {
	rep := compare(t, "date,provider,model,usd\n2026-10-05,openai,gpt-4o,0.030\n", traces(call{"openai", "gpt-4o", 2, 0}), reconcile.Options{})
	require.False(t, rep.Within, "a cent is no tolerance")
	require.False(t, rep.Rows[0].Within)
	var in = "date,provider,model,usd\n"
	var calls []call
	for d := range 5 {
		in += day0.AddDate(0, 0, d).Format("2006-01-02") + ",openai,gpt-4o,0.029\n"
		calls = append(calls, call{"openai", "gpt-4o", 1, d})
	}
	rep = compare(t, in, traces(calls...), reconcile.Options{})
	require.False(t, rep.Within)
	for _, r := range rep.Rows {
		require.False(t, r.Within)
		require.NotEmpty(t, r.Cause)
	}
}

func TestDaysThatTheInvoiceLacksAreNamed(t *testing.T) {
	in := "date,provider,model,usd\n2026-10-06,openai,gpt-4o,1\n2026-10-08,openai,gpt-4o,1\n"
	rep := compare(t, in, traces(call{"openai", "gpt-4o", 100, 1}, call{"openai", "gpt-4o", 100, 3}, call{"openai", "gpt-4o", 300, 0}, call{"openai", "gpt-4o", 1050, 4}, call{"anthropic", "claude", 100, 4}), reconcile.Options{})
	require.True(t, rep.Within)
	require.Equal(t, []string{"2026-10-05"}, rep.Before.Days)
	require.Equal(t, []string{"2026-10-09"}, rep.After.Days)
	require.Equal(t, "10.5", reconcile.Decimal(rep.After.USD, 6), "and not what another provider bills")
	rep = compare(t, in, traces(call{"openai", "gpt-4o", 100, 1}, call{"openai", "gpt-4o", 100, 2}, call{"openai", "gpt-4o", 100, 3}), reconcile.Options{})
	require.False(t, rep.Within)
	require.Equal(t, map[string]int{reconcile.CauseNotBilled: 1}, causes(rep))
	require.InDelta(t, -1, rep.Causes[reconcile.CauseNotBilled], 1e-12)
}

func TestEveryCurrencyHasItsRate(t *testing.T) {
	in := []byte("date,model,cost,currency\n2026-10-05,gpt-4o,1,EUR\n2026-10-05,gpt-4o,1,GBP\n")
	_, err := reconcile.Parse(in, reconcile.Options{FX: map[string]*big.Rat{"EUR": big.NewRat(21, 20)}})
	require.ErrorContains(t, err, "line 3: the amount is in GBP")
	require.ErrorContains(t, err, "--fx GBP=RATE")
	inv, err := reconcile.Parse(in, reconcile.Options{FX: map[string]*big.Rat{"EUR": big.NewRat(21, 20), "GBP": big.NewRat(13, 10)}})
	require.NoError(t, err)
	require.Equal(t, "1.3", reconcile.Decimal(inv.Lines[1].USD, 6))
	require.Equal(t, []string{"EUR", "GBP"}, inv.Currencies)
}

func TestAnswersOfAPIs(t *testing.T) {
	costs := `{"data":[{"starting_at":"2026-10-05T00:00:00Z","ending_at":"2026-10-06T00:00:00Z","results":[{"currency":"USD","amount":"150.5","description":"Claude Sonnet 4.5 Usage - Output Tokens","cost_type":"tokens","model":"claude-sonnet-4-5-20250929","service_tier":"batch","token_type":"output_tokens"}]}],"has_more":false,"next_page":null}`
	inv, err := reconcile.Parse([]byte(costs), reconcile.Options{})
	require.NoError(t, err)
	require.Equal(t, "anthropic", inv.Format)
	require.Equal(t, "1.505", reconcile.Decimal(inv.Lines[0].USD, 6), "the API reports cents")
	require.Equal(t, reconcile.KindOutput, inv.Lines[0].Kind)
	require.True(t, inv.Lines[0].Batch)

	usage := `{"data":[{"starting_at":"2026-10-05T00:00:00Z","results":[{"uncached_input_tokens":1500,"cache_creation":{"ephemeral_1h_input_tokens":1000,"ephemeral_5m_input_tokens":500},"cache_read_input_tokens":200,"output_tokens":500,"server_tool_use":{"web_search_requests":10},"model":"claude-sonnet-4-5"}]}],"has_more":false}`
	inv, err = reconcile.Parse([]byte(usage), reconcile.Options{})
	require.NoError(t, err)
	got := map[string]string{}
	for _, l := range inv.Lines {
		got[l.Kind] = l.Quantity.RatString()
	}
	require.Equal(t, map[string]string{"input": "1500", "cache_read": "200", "cache_write": "1500", "output": "500"}, got)

	page := func(more string) string {
		return `{"data":[{"start_time":1791158400,"results":[{"amount":{"value":0.25,"currency":"usd"},"line_item":"gpt-4o, output"}]}],"has_more":` + more + `}`
	}
	inv, err = reconcile.Parse([]byte(page("true")+"\n"+page("false")), reconcile.Options{})
	require.NoError(t, err)
	require.Len(t, inv.Lines, 2)
	for in, want := range map[string]string{
		page("true"): `"has_more": true`,
		`{"data":[{"start_time":1,"results":[{"input_tokens":{}}]}]}`: "data.results.input_tokens is an object",
		`[1]`: "it is a number",
		`{"data":[{"starting_at":"2026-10-05T00:00:00Z","results":[{"output_tokens":500}]}]}`:  "group it by model",
		`{"data":[{"start_time":1791158400,"results":[{"amount":{"value":1},"model":null}]}]}`: "group them by line_item",
	} {
		_, err := reconcile.Parse([]byte(in), reconcile.Options{})
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "Go struct")
		require.NotContains(t, err.Error(), "reconcile.")
	}
}

func TestTokensBelowZeroAreRefused(t *testing.T) {
	for _, in := range []string{
		"date,model,usd,tokens\n2026-10-05,gpt-4o,1,-5\n",
		"usage_date_utc,model_version,usage_input_tokens_no_cache,usage_output_tokens\n2026-10-05,claude-sonnet-4-5,-5,1\n",
		"start_time,model,input_tokens,input_cached_tokens,output_tokens,num_model_requests\n1791158400,gpt-4o,5,9,1,1\n",
	} {
		_, err := reconcile.Parse([]byte(in), reconcile.Options{})
		require.ErrorContains(t, err, "line 2")
	}
}

func TestUnitsOfMeters(t *testing.T) {
	for unit, want := range map[string]string{"1K": "3000", "100K": "300000", "1M": "3000000", "1M tokens": "3000000", "1K tokens": "3000", "1000": "3000", "Tokens": "3", "1/Month": "", "1 Hour": "", "1 GB/Month": "", "": ""} {
		inv, err := reconcile.Parse([]byte("Date,MeterCategory,MeterName,Quantity,UnitOfMeasure,CostInBillingCurrency\n2026-10-05,Azure OpenAI,gpt 4o Outp glbl,3,"+unit+",1\n"), reconcile.Options{})
		require.NoError(t, err)
		if q := inv.Lines[0].Quantity; want == "" {
			require.Nil(t, q, unit)
		} else {
			require.Equal(t, want, q.RatString(), unit)
		}
	}
}

func TestAWrongHeaderOfAPlainTable(t *testing.T) {
	_, err := reconcile.Parse([]byte("day,modelname,price\n2026-10-05,gpt-4o,1\n"), reconcile.Options{})
	require.EqualError(t, err, `the header fits no known export: a plain CSV has the columns date, model and usd, and it lacks date (is it "day"?), model (is it "modelname"?), usd (is it "price"?); the file has day, modelname, price`)
}

// Given calls of OpenAI's models at Azure, when they are compared with Azure's
// invoice, then the address that they went to says that Azure bills them; where
// no address is known, the report says that they may be what is missing.
func TestCallsAtAzureThatAreTracedAsOpenAI(t *testing.T) {
	invoice := "Date,MeterCategory,MeterName,CostInBillingCurrency\n2026-10-05,Azure OpenAI,gpt-4o-0806-Outp-glbl Tokens,1\n"
	traced := func(address string, usd model.Money) *reconcile.Computed {
		c := reconcile.NewComputed(time.UTC)
		r := &model.Span{Kind: model.KindModelCall, CostCounted: true, Provider: "openai", ResponseModel: "gpt-4o-2024-08-06", BaseURL: address, Start: day0}
		r.OutputTotal = model.Some(100_000)
		c.Add(r, model.Cost{Status: model.CostPriced, USD: usd, Output: usd})
		return c
	}
	for _, address := range []string{"https://my-resource.openai.azure.com/openai/deployments/chat", "my-resource.openai.azure.com", "https://x.cognitiveservices.azure.com:443/"} {
		rep := compare(t, invoice, traced(address, model.USD), reconcile.Options{})
		require.True(t, rep.Within, address)
		require.Equal(t, "azure", rep.Rows[0].Provider)
	}
	for _, address := range []string{"", "https://api.openai.com/v1", "https://evil.example/openai.azure.com", "https://a1b2.execute-api.eu-west-1.amazonaws.com/v1", "llm-1.eu-west-1.elb.amazonaws.com"} {
		rep := compare(t, invoice, traced(address, model.USD), reconcile.Options{})
		require.False(t, rep.Within, address)
		require.Len(t, rep.Rows, 1)
		require.Equal(t, reconcile.CauseProvider, rep.Rows[0].Cause)
		require.Contains(t, rep.Rows[0].Why, "1 USD of this model on that day under the provider openai")
	}

	// Given an invoice of OpenAI, then what went to Azure is no part of it.
	rep := compare(t, "date,provider,model,kind,usd\n2026-10-05,openai,gpt-4o,output,1\n", traced("https://my-resource.openai.azure.com/", model.USD), reconcile.Options{})
	require.False(t, rep.Within)
	require.Equal(t, reconcile.CauseProvider, rep.Rows[0].Cause)
	require.Contains(t, rep.Rows[0].Why, "under the provider azure")
}
