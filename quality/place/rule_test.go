package place

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

func attr(k, v string) func(*model.Span) {
	return func(s *model.Span) { s.Rest = append(s.Rest, model.Attr{Key: k, Value: v}) }
}

func TestTheRuleOfAProductChoosesTheTask(t *testing.T) {
	one, two := model.TraceID{1}.String(), model.TraceID{2}.String()
	at := func(trace string, n byte) string { return trace + "/" + model.SpanID{n}.String() }
	// A request that runs an agent, with an explicit id on it, in a conversation.
	agent := []*model.Span{
		span(1, 1, 0, model.KindSpan), span(1, 2, 1, model.KindTask, op("invoke_agent"), session("c"), taskID("a")),
		span(1, 3, 2, model.KindModelCall), span(1, 4, 1, model.KindRetrieval),
	}
	for name, c := range map[string]struct {
		task  string
		spans []*model.Span
		want  []string
		rule  spec.TaskRule // of the last row
	}{
		"id, the default":        {"{}", agent, []string{"a", "a", "a", "a"}, spec.ByID},
		"run":                    {"{by: run}", agent, []string{"", at(one, 2), at(one, 2), one}, spec.ByTurn},
		"turn":                   {"{by: turn}", agent, []string{one, one, one, one}, spec.ByTurn},
		"session":                {"{by: session}", agent, []string{"c", "c", "c", "c"}, spec.BySession},
		"trace":                  {"{by: trace}", agent, []string{one, one, one, one}, spec.ByTrace},
		"a session without id":   {"{by: session}", []*model.Span{span(1, 1, 0, model.KindModelCall)}, []string{one}, spec.ByTrace},
		"a turn without session": {"{by: turn}", []*model.Span{span(1, 1, 0, model.KindModelCall)}, []string{one}, spec.ByTrace},
		"each request of a conversation is a turn": {
			"{by: turn}", []*model.Span{span(1, 1, 0, model.KindModelCall, session("c")), span(2, 1, 0, model.KindModelCall, session("c"))}, []string{one, two}, spec.ByTurn,
		},
		"one session over two traces": {
			"{by: session}", []*model.Span{span(1, 1, 0, model.KindModelCall, session("c")), span(2, 1, 0, model.KindModelCall, session("c"))}, []string{"c", "c"}, spec.BySession,
		},
		"turns that name themselves, below a conversation": {
			"{}", []*model.Span{
				span(1, 1, 0, model.KindSpan, session("c")),
				span(1, 2, 1, model.KindSpan, attr("turn.number", "1")), span(1, 3, 2, model.KindModelCall), span(1, 4, 2, model.KindToolCall),
				span(1, 5, 1, model.KindSpan, attr("turn.number", "2")), span(1, 6, 5, model.KindModelCall),
			}, []string{"", "c/1", "c/1", "c/1", "c/2", "c/2"}, spec.ByTurn,
		},
		"a turn over two traces": {
			"{}", []*model.Span{
				span(1, 1, 0, model.KindModelCall, session("c"), attr("turn.id", "7")), span(2, 1, 0, model.KindModelCall, session("c"), attr("turn.id", "7")),
			}, []string{"c/7", "c/7"}, spec.ByTurn,
		},
		"a turn that is named in the product's own words": {
			"{by: turn, turn: chat.exchange}", []*model.Span{
				span(1, 1, 0, model.KindModelCall, session("c"), attr("chat.exchange", "x"), attr("turn.id", "7")), span(1, 2, 0, model.KindModelCall, session("c"), attr("chat.exchange", "y")),
			}, []string{"c/x", "c/y"}, spec.ByTurn,
		},
		"the steps of an agent's loop are no turns of a conversation": {
			"{}", []*model.Span{
				span(1, 1, 0, model.KindTask, op("invoke_agent"), session("c")), span(1, 2, 1, model.KindTask, op("turn")), span(1, 3, 2, model.KindModelCall),
				span(1, 4, 1, model.KindTask, op("turn")), span(1, 5, 4, model.KindModelCall),
			}, []string{at(one, 1), at(one, 1), at(one, 1), at(one, 1), at(one, 1)}, spec.ByRun,
		},
		"a voice session has turns": {
			"{by: turn}", []*model.Span{
				span(1, 1, 0, model.KindTask, op("invoke_agent"), session("c")), span(1, 2, 1, model.KindTask, op("turn")), span(1, 3, 2, model.KindModelCall),
				span(1, 4, 1, model.KindTask, op("turn")), span(1, 5, 4, model.KindModelCall),
			}, []string{one, at(one, 2), at(one, 2), at(one, 4), at(one, 4)}, spec.ByTurn,
		},
		"a batch over two conversations": {
			"{}", []*model.Span{
				span(1, 1, 0, model.KindSpan), span(1, 2, 1, model.KindModelCall, session("c")), span(1, 3, 1, model.KindModelCall, session("d")), span(1, 4, 3, model.KindModelCall, session("thread-within")),
			}, []string{"", one + "/c", one + "/d", one + "/d"}, spec.ByTurn,
		},
	} {
		t.Run(name, func(t *testing.T) {
			rows := placer(t, "products:\n  svc:\n    task: "+c.task+"\n").Rows(c.spans)
			require.Equal(t, c.want, taskOf(rows))
			require.Equal(t, c.rule, rows[len(rows)-1].Rule)
		})
	}
}

