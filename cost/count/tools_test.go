package count

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/model"
)

// tool is one telling of a tool run; at and length are in milliseconds.
func tool(trace, id, parent byte, scope, name, callID string, at, length int) *model.Span {
	s := &model.Span{
		Kind: model.KindToolCall, TraceID: model.TraceID{trace}, SpanID: model.SpanID{id, trace}, Name: name, ToolName: name, ToolCallID: callID,
		ScopeName: scope, ServiceName: "shop", Start: time.Unix(1_790_000_000, 0).Add(time.Duration(at) * time.Millisecond), Duration: time.Duration(length) * time.Millisecond,
	}
	if parent != 0 {
		s.ParentSpanID = model.SpanID{parent, trace}
	}
	return s
}

func TestOneToolRunIsOneRow(t *testing.T) {
	inService := func(s *model.Span, service, kind string) *model.Span {
		s.ServiceName, s.OTelKind = service, kind
		return s
	}
	withArgs := func(s *model.Span) *model.Span {
		s.ToolArgsHash = 42
		return s
	}
	failed := func(s *model.Span) *model.Span {
		s.Status = "error"
		return s
	}
	for name, test := range map[string]struct {
		rows  []*model.Span
		runs  int
		rules []string
	}{
		"two scopes under the model's id, in two traces": {
			rows: []*model.Span{tool(1, 1, 0, "a", "search", "call_1", 0, 30), tool(2, 1, 0, "b", "run search", "call_1", 1, 30)},
			runs: 1, rules: []string{RuleToolCall},
		},
		"three scopes under the model's id": {
			rows: []*model.Span{tool(1, 1, 0, "a", "search", "call_1", 0, 30), tool(2, 1, 0, "b", "search", "call_1", 1, 30), tool(3, 1, 0, "c", "search", "call_1", 2, 30)},
			runs: 1, rules: []string{RuleToolCall, RuleToolCall},
		},
		"one scope ran a tool again under one id": {
			rows: []*model.Span{tool(1, 1, 0, "a", "search", "call_1", 0, 30), tool(1, 2, 0, "a", "search", "call_1", 10, 30)},
			runs: 2,
		},
		"an id that is used again, much later": {
			rows: []*model.Span{tool(1, 1, 0, "a", "search", "call_1", 0, 30), tool(2, 1, 0, "b", "search", "call_1", 60_000, 30)},
			runs: 2,
		},
		"two ids are two runs, however alike": {
			rows: []*model.Span{tool(1, 1, 0, "a", "search", "call_1", 0, 30), tool(2, 1, 0, "b", "search", "call_2", 1, 30)},
			runs: 2,
		},
		"nothing but time ties them, and nothing else ran": {
			rows: []*model.Span{tool(1, 1, 0, "a", "search", "", 0, 30), tool(2, 1, 0, "b", "search", "", 1, 30)},
			runs: 1, rules: []string{RuleTwin},
		},
		"a second one ran meanwhile: which is whose twin is not known": {
			rows: []*model.Span{tool(1, 1, 0, "a", "search", "", 0, 30), tool(1, 2, 0, "a", "search", "", 1, 30), tool(2, 1, 0, "b", "search", "", 1, 30)},
			runs: 3,
		},
		"two at once, told of by two scopes, with the arguments in common": {
			rows: []*model.Span{
				withArgs(tool(1, 1, 0, "a", "search", "", 0, 30)), withArgs(tool(1, 2, 0, "a", "search", "", 5, 30)),
				withArgs(tool(2, 1, 0, "b", "search", "", 1, 30)), withArgs(tool(2, 2, 0, "b", "search", "", 6, 30)),
			},
			runs: 2, rules: []string{RuleTwin, RuleTwin},
		},
		"two at once of one instrumentation": {
			rows: []*model.Span{withArgs(tool(1, 1, 0, "a", "search", "", 0, 30)), withArgs(tool(1, 2, 0, "a", "search", "", 0, 30))},
			runs: 2,
		},
		"another tool": {
			rows: []*model.Span{tool(1, 1, 0, "a", "search", "", 0, 30), tool(2, 1, 0, "b", "fetch", "", 1, 30)},
			runs: 2,
		},
		"another service": {
			rows: []*model.Span{tool(1, 1, 0, "a", "search", "", 0, 30), inService(tool(2, 1, 0, "b", "search", "", 1, 30), "other", "")},
			runs: 2,
		},
		"one inside the other: the error is seen by one": {
			rows: []*model.Span{tool(1, 1, 0, "agents", "search", "call_1", 0, 30), failed(tool(1, 2, 1, "mcp", "search", "", 1, 28))},
			runs: 1, rules: []string{RuleNested},
		},
		"an agent, its MCP client and the server's own span": {
			rows: []*model.Span{
				tool(1, 1, 0, "agents", "search", "call_1", 0, 30), tool(1, 2, 1, "mcp", "search", "", 1, 28),
				inService(tool(1, 3, 2, "fastmcp", "search", "", 2, 25), "search-server", "server"),
			},
			runs: 1, rules: []string{RuleNested, RuleNested},
		},
		"an MCP client and a server in a trace of its own": {
			rows: []*model.Span{tool(1, 1, 0, "mcp", "search", "", 0, 30), inService(tool(2, 1, 0, "fastmcp", "search", "", 2, 25), "search-server", "server")},
			runs: 1, rules: []string{RuleGateway},
		},
		"a tool that runs another of its name twice": {
			rows: []*model.Span{tool(1, 1, 0, "agents", "search", "", 0, 60), tool(1, 2, 1, "mcp", "search", "", 1, 20), tool(1, 3, 1, "mcp", "search", "", 30, 20)},
			runs: 2, rules: []string{RuleNested},
		},
	} {
		t.Run(name, func(t *testing.T) {
			// when they are settled
			Settle(test.rows)
			// then so many runs stand, and the others say why they do not
			var runs int
			var rules []string
			ids := map[string]bool{}
			for _, r := range test.rows {
				ids[r.SpanID.String()] = !r.Repeats()
			}
			for _, r := range test.rows {
				require.False(t, r.CostCounted, "a tool has no cost")
				if r.Repeats() {
					rules = append(rules, r.CostSuppressedRule)
					require.True(t, ids[r.CostSuppressedBy], "what it repeats stands")
					require.Equal(t, model.KindSpan, r.SettledKind())
					continue
				}
				runs++
			}
			require.Equal(t, test.runs, runs)
			require.Equal(t, test.rules, rules)
		})
	}
}

