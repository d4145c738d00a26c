package budget_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/cost/budget"
	"github.com/windage-dev/windage/cost/spend"
	"github.com/windage-dev/windage/model"
)

// usual is spend with a working day and quiet nights and weekends, perWeek
// USD a week, on a grid of five minutes over weeks weeks that end at end.
func usual(end time.Time, weeks int, perWeek float64, factor func(time.Time) float64) *spend.Series {
	const step = 5 * time.Minute
	n := weeks * 7 * 24 * 12
	s := &spend.Series{Start: end.Add(-time.Duration(n) * step), Step: step, USD: make([]model.Money, n)}
	weight := func(t time.Time) float64 {
		if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
			return 0.2
		}
		return 1 + math.Sin((float64(t.Hour())-8)/24*2*math.Pi)
	}
	var total float64
	for i := range 7 * 24 * 12 {
		total += weight(s.Start.Add(time.Duration(i) * step))
	}
	for i := range s.USD {
		t := s.Start.Add(time.Duration(i) * step)
		f := 1.0
		if factor != nil {
			f = factor(t)
		}
		s.USD[i] = model.Money(perWeek * weight(t) / total * f * float64(model.USD))
	}
	return s
}

func kinds(st budget.Status) []string {
	var out []string
	for _, f := range st.Findings {
		out = append(out, f.Kind)
	}
	return out
}

var monthly = budget.Spec{Name: "support", Product: "support-copilot", Limit: 5000 * model.USD, Period: budget.Month, Shape: "learnt"}

func TestOnPlanIsQuiet(t *testing.T) {
	end := time.Date(2026, 10, 29, 0, 0, 0, 0, time.UTC)
	h := usual(end, 8, 1000, nil)
	for now := end.AddDate(0, 0, -14); now.Before(end); now = now.Add(3 * time.Hour) {
		st := budget.Evaluate(monthly, h, now)
		require.Empty(t, st.Findings, now)
	}
}

func TestTwentyTimesThePlanPages(t *testing.T) {
	end := time.Date(2026, 10, 14, 15, 0, 0, 0, time.UTC)
	h := usual(end, 8, 1000, func(at time.Time) float64 {
		if at.After(end.Add(-time.Hour)) {
			return 20
		}
		return 1
	})
	st := budget.Evaluate(monthly, h, end)
	require.Contains(t, kinds(st), "burn_fast")
	require.Equal(t, model.Page, st.Findings[0].Severity)
	require.Contains(t, st.Findings[0].Evidence, `Budget "support"`)
	require.Equal(t, model.StateBreached, st.Model().State)
}

// Given a budget that is spent and a pace still far above plan, then the words
// say that it is spent, and not when it will be.
func TestABurnOfASpentBudgetSaysThatItIsSpent(t *testing.T) {
	end := time.Date(2026, 10, 14, 15, 0, 0, 0, time.UTC)
	h := usual(end, 8, 1000, func(at time.Time) float64 {
		if at.After(end.Add(-8 * time.Hour)) {
			return 60
		}
		return 1
	})
	st := budget.Evaluate(monthly, h, end)
	require.Contains(t, kinds(st), "burn_fast")
	require.Greater(t, st.Used.Float(), monthly.Limit.Float())
	require.Regexp(t, `All of the budget is spent, \d{3} % of it\.`, st.Findings[0].Evidence)
	require.NotContains(t, st.Findings[0].Evidence, "gone")
}

func TestForecastCoversWhatCame(t *testing.T) {
	end := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	h := usual(end, 9, 1000, nil)
	actual := h.Between(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), end)
	st := budget.Evaluate(monthly, h, time.Date(2026, 10, 12, 9, 0, 0, 0, time.UTC))
	require.True(t, st.Forecast.OK)
	require.InEpsilon(t, actual, st.Forecast.USD, 0.03)
	require.LessOrEqual(t, st.Forecast.Low, st.Forecast.USD)
	require.GreaterOrEqual(t, st.Forecast.High, st.Forecast.USD)

	over := monthly
	over.Limit = 2000 * model.USD
	require.Contains(t, kinds(budget.Evaluate(over, h, time.Date(2026, 10, 12, 9, 0, 0, 0, time.UTC))), "forecast_over")
}

