package demo

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

// Batch is what the two products send in one go.
type Batch struct {
	Traces  ptrace.Traces
	Signals []model.Signal
}

// Player generates the traffic of a script. The same seed and script give
// the same traffic.
type Player struct {
	script  Script
	r       *rand.Rand
	pending []model.Signal // said later than the batch that caused them
}

// NewPlayer returns a player of the script.
func NewPlayer(s Script, seed uint64) *Player {
	return &Player{script: s, r: rand.New(rand.NewPCG(seed, 0x77696e64616765))}
}

// Batches yields the traffic of the script in order of time, a batch for
// each step of the given length.
func (p *Player) Batches(step time.Duration) func(yield func(Batch) bool) {
	return func(yield func(Batch) bool) {
		for t := p.script.From; t.Before(p.script.Until); t = t.Add(step) {
			end := t.Add(step)
			if end.After(p.script.Until) {
				end = p.script.Until
			}
			b := Batch{Traces: ptrace.NewTraces()}
			copilot := newScope(b.Traces, Copilot, "2.14.0", "opentelemetry.instrumentation.genai.openai_agents", "1.3b0")
			claims := newScope(b.Traces, Claims, "5.2.0", "claims.model", "1.0.0")
			for m := t; m.Before(end); m = m.Add(time.Minute) {
				for range poisson(p.r, copilotShape.rate(m)/60) {
					p.copilotTask(copilot, p.within(m))
				}
				for range poisson(p.r, claimsShape.rate(m)/60) {
					p.claim(claims, p.within(m))
				}
				p.claimsSuite(m)
			}
			p.changes(t, end)
			b.Signals = p.due(end)
			if !yield(b) {
				return
			}
		}
	}
}

func (p *Player) within(minute time.Time) time.Time {
	return minute.Add(time.Duration(p.r.Int64N(int64(time.Minute))))
}

// say queues a signal until its own time has come.
func (p *Player) say(s model.Signal) {
	s.Source = "demo"
	p.pending = append(p.pending, s)
}

// due returns the signals said before end; those said after the script's end
// are still to come when it stops, as in life.
func (p *Player) due(end time.Time) []model.Signal {
	var now, later []model.Signal
	for _, s := range p.pending {
		if s.At.Before(end) {
			now = append(now, s)
		} else {
			later = append(later, s)
		}
	}
	p.pending = later
	return now
}

// changes are the entries of the products' change logs.
func (p *Player) changes(from, to time.Time) {
	for _, c := range []struct {
		at                   time.Time
		product, name, label string
	}{
		{p.script.Prompt, Copilot, "prompt_version", "7 → 8"},
		{p.script.Release, Claims, "model_version", "v3 → v4"},
	} {
		if !c.at.Before(from) && c.at.Before(to) {
			p.say(model.Signal{Kind: model.SignalChange, Name: c.name, At: c.at, Product: c.product, ServiceName: c.product, Label: c.label, SourceID: c.name + c.label})
		}
	}
}

func newScope(td ptrace.Traces, service, version, scope, scopeVersion string) ptrace.SpanSlice {
	rs := td.ResourceSpans().AppendEmpty()
	a := rs.Resource().Attributes()
	a.PutStr("service.name", service)
	a.PutStr("service.version", version)
	a.PutStr("deployment.environment.name", "production")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName(scope)
	ss.Scope().SetVersion(scopeVersion)
	return ss.Spans()
}

// trace builds the spans of one trace.
type trace struct {
	p     *Player
	spans ptrace.SpanSlice
	id    pcommon.TraceID
}

func (p *Player) newTrace(spans ptrace.SpanSlice) trace {
	var id pcommon.TraceID
	binary.LittleEndian.PutUint64(id[:8], p.r.Uint64())
	binary.LittleEndian.PutUint64(id[8:], p.r.Uint64()|1)
	return trace{p: p, spans: spans, id: id}
}

func (t trace) span(name string, kind ptrace.SpanKind, parent pcommon.SpanID, start time.Time, d time.Duration) ptrace.Span {
	s := t.spans.AppendEmpty()
	var id pcommon.SpanID
	binary.LittleEndian.PutUint64(id[:], t.p.r.Uint64()|1)
	s.SetTraceID(t.id)
	s.SetSpanID(id)
	s.SetParentSpanID(parent)
	s.SetName(name)
	s.SetKind(kind)
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(d)))
	return s
}
