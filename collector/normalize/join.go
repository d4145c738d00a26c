package normalize

import (
	"sync"
	"time"

	"github.com/windage-dev/windage/model"
)

// joiner brings log records and the spans they speak of together, whichever
// comes first. It is bounded in number, and in event time.
type joiner struct {
	mu      sync.Mutex
	pending map[spanKey]*model.Span // what records said of spans not seen yet
	order   []spanKey               // of pending, oldest first
	recent  map[spanKey]*model.Span // calls seen, to be completed by later records
	spans   []spanKey               // of recent, oldest at next once it is full
	next    int
	newest  time.Time
}

type spanKey struct {
	trace model.TraceID
	span  model.SpanID
}

const (
	maxPending = 8192
	maxRecent  = 8192
	// joinWindow is how long, in event time, a record waits for its span.
	joinWindow = 2 * time.Minute
)

func newJoiner() *joiner {
	return &joiner{pending: map[spanKey]*model.Span{}, recent: map[spanKey]*model.Span{}}
}

// span completes row with what records said of it before, and remembers it
// for those that come after.
func (j *joiner) span(row *model.Span) {
	if row.SpanID.IsZero() {
		return
	}
	k := spanKey{row.TraceID, row.SpanID}
	j.mu.Lock()
	defer j.mu.Unlock()
	if said, ok := j.pending[k]; ok {
		delete(j.pending, k)
		patch(row, said)
	}
	if !row.Kind.IsCall() {
		return
	}
	j.remember(k, row)
}

// remember keeps a copy of row, in the memory of the one it forgets for it.
func (j *joiner) remember(k spanKey, row *model.Span) {
	kept := j.recent[k]
	switch {
	case kept != nil:
	case len(j.spans) < maxRecent:
		kept = new(model.Span)
		j.spans = append(j.spans, k)
	default:
		oldest := j.spans[j.next]
		kept = j.recent[oldest]
		delete(j.recent, oldest)
		j.spans[j.next] = k
		j.next = (j.next + 1) % maxRecent
	}
	copyRow(kept, row)
	j.recent[k] = kept
}

// copyRow makes to a copy of from whose attributes nobody else uses.
func copyRow(to, from *model.Span) {
	rest := append(to.Rest[:0], from.Rest...)
	*to = *from
	to.Rest = rest
}

// record joins what a record said to its span. It returns the completed row
// when the span went on already and learns something; otherwise what was said
// waits for the span.
func (j *joiner) record(said *model.Span) *model.Span {
	k := spanKey{said.TraceID, said.SpanID}
	j.mu.Lock()
	defer j.mu.Unlock()
	if said.Start.After(j.newest) {
		j.newest = said.Start
	}
	if row, ok := j.recent[k]; ok {
		if !patch(row, said) {
			return nil
		}
		var completed model.Span
		copyRow(&completed, row)
		return &completed
	}
	if k.span.IsZero() {
		return nil
	}
	if old, ok := j.pending[k]; ok {
		patch(old, said)
		return nil
	}
	j.pending[k] = said
	j.order = append(j.order, k)
	return nil
}

// orphans are the calls told only by records whose span never came: those
// that waited too long, or all.
func (j *joiner) orphans(all bool) []*model.Span {
	j.mu.Lock()
	defer j.mu.Unlock()
	var rows []*model.Span
	for len(j.order) > 0 {
		k := j.order[0]
		said, ok := j.pending[k]
		if ok && !all && len(j.order) <= maxPending && j.newest.Sub(said.Start) < joinWindow {
			break
		}
		j.order = j.order[1:]
		delete(j.pending, k)
		if ok && said.Kind.IsCall() && (said.RequestModel != "" || said.ResponseModel != "") && (said.InputTotal.Known || said.OutputTotal.Known) {
			said.CostCounted = true
			rows = append(rows, said)
		}
	}
	return rows
}

// patch fills what to does not know with what said knows, and reports whether
// anything was filled. The span decides where both speak.
func patch(to, said *model.Span) bool {
	changed := false
	for _, f := range [...]struct{ to, from *string }{
		{&to.ResponseID, &said.ResponseID}, {&to.ResponseModel, &said.ResponseModel}, {&to.RequestModel, &said.RequestModel}, {&to.SessionID, &said.SessionID},
		{&to.Language, &said.Language}, {&to.PromptName, &said.PromptName}, {&to.PromptVersion, &said.PromptVersion}, {&to.ErrorType, &said.ErrorType},
	} {
		if *f.to == "" && *f.from != "" {
			*f.to, changed = *f.from, true
		}
	}
	for _, f := range [...]struct{ to, from *model.Int }{{&to.InputChars, &said.InputChars}, {&to.OutputChars, &said.OutputChars}} {
		if !f.to.Known && f.from.Known {
			*f.to, changed = *f.from, true
		}
	}
	if to.InputHash == 0 && said.InputHash != 0 {
		to.InputHash, changed = said.InputHash, true
	}
	if to.OutputHash == 0 && said.OutputHash != 0 {
		to.OutputHash, changed = said.OutputHash, true
	}
	if len(to.FinishReasons) == 0 && len(said.FinishReasons) > 0 {
		to.FinishReasons, changed = said.FinishReasons, true
	}
	if to.Kind.IsCall() && !to.InputTotal.Known && !to.OutputTotal.Known && (said.InputTotal.Known || said.OutputTotal.Known) {
		to.Usage, to.UsageSource, to.UsageMissingReason, changed = said.Usage, said.UsageSource, "", true
		to.CacheSemantics, to.CacheSemanticsRule = said.CacheSemantics, said.CacheSemanticsRule
	}
	for _, f := range said.Flags {
		known := false
		for _, have := range to.Flags {
			known = known || have.Key == f.Key
		}
		if !known && len(to.Flags) < maxList {
			to.Flags, changed = append(to.Flags[:len(to.Flags):len(to.Flags)], f), true
		}
	}
	if said.Content != nil {
		if to.Content == nil {
			to.Content = &model.Content{}
		}
		c := *to.Content
		for _, f := range [...]struct{ to, from *string }{{&c.System, &said.Content.System}, {&c.Input, &said.Content.Input}, {&c.Output, &said.Content.Output}, {&c.Tools, &said.Content.Tools}} {
			if *f.to == "" && *f.from != "" {
				*f.to, changed = *f.from, true
			}
		}
		to.Content = &c
	}
	return changed
}