// Given a call that two instrumentations tell of, each below its own telling of
// one tool run, then it counts once.
func TestCallInATwiceToldToolCountsOnce(t *testing.T) {
	call := func(trace, id, parent byte, scope string, at int) *model.Span {
		s := tool(trace, id, parent, scope, "chat", "", at, 10)
		s.Kind, s.ToolName, s.RequestModel = model.KindModelCall, "", "gpt-5"
		s.InputTotal, s.OutputTotal, s.UsageSource = model.Some(100), model.Some(10), model.UsageProvider
		return s
	}
	rows := []*model.Span{
		tool(1, 1, 0, "a", "research", "call_1", 0, 30), tool(1, 2, 1, "b", "research", "call_1", 1, 28),
		call(1, 3, 1, "a", 5), call(1, 4, 2, "b", 6),
	}
	Settle(rows)
	calls, tokens := total(rows)
	require.EqualValues(t, 1, calls)
	require.EqualValues(t, 110, tokens)
}

// toolRun draws one run of a tool and the spans that tell of it.
func toolRun(t *rapid.T, n int) []*model.Span {
	at := n * 1000
	id := ""
	if rapid.Bool().Draw(t, "id") {
		id = fmt.Sprint("call_", n)
	}
	trace := byte(2*n + 1)
	out := []*model.Span{tool(trace, 1, 0, "framework", "search", id, at, 100)}
	if rapid.Bool().Draw(t, "twin in another trace") {
		out = append(out, tool(trace+1, 1, 0, "other", "search", id, at+3, 95))
	}
	if rapid.Bool().Draw(t, "mcp client") {
		out = append(out, tool(trace, 2, 1, "mcp", "search", "", at+5, 80))
	}
	return out
}

// Given tool runs told of once or more, in any order and in any batches, when
// they are settled in the end, then which rows stand is the same, and one of
// each run does; and on arrival none is let through twice unless what ties it
// to the first comes later.
func TestToolRunsAreSettledInEveryOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "runs")
		var rows []*model.Span
		for i := range n {
			rows = append(rows, toolRun(t, i)...)
		}
		// given what stands when all come at once
		Settle(rows)
		want := map[model.SpanID]string{}
		for _, r := range rows {
			want[r.SpanID] = r.CostSuppressedBy + r.CostSuppressedRule
		}
		require.Equal(t, n, standing(rows))
		// when they come in another order, in batches
		rows = rapid.Permutation(rows).Draw(t, "order")
		var w Window
		for i := 0; i < len(rows); {
			k := rapid.IntRange(1, len(rows)-i).Draw(t, "batch")
			w.Settle(rows[i : i+k])
			i += k
		}
		require.GreaterOrEqual(t, standing(rows), n, "no run is lost on arrival")
		Settle(slices.Clone(rows))
		// then the end is the same
		for _, r := range rows {
			require.Equal(t, want[r.SpanID], r.CostSuppressedBy+r.CostSuppressedRule)
		}
	})
}

func standing(rows []*model.Span) (n int) {
	for _, r := range rows {
		if stands(r) {
			n++
		}
	}
	return n
}

// Given a tool run that came before, when another instrumentation's telling of
// it comes in a later batch, then that one repeats it, and sent again it still does.
func TestWindowKnowsToolRuns(t *testing.T) {
	for name, id := range map[string]string{"by id": "call_1", "by time": ""} {
		t.Run(name, func(t *testing.T) {
			var w Window
			first, second, again := tool(1, 1, 0, "a", "search", id, 0, 30), tool(2, 1, 0, "b", "search", id, 1, 30), tool(2, 1, 0, "b", "search", id, 1, 30)
			for _, r := range []*model.Span{first, second, again} {
				w.Settle([]*model.Span{r})
			}
			require.False(t, first.Repeats())
			require.True(t, second.Repeats())
			require.True(t, again.Repeats())
			require.Equal(t, first.SpanID.String(), again.CostSuppressedBy)
		})
	}
}