func TestWhatIsReadWithASession(t *testing.T) {
	for task, want := range map[string][3]bool{ // of a row in a session, one that names a turn, one without a session
		"{}":               {false, true, false},
		"{id: session.id}": {true, true, false},
		"{by: session}":    {true, true, false},
		"{by: turn}":       {false, true, false},
		"{by: trace}":      {false, false, false},
	} {
		p := placer(t, "products:\n  svc:\n    task: "+task+"\n")
		require.Equal(t, want, [3]bool{
			p.AcrossSession(span(1, 1, 0, model.KindModelCall, session("c"))),
			p.AcrossSession(span(1, 1, 0, model.KindModelCall, session("c"), attr("turn.number", "3"))),
			p.AcrossSession(span(1, 1, 0, model.KindModelCall, attr("turn.number", "3"))),
		}, task)
	}
}

// Late words about a conversation reach the turn that they followed.
func TestALateOutcomeIsOfTheTurnBeforeIt(t *testing.T) {
	p := placer(t, "products:\n  svc:\n    task: {by: turn}\n")
	spans := []*model.Span{span(1, 1, 0, model.KindModelCall, session("c")), span(2, 9, 0, model.KindModelCall, session("c"))}
	outcomes := func(signals ...model.Signal) map[string]model.Outcome {
		rows := p.Rows(spans)
		targets := p.NewTargets(rows)
		var said []Said
		for _, s := range signals {
			said = append(said, targets.Say(s))
		}
		out := map[string]model.Outcome{}
		for _, x := range p.Tasks(rows, said) {
			require.Equal(t, spec.ByTurn, x.Rule)
			out[x.ID] = x.Outcome
		}
		return out
	}
	say := func(label string, seconds int) model.Signal {
		return model.Signal{Kind: model.SignalOutcome, Name: "outcome", Label: label, SessionID: "c", At: spans[0].Start.Add(time.Duration(seconds) * time.Second)}
	}
	first, second := model.TraceID{1}.String(), model.TraceID{2}.String()
	require.Equal(t, map[string]model.Outcome{first: model.OutcomeSuccess, second: model.OutcomeUnknown}, outcomes(say("resolved", 5)))
	require.Equal(t, map[string]model.Outcome{first: model.OutcomeSuccess, second: model.OutcomeFailure}, outcomes(say("resolved", 5), say("failed", 30)))
	require.Equal(t, map[string]model.Outcome{first: model.OutcomeSuccess, second: model.OutcomeFailure}, outcomes(say("reopened", 7*24*3600), say("resolved", 5)), "an outcome that flips a week later is of the last turn")
}
