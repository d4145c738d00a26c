package infra_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/cost/infra"
	"github.com/windage-dev/windage/model"
)

var noon = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)

var gpu = infra.Resource{Name: "gpu", PerHour: 4 * model.USD, By: infra.BusyTime, Models: []string{"llama"}}

func call(at time.Time, d time.Duration, tokens int64) *model.Span {
	s := &model.Span{Kind: model.KindModelCall, ResponseModel: "llama", Start: at, Duration: d}
	s.InputTotal, s.OutputTotal = model.Some(tokens), model.Some(0)
	return s
}

func TestAnHourIsSharedByBusyTimeOrTokens(t *testing.T) {
	calls := []*model.Span{call(noon, 30*time.Second, 300), call(noon.Add(time.Minute), 90*time.Second, 100)}
	a, err := infra.Allocate(gpu, calls, noon, noon.Add(2*time.Hour))
	require.NoError(t, err)
	require.Equal(t, 8*model.USD, a.Total)
	require.Equal(t, 4*model.USD, a.Idle, "the second hour served nobody")
	require.Equal(t, model.USD, a.Shares[0].USD)
	require.Equal(t, 3*model.USD, a.Shares[1].USD)
	require.InDelta(t, 120./7200, a.Busy, 1e-9)
	require.Equal(t, "20", a.PerThousandTokens().RatString(), "8 USD for 400 tokens")

	byTokens := gpu
	byTokens.By = infra.Tokens
	a, err = infra.Allocate(byTokens, calls, noon, noon.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 3*model.USD, a.Shares[0].USD)
}

func TestNothingServedIsAllIdleAndHasNoPrice(t *testing.T) {
	other := call(noon, time.Second, 10)
	other.ResponseModel = "gpt-4o"
	a, err := infra.Allocate(gpu, []*model.Span{other}, noon, noon.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, a.Total, a.Idle)
	require.Nil(t, a.PerThousandTokens())
}

func TestBadResources(t *testing.T) {
	for want, mod := range map[string]func(*infra.Resource){
		"needs a name":   func(r *infra.Resource) { r.Name = "" },
		"is negative":    func(r *infra.Resource) { r.PerHour = -1 },
		"none of busy":   func(r *infra.Resource) { r.By = "luck" },
		"serves no":      func(r *infra.Resource) { r.Models = nil },
		"ends before it": func(r *infra.Resource) { r.From, r.To = noon, noon.Add(-time.Hour) },
	} {
		r := gpu
		mod(&r)
		_, err := infra.Allocate(r, nil, noon, noon.Add(time.Hour))
		require.ErrorContains(t, err, want)
	}
}

// Whatever the calls, the shares and the idle hours are exactly the bill.
func TestTheSharesAreTheBill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := gpu
		r.PerHour = model.Money(rapid.Int64Range(0, 1e14).Draw(t, "perHour"))
		r.By = rapid.SampledFrom([]infra.By{infra.BusyTime, infra.Tokens}).Draw(t, "by")
		var calls []*model.Span
		for range rapid.IntRange(0, 40).Draw(t, "n") {
			calls = append(calls, call(noon.Add(time.Duration(rapid.IntRange(0, 5*3600).Draw(t, "at"))*time.Second), time.Duration(rapid.IntRange(0, 900).Draw(t, "s"))*time.Second, rapid.Int64Range(0, 5000).Draw(t, "tokens")))
		}
		a, err := infra.Allocate(r, calls, noon.Add(7*time.Minute), noon.Add(4*time.Hour+13*time.Minute))
		require.NoError(t, err)
		sum := a.Idle
		for _, s := range a.Shares {
			require.GreaterOrEqual(t, s.USD, model.Money(0))
			sum += s.USD
		}
		require.Equal(t, a.Total, sum)
	})
}

func use(at time.Time, product, name string, busy time.Duration, tokens, calls int64) infra.Usage {
	return infra.Usage{Minute: at, Product: product, Model: name, Busy: busy, Tokens: tokens, Calls: calls}
}