func TestCapsAndCommitments(t *testing.T) {
	end := time.Date(2026, 10, 29, 0, 0, 0, 0, time.UTC)
	h := usual(end, 8, 1000, nil)
	hard := monthly
	hard.Limit, hard.Cap = 3900*model.USD, 3900*model.USD
	st := budget.Evaluate(hard, h, end)
	require.Equal(t, []string{"cap_reached"}, kinds(st), "the budget is its own cap: said once")
	require.Equal(t, model.Page, st.Findings[0].Severity)
	require.Equal(t, 3900*model.USD, st.Model().Cap)

	above := monthly
	above.Limit, above.Cap = 3900*model.USD, 4100*model.USD
	require.Equal(t, []string{"cap_forecast", "exhausted"}, kinds(budget.Evaluate(above, h, end)))
	above.Cap = 9000 * model.USD
	require.Equal(t, []string{"exhausted"}, kinds(budget.Evaluate(above, h, end)))

	committed := monthly
	committed.Commitment = 4900 * model.USD
	require.Equal(t, []string{"commitment_under"}, kinds(budget.Evaluate(committed, h, end)))
	early := time.Date(2026, 10, 10, 0, 0, 0, 0, time.UTC)
	require.Empty(t, kinds(budget.Evaluate(committed, h, early)), "there is time to use it up")
	committed.Commitment = 4000 * model.USD
	require.Empty(t, kinds(budget.Evaluate(committed, h, end)), "it will be used up")
}

func TestACapPagesBeforeItIsReached(t *testing.T) {
	end := time.Date(2026, 10, 14, 15, 0, 0, 0, time.UTC)
	h := usual(end, 8, 1000, func(at time.Time) float64 {
		if at.After(end.Add(-time.Hour)) {
			return 300
		}
		return 1
	})
	used := h.Between(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), end)
	capped := monthly
	capped.Limit = 3000 * model.USD
	capped.Cap = model.Money((used + 200) * float64(model.USD))
	st := budget.Evaluate(capped, h, end)
	require.Contains(t, kinds(st), "cap_near")
	for _, f := range st.Findings {
		if f.Kind == "cap_near" {
			require.Equal(t, model.Page, f.Severity)
			require.Contains(t, f.Evidence, "it is reached at Wed 14 Oct 15:")
		}
	}
}

func TestUnpricedSpendIsALowerBound(t *testing.T) {
	end := time.Date(2026, 10, 29, 0, 0, 0, 0, time.UTC)
	h := usual(end, 8, 10_000, nil)
	h.Unpriced = make([]int64, len(h.USD))
	h.Unpriced[len(h.USD)-10] = 3
	st := budget.Evaluate(monthly, h, end)
	require.True(t, st.Lower)
	require.Contains(t, st.Findings[0].Evidence, "3 calls have no price")
}

