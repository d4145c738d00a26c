package count

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// twins joins spans of one request that share no id: another scope, the same
// service and model, overlapping times, and equal usage; or usage missing on
// one side and no other candidate. Each span gets one twin per scope, so that
// two identical requests side by side stay two.
func (s *settlement) twins() {
	type key struct {
		service string
		kind    model.Kind
		model   string
	}
	buckets := map[key][]int{}
	var gateways []int
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.dup || n.whole {
			continue
		}
		for m := range names(n) {
			k := key{n.row.ServiceName, n.row.Kind, m}
			buckets[k] = append(buckets[k], i)
		}
		if gateway(n.row) {
			gateways = append(gateways, i)
		}
	}
	keys := make([]key, 0, len(buckets))
	for k := range buckets {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(strings.Compare(a.service, b.service), strings.Compare(string(a.kind), string(b.kind)), strings.Compare(a.model, b.model))
	})
	var pairs []pair
	seen := map[[2]int]bool{}
	for _, k := range keys {
		pairs = s.candidates(buckets[k], pairs, seen)
	}
	s.match(pairs)
	s.gatewayCopies(gateways)
}

// pair is a possible twin, with how far apart the two are.
type pair struct {
	i, j  int
	equal bool // usage known and equal on both sides
	apart time.Duration
}

func (s *settlement) candidates(bucket []int, pairs []pair, seen map[[2]int]bool) []pair {
	for x, i := range bucket {
		a := s.nodes[i].row
		looked := 0
		for _, j := range bucket[x+1:] {
			b := s.nodes[j].row
			if b.Start.After(a.End().Add(slack)) || looked >= maxCandidates {
				break
			}
			looked++
			if a.ScopeName == b.ScopeName || s.conflict(i, j) || !overlap(a, b) || seen[[2]int{i, j}] || s.find(i) == s.find(j) || s.toolBetween(i, j) {
				continue
			}
			equal, may := sameUsage(a, b)
			if !may || a.Failed() != b.Failed() && !(a.HasUsage() && b.HasUsage()) {
				continue
			}
			seen[[2]int{i, j}] = true
			pairs = append(pairs, pair{i, j, equal, b.Start.Sub(a.Start)})
		}
	}
	return pairs
}

// match joins pairs one to one: first those whose usage agrees, closest
// first; then those where one side has none, if neither side has another
// candidate.
func (s *settlement) match(pairs []pair) {
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(boolOrder(b.equal, a.equal), cmp.Compare(a.apart, b.apart), cmp.Compare(a.i, b.i), cmp.Compare(a.j, b.j))
	})
	taken := map[int]map[string]bool{} // by group root: the scopes it has
	scopes := func(root int) map[string]bool {
		if taken[root] == nil {
			taken[root] = map[string]bool{}
			for _, i := range s.nodes[root].members {
				taken[root][s.nodes[i].row.ScopeName] = true
			}
		}
		return taken[root]
	}
	free := func(p pair) bool {
		a, b := s.find(p.i), s.find(p.j)
		if a == b {
			return false
		}
		sa, sb := scopes(a), scopes(b)
		for x := range sa {
			if sb[x] {
				return false // that scope already told of each of the two
			}
		}
		return !s.conflict(a, b)
	}
	join := func(p pair) {
		a, b := s.find(p.i), s.find(p.j)
		sa, sb := scopes(a), scopes(b)
		s.union(p.i, p.j, RuleTwin)
		merged := map[string]bool{}
		for x := range sa {
			merged[x] = true
		}
		for x := range sb {
			merged[x] = true
		}
		taken[s.find(p.i)] = merged
	}
	var rest []pair
	for _, p := range pairs {
		if !p.equal {
			rest = append(rest, p)
			continue
		}
		if free(p) {
			join(p)
		}
	}
	// missing on one side: only where there is no choice
	options := map[int]int{}
	var open []pair
	for _, p := range rest {
		if free(p) {
			open = append(open, p)
			options[s.find(p.i)]++
			options[s.find(p.j)]++
		}
	}
	for _, p := range open {
		if options[s.find(p.i)] == 1 && options[s.find(p.j)] == 1 && free(p) {
			join(p)
			continue
		}
		// nested or beside each other in one trace: the closest is the one
		if s.nodes[p.i].row.TraceID == s.nodes[p.j].row.TraceID && free(p) {
			join(p)
		}
	}
}

