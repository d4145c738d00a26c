package normalize

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/windage-dev/windage/model"
)

// Puzzles remembers what was not understood, by reason and instrumentation,
// with one example of each. It is bounded, and safe for concurrent use.
type Puzzles struct {
	mu   sync.Mutex
	seen map[puzzle]*model.NotUnderstood
}

type puzzle struct{ reason, service, scope, version string }

// maxPuzzles bounds how many are told apart; the others add up by reason.
const maxPuzzles = 64

// Add remembers one span or record. It has the signature of
// Options.NotUnderstood but for the time.
func (p *Puzzles) Add(reason string, row *model.Span, keys []string, now time.Time) {
	k := puzzle{reason, clip(row.ServiceName), clip(row.ScopeName), clip(row.ScopeVersion)}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.seen[k]
	if n == nil && len(p.seen) >= maxPuzzles {
		k = puzzle{reason: reason}
		n = p.seen[k]
	}
	if n == nil {
		if p.seen == nil {
			p.seen = map[puzzle]*model.NotUnderstood{}
		}
		n = &model.NotUnderstood{Reason: reason, Service: k.service, Scope: k.scope, ScopeVersion: k.version}
		for _, key := range keys {
			n.Attributes = append(n.Attributes, clip(key))
		}
		p.seen[k] = n
	}
	n.Count++
	n.Last = now
}

// List is what was remembered, most frequent first.
func (p *Puzzles) List() []model.NotUnderstood {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]model.NotUnderstood, 0, len(p.seen))
	for _, n := range p.seen {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b model.NotUnderstood) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.ScopeVersion, b.ScopeVersion))
	})
	return out
}