func TestUsageByMinuteIsSharedLikeCalls(t *testing.T) {
	usage := []infra.Usage{
		use(noon, "a", "llama", 30*time.Second, 300, 3), use(noon.Add(time.Minute), "b", "llama", 90*time.Second, 100, 1),
		use(noon, "a", "other", time.Hour, 1, 1), {Minute: noon, Product: "a", DataSource: "kb", Busy: time.Second, Calls: 1},
	}
	a, err := infra.AllocateUsage(gpu, usage, noon, noon.Add(2*time.Hour))
	require.NoError(t, err)
	require.Equal(t, 4*model.USD, a.Idle)
	require.Equal(t, []infra.Part{{"b", "llama", 3 * model.USD, 1, 100}, {"a", "llama", model.USD, 3, 300}}, a.Parts())
	require.InDelta(t, 2./120, a.Busy, 1e-9, "two minutes of two hours")
	require.EqualValues(t, 400, a.Tokens)

	store := infra.Resource{Name: "vectors", PerHour: model.USD, By: infra.BusyTime, DataSources: []string{"kb"}}
	a, err = infra.AllocateUsage(store, usage, noon, noon.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, []infra.Part{{"a", "kb", model.USD, 1, 0}}, a.Parts())
	require.Nil(t, a.PerThousandTokens(), "a data source has no tokens")
}

// Whatever was served, by whomever, the parts and the idle hours are the bill.
func TestThePartsAreTheBill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := gpu
		r.PerHour = model.Money(rapid.Int64Range(0, 1e14).Draw(t, "perHour"))
		r.By = rapid.SampledFrom([]infra.By{infra.BusyTime, infra.Tokens}).Draw(t, "by")
		var usage []infra.Usage
		for range rapid.IntRange(0, 40).Draw(t, "n") {
			usage = append(usage, use(noon.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "at"))*time.Minute), rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "product"),
				rapid.SampledFrom([]string{"llama", "other"}).Draw(t, "model"), time.Duration(rapid.IntRange(0, 900).Draw(t, "s"))*time.Second, rapid.Int64Range(0, 5000).Draw(t, "tokens"), 1))
		}
		a, err := infra.AllocateUsage(r, usage, noon.Add(7*time.Minute), noon.Add(4*time.Hour+13*time.Minute))
		require.NoError(t, err)
		sum := a.Idle
		for _, p := range a.Parts() {
			sum += p.USD
		}
		require.Equal(t, a.Total, sum)
		require.LessOrEqual(t, a.Busy, 1.)
	})
}

// Hours that are cut in the middle lose nothing: 4.10 × 24 is 98.4 wherever
// the day begins.
func TestADayIsTwentyFourHours(t *testing.T) {
	r := gpu
	r.PerHour = 4*model.USD + model.USD/10
	for _, past := range []time.Duration{0, time.Nanosecond, 7*time.Minute + 13*time.Second + 7*time.Nanosecond, 59*time.Minute + 59*time.Second} {
		from := noon.Add(past)
		a, err := infra.Allocate(r, []*model.Span{call(from.Add(time.Minute), time.Second, 10)}, from, from.Add(24*time.Hour))
		require.NoError(t, err)
		require.Equal(t, "98.4", a.Total.String(), past)
		var shares model.Money
		for _, s := range a.Shares {
			shares += s.USD
		}
		require.Equal(t, a.Total, a.Idle+shares)
	}
}

// Calls one by one and the same added up by the minute are busy alike.
func TestBusyIsOneMeasure(t *testing.T) {
	calls := []*model.Span{call(noon, 200*time.Millisecond, 10), call(noon.Add(20*time.Second), time.Second, 10), call(noon.Add(3*time.Minute), time.Second, 10)}
	one, err := infra.Allocate(gpu, calls, noon, noon.Add(time.Hour))
	require.NoError(t, err)
	usage := []infra.Usage{{Minute: noon, Model: "llama", Calls: 2, Busy: 1200 * time.Millisecond, Tokens: 20}, {Minute: noon.Add(3 * time.Minute), Model: "llama", Calls: 1, Busy: time.Second, Tokens: 10}}
	summed, err := infra.AllocateUsage(gpu, usage, noon, noon.Add(time.Hour))
	require.NoError(t, err)
	require.InDelta(t, 2./60, one.Busy, 1e-12)
	require.InDelta(t, summed.Busy, one.Busy, 1e-12)
}
