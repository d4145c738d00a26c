package runaway_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/cost/blowout/runaway"
	"github.com/windage-dev/windage/model"
)

var t0 = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func call(session string, at time.Time, usd model.Money, input int64) *model.Span {
	s := &model.Span{Kind: model.KindModelCall, CostCounted: true, Product: "support", SessionID: session, Start: at, Duration: time.Second}
	s.InputTotal = model.Some(input)
	s.Cost = &model.Cost{USD: usd, Status: model.CostPriced}
	return s
}

func tool(session, name string, args uint64, at time.Time) *model.Span {
	return &model.Span{Kind: model.KindToolCall, Product: "support", SessionID: session, ToolName: name, ToolArgsHash: args, Start: at, Duration: time.Second}
}

func first(d *runaway.Detector, rows []*model.Span) (runaway.Finding, int) {
	for i, r := range rows {
		if f, ok := d.Observe(r); ok {
			return f, i
		}
	}
	return runaway.Finding{}, -1
}

func TestReasons(t *testing.T) {
	sec := func(i int) time.Time { return t0.Add(time.Duration(i) * 2 * time.Second) }
	for reason, rows := range map[string]func() []*model.Span{
		runaway.ReasonLoop: func() (out []*model.Span) {
			for i := range 30 {
				out = append(out, call("s", sec(2*i), model.Micro, 100), tool("s", "search", 7, sec(2*i+1)))
			}
			return out
		},
		runaway.ReasonContext: func() (out []*model.Span) {
			for i := range 30 {
				out = append(out, call("s", sec(i), model.USD/10, int64(1000+500*i)))
			}
			return out
		},
		runaway.ReasonRetries: func() (out []*model.Span) {
			for i := range 10 {
				c := call("s", sec(i), 0, 100)
				c.Status = "error"
				out = append(out, c)
			}
			return out
		},
		runaway.ReasonCalls: func() (out []*model.Span) {
			for i := range 60 {
				out = append(out, call("s", sec(i), model.Micro, int64(100+i%2)))
			}
			return out
		},
		runaway.ReasonCost: func() []*model.Span { return []*model.Span{call("s", t0, 6*model.USD, 100)} },
	} {
		t.Run(reason, func(t *testing.T) {
			f, at := first(runaway.New(runaway.Config{}), rows())
			require.GreaterOrEqual(t, at, 0)
			require.Equal(t, reason, f.Reason)
			require.Contains(t, f.Evidence, "session of support")
		})
	}
}

// Given an amount to twelve decimals, when it is told, it is rounded.
func TestEvidenceRoundsAmounts(t *testing.T) {
	f, at := first(runaway.New(runaway.Config{}), []*model.Span{call("s", t0, 6*model.USD+123_456_789_012, 100)})
	require.GreaterOrEqual(t, at, 0)
	require.Contains(t, f.Evidence, "it has spent 6.12 USD without a pause, more than 5. 1 call, 100 tokens and 6.12 USD in")
}

func TestAPersonInTheLoopIsNoRunaway(t *testing.T) {
	d := runaway.New(runaway.Config{})
	// A long chat: every turn re-sends the conversation, half a minute apart, each in a trace of its own.
	for i := range 40 {
		c := call("chat", t0.Add(time.Duration(i)*30*time.Second), model.USD/100, int64(1000+700*i))
		binary.BigEndian.PutUint64(c.TraceID[:], uint64(i+1))
		c.InputHash = 5
		_, ok := d.Observe(c)
		require.False(t, ok, i)
	}
}

func TestWhatIsNotTheProductsOwnIsNotCounted(t *testing.T) {
	d := runaway.New(runaway.Config{})
	for i := range 100 {
		c := call("s", t0.Add(time.Duration(i)*time.Second), model.USD, 100)
		switch i % 3 {
		case 0:
			c.CostCounted = false
		case 1:
			c.Purpose = "evaluation"
		case 2:
			c.Purpose = "shadow"
		}
		_, ok := d.Observe(c)
		require.False(t, ok)
	}
}

func TestUnpricedRunsAreStillGuarded(t *testing.T) {
	d := runaway.New(runaway.Config{AssumeUSDPerMTok: 15, MaxUSD: model.USD})
	c := call("s", t0, 0, 200_000)
	c.Cost = &model.Cost{Status: model.CostUnpriced}
	f, ok := d.Observe(c)
	require.True(t, ok)
	require.Equal(t, "3", f.USD.String())
}

// One session loops among a million open ones: it is found in bounded memory.
func TestAMillionOpenSessions(t *testing.T) {
	if testing.Short() {
		t.Skip("a million sessions take a second: run without -short")
	}
	const sessions = 1_000_000
	d := runaway.New(runaway.Config{Runs: 1 << 15})
	rng := rand.New(rand.NewPCG(1, 2))
	ids := make([]string, sessions)
	for i := range ids {
		ids[i] = fmt.Sprint("s", i)
	}
	found := -1
	loops := 0
	for i := range 3 * sessions {
		at := t0.Add(time.Duration(i) * 100 * time.Microsecond) // 10,000 calls a second
		if _, ok := d.Observe(call(ids[rng.IntN(sessions)], at, model.USD/1000, 100)); ok {
			t.Fatal("an ordinary session was called a runaway")
		}
		if i%20_000 == 0 { // one call of the runaway every two seconds
			loops++
			if f, ok := d.Observe(tool("runaway", "search", 9, at)); ok && found < 0 {
				found = loops
				require.Equal(t, "runaway", f.ID)
			}
		}
	}
	require.LessOrEqual(t, d.Open(), 1<<15)
	require.Positive(t, found, "the runaway was lost")
	require.LessOrEqual(t, found, 15)
}

// Whatever the stream, memory is bounded and a run is never charged with
// another's spend.
func TestNeverMoreThanWasSpent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := runaway.New(runaway.Config{Runs: 4, MaxUSD: 3})
		spent := map[string]model.Money{}
		for i := range rapid.IntRange(1, 200).Draw(t, "n") {
			id := fmt.Sprint(rapid.IntRange(0, 12).Draw(t, "session"))
			spent[id]++
			if f, ok := d.Observe(call(id, t0.Add(time.Duration(i)*time.Minute/4), 1, 0)); ok {
				require.LessOrEqual(t, f.USD, spent[id])
			}
			require.LessOrEqual(t, d.Open(), 4)
		}
	})
}

func TestBeforeTwentyTimesTheMedian(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	d := runaway.New(runaway.Config{})
	var costs []model.Money
	var calls []int64
	for range 5000 {
		costs = append(costs, model.Money(0.02*math.Exp(0.7*rng.NormFloat64())*float64(model.USD)))
		calls = append(calls, 2+int64(rng.IntN(10)))
	}
	d.Seed("support", "", costs, calls)
	sort.Slice(costs, func(i, j int) bool { return costs[i] < costs[j] })
	median := costs[2500]
	var spent model.Money
	for i := range 200 {
		usd := model.Money(rng.IntN(int(median/3))) + median/8
		spent += usd
		if f, ok := d.Observe(call("s", t0.Add(time.Duration(i)*4*time.Second), usd, 1000+int64(rng.IntN(300)))); ok {
			require.Less(t, spent, 20*median, f.Evidence)
			return
		}
	}
	t.Fatal("not found")
}

func BenchmarkObserve(b *testing.B) {
	d := runaway.New(runaway.Config{})
	rows := make([]*model.Span, 1<<17)
	for i := range rows {
		rows[i] = call(fmt.Sprint("s", i), t0.Add(time.Duration(i)*time.Millisecond), model.USD/1000, 100)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.Observe(rows[i%len(rows)])
	}
}
