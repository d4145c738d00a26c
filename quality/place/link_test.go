package place

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

var linkNoon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// part is a row of a trace: its span and its parent in it, at a second.
func part(trace, span, parent byte, at int, set func(*model.Span)) *model.Span {
	s := &model.Span{
		TraceID: model.TraceID{trace}, SpanID: model.SpanID{trace, span}, Kind: model.KindModelCall, Operation: "chat", Product: "p", ServiceName: "p",
		Start: linkNoon.Add(time.Duration(at) * time.Second), Duration: time.Second, CostCounted: true, OTelKind: "internal",
		Cost: &model.Cost{USD: model.USD, Status: model.CostPriced},
	}
	if parent > 0 {
		s.ParentSpanID = model.SpanID{trace, parent}
	}
	if set != nil {
		set(s)
	}
	return s
}

// to links with spans, given as trace and span.
func to(pairs ...byte) func(*model.Span) {
	return func(s *model.Span) {
		for i := 0; i < len(pairs); i += 2 {
			s.Links = append(s.Links, model.Link{TraceID: model.TraceID{pairs[i]}, SpanID: model.SpanID{pairs[i], pairs[i+1]}})
		}
	}
}

func both(fs ...func(*model.Span)) func(*model.Span) {
	return func(s *model.Span) {
		for _, f := range fs {
			f(s)
		}
	}
}

func run(s *model.Span) {
	s.Kind, s.Operation, s.Cost, s.CostCounted = model.KindTask, "invoke_agent", nil, false
}
func consumer(s *model.Span) {
	s.OTelKind, s.Kind, s.Cost, s.CostCounted = "consumer", model.KindSpan, nil, false
}
func id(name string) func(*model.Span) {
	return func(s *model.Span) { s.TaskID = name }
}

