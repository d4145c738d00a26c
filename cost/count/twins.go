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
// two identical requests side by side stay two. Tool runs are joined in the
// same way, by the tool's name.
func (s *settlement) twins(tools bool) {
	type key struct {
		service string
		kind    model.Kind
		model   string
	}
	buckets := map[key][]int{}
	var gateways []int
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.dup || n.whole || n.tool() != tools {
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
	s.match(pairs, RuleTwin)
	s.gatewayCopies(gateways)
}

// pair is a possible twin, with how far apart the two are.
type pair struct {
	i, j  int
	equal bool // usage, or a tool's arguments, known and equal on both sides
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
			equal, may := s.agree(i, j)
			if !may {
				continue
			}
			seen[[2]int{i, j}] = true
			pairs = append(pairs, pair{i, j, equal, b.Start.Sub(a.Start)})
		}
	}
	return pairs
}

// agree reports whether what two spans say is equal, and whether they may tell
// of one request or tool run.
func (s *settlement) agree(i, j int) (equal, may bool) {
	a, b := s.nodes[i].row, s.nodes[j].row
	if s.nodes[i].tool() {
		return a.ToolArgsHash != 0 && a.ToolArgsHash == b.ToolArgsHash, true // an exception one may see as a result
	}
	if a.Failed() != b.Failed() && !(a.HasUsage() && b.HasUsage()) {
		return false, false
	}
	return sameUsage(a, b)
}

// match joins pairs one to one: first those whose usage agrees, closest
// first; then those where one side has none, if neither side has another
// candidate.
func (s *settlement) match(pairs []pair, rule string) {
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
		s.union(p.i, p.j, rule)
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
	choice := map[[2]int]bool{} // spans that tell of one request are one choice
	for _, p := range rest {
		if !free(p) {
			continue
		}
		open = append(open, p)
		a, b := s.find(p.i), s.find(p.j)
		if k := [2]int{min(a, b), max(a, b)}; !choice[k] {
			choice[k] = true
			options[a]++
			options[b]++
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

// names yields the distinct names of a call's model, undated, or of a tool.
func names(n *node) iter.Seq[string] {
	return func(yield func(string) bool) {
		var seen [len(n.models)]string
		for i, m := range n.models {
			if !n.tool() {
				m = undated(m)
			}
			seen[i] = m
			if m != "" && !slices.Contains(seen[:i], m) && !yield(m) {
				return
			}
		}
	}
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
