package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// serving answers with a snapshot.
func serving(t *testing.T, s *model.Snapshot) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(s)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestBudgets(t *testing.T) {
	forecast, used, over := 90.0, 40.0, 0.6
	now := time.Now().UTC()
	s := &model.Snapshot{ComputedAt: now, Budgets: []model.BudgetStatus{
		{
			Name: "monthly", Product: "support", Limit: 100 * model.USD, Cap: 120 * model.USD, Commitment: 60 * model.USD, Period: "month", End: now,
			UsedUSD: &used, Unpriced: 2, Planned: 50, Forecast: model.Estimate{Value: &forecast, Interval: &model.Interval95{Low: 80, High: 110}}, State: model.StateOK, Why: "On plan.",
		},
		{Name: "daily", Product: "triage", Team: "claims", Limit: model.USD / 2, Period: "day", End: now, UsedUSD: &over, State: model.StateBreached, Why: "The cap is reached.", Forecast: model.Estimate{Reason: "too little"}},
		{Name: "new", Product: "chat", Limit: model.USD, Period: "day", End: now, Unpriced: 60, State: model.StateUnknown, Why: "Not known.", Forecast: model.Estimate{Reason: "too little"}},
	}}
	url := serving(t, s)

	code, out, errs := windage("", "budgets", "--http", url, "--csv")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "monthly,support,,,month,"+now.Format(time.RFC3339)+",100,40.00,40.0%,2,50.00,90.00,80.00,110.00,120,60,ok,On plan.")
	require.Contains(t, out, ",triage,claims,,day,"+now.Format(time.RFC3339)+",0.5,0.60,120.0%,0,0.00,,,,,,breached,The cap is reached.", "what is not known or set is empty, not 0")

	require.Contains(t, out, ",1,,,60,0.00,", "what calls without a price cost is not 0")

	code, out, errs = windage("", "budgets", "--http", url, "--product", "triage", "--json", "--check")
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "1 of 1 budgets are broken")
	require.Contains(t, out, `"forecast":null`)
	require.NotContains(t, out, "support")

	code, _, errs = windage("", "budgets", "--http", url, "--product", "nobody")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "no budget is set for product nobody")
}

func TestInfra(t *testing.T) {
	price := 0.2
	s := &model.Snapshot{ComputedAt: time.Now().UTC(), Infra: []model.InfraStatus{{
		Name: "gpu", USD: 100, IdleUSD: 25, Busy: 0.5, Calls: 9, Tokens: 500_000, PerThousandTokens: &price,
		Parts: []model.InfraPart{{Product: "support", Served: "llama", USD: 75, Calls: 9, Tokens: 500_000}},
	}}}
	code, out, errs := windage("", "infra", "--http", serving(t, s), "--csv")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "gpu,total,,,100.000000,100.0%,50.0%,9,500000,0.200000\ngpu,idle,,,25.000000,25.0%,,,,\ngpu,served,support,llama,75.000000,75.0%,,9,500000,\n")

	code, _, errs = windage("", "infra", "--http", serving(t, &model.Snapshot{ComputedAt: time.Now()}))
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "nothing is paid by the hour")
}