// gatewayCopies joins a gateway's or server's span with the one client call of
// another service around it that agrees with it.
func (s *settlement) gatewayCopies(gateways []int) {
	if len(gateways) == 0 {
		return
	}
	type key struct {
		kind  model.Kind
		model string
	}
	clients := map[key][]int{}
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.dup || gateway(n.row) {
			continue
		}
		for m := range names(n) {
			clients[key{n.row.Kind, m}] = append(clients[key{n.row.Kind, m}], i)
		}
	}
	for _, g := range gateways {
		r := s.nodes[g].row
		found, many := -1, false
		for m := range names(&s.nodes[g]) {
			bucket := clients[key{r.Kind, m}]
			last, _ := slices.BinarySearchFunc(bucket, r.Start.Add(slack), func(i int, at time.Time) int { return s.nodes[i].row.Start.Compare(at) })
			for x := last - 1; x >= 0 && x >= last-4*maxCandidates; x-- {
				i := bucket[x]
				c := s.nodes[i].row
				if i == found || c.ServiceName == r.ServiceName || c.End().Add(slack).Before(r.End()) || s.conflict(g, i) || s.find(i) == s.find(g) {
					continue
				}
				if equal, may := sameUsage(c, r); !may || !equal && c.HasUsage() && r.HasUsage() || c.Failed() != r.Failed() {
					continue
				}
				many = many || found >= 0 && s.find(found) != s.find(i)
				found = i
			}
		}
		if found >= 0 && !many {
			s.union(found, g, RuleGateway)
		}
	}
}

// names yields the distinct names of a call's model, undated.
func names(n *node) iter.Seq[string] {
	return func(yield func(string) bool) {
		var seen [len(n.models)]string
		for i, m := range n.models {
			m = undated(m)
			seen[i] = m
			if m != "" && !slices.Contains(seen[:i], m) && !yield(m) {
				return
			}
		}
	}
}

// toolBetween reports whether one of two calls runs inside a tool that the
// other does not: then it is a request of its own.
func (s *settlement) toolBetween(i, j int) bool {
	a, b := s.nodes[i].row, s.nodes[j].row
	if a.TraceID != b.TraceID {
		return false
	}
	return s.toolAbove(a) != s.toolAbove(b)
}

func (s *settlement) toolAbove(r *model.Span) model.SpanID {
	at := spanKey{r.TraceID, r.ParentSpanID}
	for range maxDepth {
		if at.span.IsZero() {
			break
		}
		up := s.bySpan[at]
		if up == nil {
			break
		}
		if up.Kind == model.KindToolCall {
			return up.SpanID
		}
		at.span = up.ParentSpanID
	}
	return model.SpanID{}
}

func overlap(a, b *model.Span) bool {
	return !b.Start.After(a.End().Add(aggregateMargin)) && !a.Start.After(b.End().Add(aggregateMargin))
}

// sameUsage reports whether the counts of two spans agree, and whether they
// may tell of one request. An estimate agrees with anything.
func sameUsage(a, b *model.Span) (equal, may bool) {
	if !a.HasUsage() || !b.HasUsage() {
		return false, true
	}
	if a.UsageSource == model.UsageEstimated || b.UsageSource == model.UsageEstimated {
		return false, true
	}
	in := !a.InputTotal.Known || !b.InputTotal.Known || a.InputTotal.N == b.InputTotal.N
	out := !a.OutputTotal.Known || !b.OutputTotal.Known || a.OutputTotal.N == b.OutputTotal.N
	if a.UsageSource == model.UsagePartial || b.UsageSource == model.UsagePartial {
		return false, in || out
	}
	return in && out, in && out
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