func TestWorkThatGoesOnInAnotherTraceIsOneTask(t *testing.T) {
	for name, c := range map[string]struct {
		spans []*model.Span
		tasks []int64 // calls of each, most first
	}{
		"a queue's consumer":           {[]*model.Span{part(1, 1, 0, 0, nil), part(2, 1, 0, 60, both(consumer, to(1, 1))), part(2, 2, 1, 61, nil)}, []int64{2}},
		"an async worker":              {[]*model.Span{part(1, 1, 0, 0, nil), part(2, 1, 0, 60, to(1, 1)), part(2, 2, 1, 61, nil)}, []int64{3}},
		"the run that it was part of":  {[]*model.Span{part(1, 1, 0, 0, run), part(1, 2, 1, 1, nil), part(2, 1, 0, 60, to(1, 2))}, []int64{2}},
		"a run of its own in a worker": {[]*model.Span{part(1, 1, 0, 0, nil), part(2, 1, 0, 60, both(consumer, to(1, 1))), part(2, 2, 1, 61, run), part(2, 3, 2, 62, nil)}, []int64{2}},
		"a consumer in a run":          {[]*model.Span{part(1, 1, 0, 0, nil), part(2, 1, 0, 60, run), part(2, 2, 1, 61, both(consumer, to(1, 1))), part(2, 3, 2, 62, nil)}, []int64{1, 1}},
		"a chain":                      {[]*model.Span{part(1, 1, 0, 0, nil), part(2, 1, 0, 60, to(1, 1)), part(3, 1, 0, 90, to(2, 1)), part(4, 1, 0, 99, to(3, 1))}, []int64{4}},
		"a fan-out":                    {[]*model.Span{part(1, 1, 0, 0, nil), part(2, 1, 0, 60, to(1, 1)), part(3, 1, 0, 60, to(1, 1))}, []int64{3}},
		"a batch of messages":          {[]*model.Span{part(1, 1, 0, 0, nil), part(2, 1, 0, 0, nil), part(3, 1, 0, 60, to(1, 1, 2, 1))}, []int64{1, 1, 1}},
		"messages of a batch, each by itself": {[]*model.Span{
			part(1, 1, 0, 0, nil), part(2, 1, 0, 0, nil), part(3, 1, 0, 60, func(s *model.Span) { s.Kind, s.Cost, s.CostCounted = model.KindSpan, nil, false }),
			part(3, 2, 1, 60, both(consumer, to(1, 1))), part(3, 3, 2, 61, nil), part(3, 4, 1, 60, both(consumer, to(2, 1))), part(3, 5, 4, 61, nil),
		}, []int64{2, 2}},
		"a circle":                             {[]*model.Span{part(1, 1, 0, 0, to(2, 1)), part(2, 1, 0, 60, to(3, 1)), part(3, 1, 0, 61, to(1, 1)), part(3, 2, 1, 62, nil)}, []int64{4}},
		"a link with itself":                   {[]*model.Span{part(1, 1, 0, 0, to(1, 2)), part(1, 2, 1, 1, nil)}, []int64{2}},
		"the other trace is not there":         {[]*model.Span{part(2, 1, 0, 60, to(1, 1))}, []int64{1}},
		"only the linked span is missing":      {[]*model.Span{part(1, 1, 0, 0, nil), part(2, 1, 0, 60, to(1, 9))}, []int64{2}},
		"a link inside of the work":            {[]*model.Span{part(1, 1, 0, 0, nil), part(2, 1, 0, 60, nil), part(2, 2, 1, 61, to(1, 1))}, []int64{2, 1}},
		"an explicit id stands":                {[]*model.Span{part(1, 1, 0, 0, nil), part(2, 1, 0, 60, both(to(1, 1), id("mine")))}, []int64{1, 1}},
		"an explicit id is gone on with":       {[]*model.Span{part(1, 1, 0, 0, id("mine")), part(2, 1, 0, 60, to(1, 1))}, []int64{2}},
		"turns of a conversation stand":        {[]*model.Span{part(1, 1, 0, 0, func(s *model.Span) { s.SessionID = "s" }), part(2, 1, 0, 60, both(to(1, 1), func(s *model.Span) { s.SessionID = "s" }))}, []int64{1, 1}},
		"but not in a queue's consumer":        {[]*model.Span{part(1, 1, 0, 0, func(s *model.Span) { s.SessionID = "s" }), part(2, 1, 0, 60, both(consumer, to(1, 1), func(s *model.Span) { s.SessionID = "s" })), part(2, 2, 1, 61, nil)}, []int64{2}},
		"another product has tasks of its own": {[]*model.Span{part(1, 1, 0, 0, nil), part(2, 1, 0, 60, both(to(1, 1), func(s *model.Span) { s.Product, s.ServiceName = "q", "q" }))}, []int64{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			p := Placer{File: spec.Default()}
			r := rand.New(rand.NewPCG(1, 2))
			var first []Task
			for i := range 12 { // in whatever order they come
				tasks := p.Tasks(p.Rows(c.spans), nil)
				if i == 0 {
					first = tasks
				}
				require.Equal(t, first, tasks)
				r.Shuffle(len(c.spans), func(i, j int) { c.spans[i], c.spans[j] = c.spans[j], c.spans[i] })
			}
			var calls []int64
			for _, task := range first {
				calls = append(calls, task.Calls)
			}
			require.ElementsMatch(t, c.tasks, calls)
		})
	}
}

// A group of traces beyond the bound is left apart as a whole, whatever part of it is at hand.
func TestManyLinkedTracesAreNoTask(t *testing.T) {
	hub := func(n int) []*model.Span {
		spans := []*model.Span{part(200, 1, 0, 0, nil)}
		for i := range n {
			spans = append(spans, part(byte(i+1), 1, 0, 60, to(200, 1)))
		}
		return spans
	}
	p := Placer{File: spec.Default()}
	require.Len(t, p.Tasks(p.Rows(hub(MaxLinked-1)), nil), 1)
	require.Len(t, p.Tasks(p.Rows(hub(MaxLinked)), nil), MaxLinked+1)
	chain := []*model.Span{part(1, 1, 0, 0, nil)}
	for i := byte(2); i <= 100; i++ {
		chain = append(chain, part(i, 1, 0, int(i), to(i-1, 1)))
	}
	require.Len(t, p.Tasks(p.Rows(chain), nil), 100)
}

func TestASpanWithManyLinksGoesOnWithNone(t *testing.T) {
	s := part(1, 1, 0, 0, nil)
	for i := range byte(200) {
		to(i+2, 1)(s)
	}
	_, ok := Continues(s)
	require.False(t, ok)
}
