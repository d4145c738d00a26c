package demo

import (
	"encoding/hex"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

var (
	copilotShape = shape{perHour: 34}

	languages      = []string{"en", "de", "fr", "es"}
	languageShares = []float64{0.58, 0.22, 0.12, 0.08}
	plans          = []string{"free", "pro", "enterprise"}
	planShares     = []float64{0.5, 0.35, 0.15}
	tools          = []string{"lookup_order", "search_tickets", "refund_status"}
	toolShares     = []float64{0.6, 0.3, 0.1}
)

// ask is what one user asks of the copilot: the facts that its spans share.
type ask struct {
	session, user, language, plan, prompt string
	looping                               bool
}

// copilotTask is one question to the support agent: retrieval, a model call
// that asks for a tool, the tool, and the answer; then what people said of it.
func (p *Player) copilotTask(spans ptrace.SpanSlice, at time.Time) {
	q := ask{
		session:  fmt.Sprintf("s-%08x", p.r.Uint32()),
		user:     fmt.Sprintf("u-%03d", p.r.IntN(400)),
		language: pick(p.r, languages, languageShares),
		plan:     pick(p.r, plans, planShares),
		prompt:   "7",
	}
	if !at.Before(p.script.Prompt) {
		q.prompt = "8"
	}
	q.looping = !at.Before(p.script.Loop) && p.r.Float64() < 1.0/6

	t := p.newTrace(spans)
	root := t.span("invoke_agent support-copilot", ptrace.SpanKindInternal, pcommon.SpanID{}, at, 0)
	a := root.Attributes()
	a.PutStr("gen_ai.operation.name", "invoke_agent")
	a.PutStr("gen_ai.agent.name", Copilot)
	a.PutStr("gen_ai.conversation.id", q.session)
	q.put(a)

	now := at.Add(15 * time.Millisecond)
	now = t.retrieval(root.SpanID(), now)
	context := lognormal(p.r, 1500, 0.35)
	rounds := 1
	if q.looping {
		rounds = 22 + p.r.IntN(18)
	}
	tool := pick(p.r, tools, toolShares)
	for range rounds {
		now = t.chat(root.SpanID(), now, q, context, lognormal(p.r, 28, 0.2), "tool_calls")
		now = t.tool(root.SpanID(), now, tool)
		context += lognormal(p.r, 420, 0.3)
	}
	answer := lognormal(p.r, 230, 0.45)
	if q.prompt == "8" {
		answer = max(1, answer*55/100)
	}
	now = t.chat(root.SpanID(), now, q, context, answer, "stop")
	last := t.spans.At(t.spans.Len() - 1)
	root.SetEndTimestamp(pcommon.NewTimestampFromTime(now))
	p.judged(last, q)
	p.said(t.id, now, q)
}

func (q ask) put(a pcommon.Map) {
	a.PutStr("session.id", q.session)
	a.PutStr("user.id", q.user)
	a.PutStr("language", q.language)
	a.PutStr("plan", q.plan)
	a.PutStr("gen_ai.prompt.name", "support-answer")
	a.PutStr("gen_ai.prompt.version", q.prompt)
}

func (t trace) chat(parent pcommon.SpanID, at time.Time, q ask, input, output int64, finish string) time.Time {
	d := 350*time.Millisecond + time.Duration(output)*9*time.Millisecond + time.Duration(lognormal(t.p.r, 120, 0.6))*time.Millisecond
	s := t.span("chat gpt-4.1-mini", ptrace.SpanKindClient, parent, at, d)
	a := s.Attributes()
	a.PutStr("gen_ai.operation.name", "chat")
	a.PutStr("gen_ai.provider.name", "openai")
	a.PutStr("gen_ai.request.model", "gpt-4.1-mini")
	a.PutStr("gen_ai.response.model", "gpt-4.1-mini-2025-04-14")
	a.PutStr("gen_ai.response.id", fmt.Sprintf("chatcmpl-%016x", t.p.r.Uint64()))
	a.PutEmptySlice("gen_ai.response.finish_reasons").AppendEmpty().SetStr(finish)
	a.PutInt("gen_ai.usage.input_tokens", input)
	a.PutInt("gen_ai.usage.cache_read.input_tokens", min(input, 1024)/128*128)
	a.PutInt("gen_ai.usage.output_tokens", output)
	q.put(a)
	return at.Add(d + 5*time.Millisecond)
}

func (t trace) tool(parent pcommon.SpanID, at time.Time, name string) time.Time {
	d := time.Duration(lognormal(t.p.r, 90, 0.5)) * time.Millisecond
	s := t.span("execute_tool "+name, ptrace.SpanKindInternal, parent, at, d)
	a := s.Attributes()
	a.PutStr("gen_ai.operation.name", "execute_tool")
	a.PutStr("gen_ai.tool.name", name)
	a.PutStr("gen_ai.tool.type", "function")
	a.PutStr("gen_ai.tool.call.id", fmt.Sprintf("call_%016x", t.p.r.Uint64()))
	a.PutStr("gen_ai.tool.call.arguments", `{"customer":"`+hex.EncodeToString(t.id[:4])+`"}`)
	return at.Add(d + 5*time.Millisecond)
}

func (t trace) retrieval(parent pcommon.SpanID, at time.Time) time.Time {
	d := time.Duration(lognormal(t.p.r, 40, 0.4)) * time.Millisecond
	s := t.span("retrieval help-center", ptrace.SpanKindClient, parent, at, d)
	a := s.Attributes()
	a.PutStr("gen_ai.operation.name", "retrieval")
	a.PutStr("gen_ai.data_source.id", "help-center")
	score := 0.78 + 0.06*t.p.r.NormFloat64()
	a.PutStr("gen_ai.retrieval.documents", fmt.Sprintf(`[{"id":"kb-%d","score":%.3f},{"id":"kb-%d","score":%.3f}]`,
		t.p.r.IntN(300), score, t.p.r.IntN(300), score-0.05))
	return at.Add(d + 5*time.Millisecond)
}

// judged is the online judge's score of the answer, an event on its span.
func (p *Player) judged(answer ptrace.Span, q ask) {
	if p.r.Float64() > 0.4 {
		return
	}
	good := 0.96
	if q.prompt == "8" && q.language == "de" {
		good = 0.7
	}
	label, score := "pass", 0.9+0.1*p.r.Float64()
	if p.r.Float64() > good {
		label, score = "fail", 0.3*p.r.Float64()
	}
	e := answer.Events().AppendEmpty()
	e.SetName("gen_ai.evaluation.result")
	e.SetTimestamp(answer.EndTimestamp())
	e.Attributes().PutStr("gen_ai.evaluation.name", "groundedness")
	e.Attributes().PutDouble("gen_ai.evaluation.score.value", score)
	e.Attributes().PutStr("gen_ai.evaluation.score.label", label)
}

// said is what the user did with the answer, minutes later.
func (p *Player) said(id pcommon.TraceID, at time.Time, q ask) {
	accept := 0.86
	if q.prompt == "8" && q.language == "de" {
		accept = 0.3
	}
	label := "accepted"
	if p.r.Float64() > accept {
		label = pick(p.r, []string{"edited", "rejected"}, []float64{0.5, 0.5})
	}
	outcome := model.OutcomeSuccess
	switch x := p.r.Float64(); {
	case label == "rejected" && x < 0.5:
		outcome = model.OutcomeEscalated
	case x > 0.93:
		outcome = model.OutcomeFailure
	}
	base := model.Signal{
		TraceID: model.TraceID(id), SessionID: q.session, Product: Copilot, ServiceName: Copilot,
		PromptVersion: q.prompt, Annotator: "human",
	}
	f := base
	f.Kind, f.Name, f.Label, f.Passed = model.SignalFeedback, "acceptance", label, model.BoolOf(label == "accepted")
	f.At, f.SourceID = at.Add(time.Duration(lognormal(p.r, 60, 0.5))*time.Second), "a-"+q.session
	p.say(f)
	o := base
	o.Kind, o.Name, o.Label = model.SignalOutcome, "outcome", string(outcome)
	o.At, o.SourceID = at.Add(time.Duration(lognormal(p.r, 300, 0.5))*time.Second), "o-"+q.session
	p.say(o)
}