func TestABudgetIsNotHeldByCallsWithoutAPrice(t *testing.T) {
	end := time.Date(2026, 10, 29, 0, 0, 0, 0, time.UTC)
	series := func(usd model.Money, calls, unpriced int64) *spend.Series {
		s := &spend.Series{Start: end.AddDate(0, 0, -40), Step: time.Hour}
		for range 40 * 24 {
			s.USD, s.Calls, s.Unpriced = append(s.USD, usd), append(s.Calls, calls), append(s.Unpriced, 0)
		}
		s.Unpriced[len(s.Unpriced)-2] = unpriced
		return s
	}
	for name, test := range map[string]struct {
		history *spend.Series
		state   model.State
		used    bool
		why     string
	}{
		"all calls priced":           {series(model.USD, 10, 0), model.StateOK, true, "planned by now"},
		"a few of very many without": {series(model.USD, 10, 50), model.StateOK, true, "50 calls have no price"},
		"too many without":           {series(model.USD, 10, 500), model.StateUnknown, true, "500 calls have no price: the true spend is higher"},
		"not one with a price":       {series(0, 0, 60), model.StateUnknown, false, "none of 60 calls has a price"},
		"no call at all":             {series(0, 0, 0), model.StateOK, true, "0.00 USD"},
	} {
		t.Run(name, func(t *testing.T) {
			st := budget.Evaluate(monthly, test.history, end)
			got := st.Model()
			require.Equal(t, test.state, got.State)
			require.Contains(t, got.Why, test.why)
			require.Equal(t, test.used, got.UsedUSD != nil)
		})
	}
	t.Run("what had no price in an earlier period is of that period", func(t *testing.T) {
		h := series(model.USD, 10, 0)
		h.Unpriced[0] = 10_000
		st := budget.Evaluate(monthly, h, end)
		require.Zero(t, st.Unpriced)
	})
}

func TestNoHistorySaysSo(t *testing.T) {
	now := time.Date(2026, 10, 29, 0, 0, 0, 0, time.UTC)
	st := budget.Evaluate(monthly, &spend.Series{Start: now, Step: time.Minute}, now)
	require.False(t, st.Forecast.OK)
	require.NotEmpty(t, st.Forecast.Reason)
	require.Empty(t, st.Findings)
}

func TestPeriodsFollowTheCalendarOfTheirZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for _, c := range []struct {
		period     budget.Period
		at         time.Time
		start, end string
		hours      float64
	}{
		{budget.Day, time.Date(2026, 3, 29, 12, 0, 0, 0, berlin), "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23},
		{budget.Day, time.Date(2026, 10, 25, 12, 0, 0, 0, berlin), "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25},
		{budget.Month, time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC), "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z", 720},
		{budget.Week, time.Date(2026, 10, 25, 12, 0, 0, 0, berlin), "2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z", 169},
		{budget.Quarter, time.Date(2026, 11, 2, 0, 0, 0, 0, berlin), "2026-09-30T22:00:00Z", "2026-12-31T23:00:00Z", 24*92 + 1},
	} {
		start, end := c.period.Bounds(c.at, berlin)
		require.Equal(t, c.start, start.UTC().Format(time.RFC3339), c.period)
		require.Equal(t, c.end, end.UTC().Format(time.RFC3339), c.period)
		require.InDelta(t, c.hours, end.Sub(start).Hours(), 1e-9)
	}
}

func TestBadBudgets(t *testing.T) {
	for want, s := range map[string]budget.Spec{
		"above 0":     {Name: "a", Period: budget.Month},
		"none of day": {Name: "a", Limit: model.USD, Period: "fortnight"},
		"always_on":   {Name: "a", Limit: model.USD, Period: budget.Day, Shape: "wavy"},
		"a cap of":    {Name: "a", Limit: 2 * model.USD, Period: budget.Day, Cap: model.USD},
		"commitment":  {Name: "a", Limit: 2 * model.USD, Period: budget.Day, Commitment: 3 * model.USD},
	} {
		require.ErrorContains(t, s.Validate(), want)
	}
	require.NotEmpty(t, budget.Overlaps([]budget.Spec{monthly, monthly}))
	daily := monthly
	daily.Period = budget.Day
	require.Empty(t, budget.Overlaps([]budget.Spec{monthly, daily}))
}

// Spend that never exceeds what the shape plans never burns above 1.
func TestBurnIsAgainstThePlanOfTheSameHours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hour := rapid.IntRange(0, 24*28-1).Draw(t, "hour")
		end := time.Date(2026, 10, 29, 0, 0, 0, 0, time.UTC)
		h := usual(end, 8, 900, nil)
		st := budget.Evaluate(monthly, h, end.Add(-time.Duration(hour)*time.Hour))
		for _, b := range st.Burns {
			require.Less(t, b.LongRatio, 1.3)
		}
	})
}
