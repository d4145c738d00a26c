package normalize

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/windage-dev/windage/model"
)

// joiner brings log records and the calls they speak of together, whichever
// comes first: what is known of a call in the end is the same in every order. It
// is bounded in number, and in event time.
type joiner struct {
	mu      sync.Mutex
	pending map[spanKey][]*model.Span // what records said of calls not seen yet
	order   []spanKey                 // of pending, oldest first
	recent  map[spanKey]*joined       // calls seen, to be completed by later records
	spans   []spanKey                 // of recent, oldest at next once it is full
	next    int
	newest  time.Time
}

// joined is a call as its span told of it, and what records said of it.
type joined struct {
	row  model.Span
	said []*model.Span // those that tell something, in order
}

type spanKey struct {
	trace model.TraceID
	span  model.SpanID
}

const (
	maxPending = 8192
	maxRecent  = 8192
	maxSaid    = 64 // records of one span
	// joinWindow is how long, in event time, a record waits for its span.
	joinWindow = 2 * time.Minute
)

func newJoiner() *joiner {
	return &joiner{pending: map[spanKey][]*model.Span{}, recent: map[spanKey]*joined{}}
}

// span completes a call with what records said of it, and remembers it for
// those that come after.
func (j *joiner) span(row *model.Span) {
	if row.SpanID.IsZero() || !row.Kind.IsCall() {
		return
	}
	k := spanKey{row.TraceID, row.SpanID}
	j.mu.Lock()
	defer j.mu.Unlock()
	kept := j.remember(k, row)
	if waiting := j.pending[k]; waiting != nil {
		var others []*model.Span
		for _, said := range waiting {
			if speaksOf(said, row) {
				kept.said = insert(kept.said, said)
			} else {
				others = append(others, said)
			}
		}
		if j.pending[k] = others; others == nil {
			delete(j.pending, k)
		}
	}
	for _, said := range kept.said {
		patch(row, said)
	}
}

// remember keeps a copy of row, in the memory of the one it forgets for it. Of
// the same span again, what records said stays.
func (j *joiner) remember(k spanKey, row *model.Span) *joined {
	kept := j.recent[k]
	switch {
	case kept != nil:
	case len(j.spans) < maxRecent:
		kept = new(joined)
		j.spans = append(j.spans, k)
	default:
		oldest := j.spans[j.next]
		kept = j.recent[oldest]
		kept.said = nil
		delete(j.recent, oldest)
		j.spans[j.next] = k
		j.next = (j.next + 1) % maxRecent
	}
	copyRow(&kept.row, row)
	j.recent[k] = kept
	return kept
}

// copyRow makes to a copy of from whose attributes nobody else uses.
func copyRow(to, from *model.Span) {
	rest := append(to.Rest[:0], from.Rest...)
	*to = *from
	to.Rest = rest
}

// record joins what a record said to its call. It returns the completed row
// when the span went on already and learns something; otherwise what was said
// waits for the span.
func (j *joiner) record(said *model.Span) *model.Span {
	k := spanKey{said.TraceID, said.SpanID}
	j.mu.Lock()
	defer j.mu.Unlock()
	if said.Start.After(j.newest) {
		j.newest = said.Start
	}
	if k.span.IsZero() {
		return nil
	}
	if kept, ok := j.recent[k]; ok && speaksOf(said, &kept.row) {
		before := len(kept.said)
		if kept.said = insert(kept.said, said); len(kept.said) == before {
			return nil // again
		}
		var completed model.Span
		copyRow(&completed, &kept.row)
		news := false
		kept.said = slices.DeleteFunc(kept.said, func(s *model.Span) bool {
			changed := patch(&completed, s)
			news = news || s == said && changed
			return !changed
		})
		if !news {
			return nil
		}
		return &completed
	}
	waiting := j.pending[k]
	if waiting == nil {
		j.order = append(j.order, k)
	}
	j.pending[k] = telling(insert(waiting, said))
	return nil
}

// speaksOf reports whether a record can be about the call whose span it names.
// Some instrumentations write what they say of a call in the context around it.
func speaksOf(said, row *model.Span) bool {
	return row.Kind.IsCall() && (said.ResponseID == "" || row.ResponseID == "" || said.ResponseID == row.ResponseID)
}

// insert puts said where it belongs among what records said of one span: in
// the order of their times, of what happens at once in an order that depends on
// what they say alone. A record that is sent again is there already.
func insert(list []*model.Span, said *model.Span) []*model.Span {
	at, found := slices.BinarySearchFunc(list, said, compareSaid)
	if found || len(list) >= maxSaid {
		return list
	}
	return slices.Insert(list, at, said)
}

// telling leaves out records that say nothing which those before them, of the
// same response, have not said: a conversation's every message is a record.
func telling(list []*model.Span) []*model.Span {
	if len(list) < 2 {
		return list
	}
	known := map[string]*model.Span{}
	return slices.DeleteFunc(list, func(s *model.Span) bool {
		of := known[s.ResponseID]
		if of == nil {
			of = &model.Span{Kind: model.KindModelCall}
			known[s.ResponseID] = of
		}
		return !patch(of, s)
	})
}

func compareSaid(a, b *model.Span) int {
	c := cmp.Or(a.Start.Compare(b.Start), -strings.Compare(a.Name, b.Name), // user messages before those of tools and assistants
		strings.Compare(a.ResponseID, b.ResponseID), cmp.Compare(a.InputHash, b.InputHash), cmp.Compare(a.OutputHash, b.OutputHash),
		cmp.Compare(a.InputTotal.Or(-1), b.InputTotal.Or(-1)), cmp.Compare(a.OutputTotal.Or(-1), b.OutputTotal.Or(-1)), cmp.Compare(len(a.Flags), len(b.Flags)))
	if c != 0 || len(a.Flags) == 0 {
		return c
	}
	return cmp.Or(strings.Compare(a.Flags[0].Key, b.Flags[0].Key), strings.Compare(a.Flags[0].Variant, b.Flags[0].Variant))
}

// orphans are the calls told only by records whose span never came: those
// that waited too long, or all.
func (j *joiner) orphans(all bool) []*model.Span {
	j.mu.Lock()
	defer j.mu.Unlock()
	var rows []*model.Span
	for len(j.order) > 0 {
		k := j.order[0]
		waiting := j.pending[k]
		if len(waiting) > 0 && !all && len(j.order) <= maxPending && j.newest.Sub(waiting[0].Start) < joinWindow {
			break
		}
		j.order = j.order[1:]
		delete(j.pending, k)
		for _, said := range waiting {
			if said.Kind.IsCall() && (said.RequestModel != "" || said.ResponseModel != "") && said.HasUsage() {
				rows = append(rows, orphan(said))
			}
		}
	}
	return rows
}

// orphan is the row of a call that only a record told of. The span that the
// record names is around it, if anything, so that the row has an id of its own.
func orphan(said *model.Span) *model.Span {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, said.TraceID, said.SpanID, said.Start.UnixNano(), said.ScopeName, said.ResponseID, said.RequestModel, said.ResponseModel, said.InputTotal, said.OutputTotal, said.InputHash, said.OutputHash)
	said.ParentSpanID = said.SpanID
	h.Sum(said.SpanID[:0])
	said.CostCounted = true
	return said
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
		if said.UsageRefused() {
			to.UsageMissingReason = said.UsageMissingReason
		}
	} else if to.Kind.IsCall() && to.UsageSource == "" && said.UsageRefused() && !to.UsageRefused() {
		to.UsageMissingReason, to.UsageInconsistent, changed = said.UsageMissingReason, said.UsageInconsistent, true
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
