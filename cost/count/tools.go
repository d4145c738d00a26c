package count

import "github.com/windage-dev/windage/model"

// tool reports whether a node is a tool call. Those are joined as calls are, so
// that one run is one row, and none of them is ever counted: tools have no cost.
func (n *node) tool() bool { return n.row.Kind == model.KindToolCall }

// stands reports whether nothing is told instead of the row.
func stands(r *model.Span) bool {
	return r.CostCounted || r.Kind == model.KindToolCall && !r.Repeats()
}

// idOf is the id that spans of one request share: of the response; of a tool
// run the one that the model gave it.
func idOf(r *model.Span) string {
	if r.Kind == model.KindToolCall {
		return r.ToolCallID
	}
	return r.ResponseID
}

// toolName is what spans of one tool run share besides.
func toolName(r *model.Span) string {
	if r.ToolName != "" {
		return r.ToolName
	}
	return r.Name
}

// toolRuns joins the tellings of a tool run that an id or the trace ties: other
// scopes that saw it at the same time under the id which the model gave it, and
// the span of its name that it runs in (an MCP client's, an agent's). Each span
// has one twin of a scope: a model may use an id again, and a tool may run
// another of its name twice.
func (s *settlement) toolRuns() {
	byID := map[string][]int{}
	var ids, nested []pair
	for j := range s.nodes {
		n := &s.nodes[j]
		if !n.tool() || n.dup {
			continue
		}
		if up := s.toolAbove(j); up >= 0 && s.nodes[up].row.ScopeName != n.row.ScopeName && toolName(s.nodes[up].row) == toolName(n.row) {
			nested = append(nested, s.toolPair(up, j))
		}
		id := n.row.ToolCallID
		if id == "" {
			continue
		}
		for _, i := range byID[id][max(0, len(byID[id])-maxCandidates):] {
			if a := s.nodes[i].row; a.ScopeName != n.row.ScopeName && overlap(a, n.row) {
				ids = append(ids, s.toolPair(i, j))
			}
		}
		byID[id] = append(byID[id], j)
	}
	s.match(ids, RuleToolCall)
	s.match(nested, RuleNested)
}

func (s *settlement) toolPair(i, j int) pair {
	i, j = min(i, j), max(i, j)
	return pair{i, j, true, s.nodes[j].row.Start.Sub(s.nodes[i].row.Start)}
}

// toolBetween reports whether one of two calls runs inside a tool that the
// other does not: then it is a request of its own. Of two tool runs one may
// tell of the other.
func (s *settlement) toolBetween(i, j int) bool {
	if s.nodes[i].row.TraceID != s.nodes[j].row.TraceID {
		return false
	}
	a, b := s.toolAbove(i), s.toolAbove(j)
	switch {
	case s.nodes[i].tool() && (a == j || b == i):
		return false
	case a < 0 || b < 0:
		return a != b
	}
	return s.find(a) != s.find(b)
}

// toolAbove is the tool that i runs in, -1 for none.
func (s *settlement) toolAbove(i int) int {
	r := s.nodes[i].row
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
			return s.index[at]
		}
		at.span = up.ParentSpanID
	}
	return -1
}
