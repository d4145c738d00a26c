package count

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// The rules by which a row is suppressed.
const (
	RuleResent      = "same_span"            // the same trace and span id, exported again
	RuleResponse    = "same_response_id"     // another span with the same response id
	RuleNested      = "nested_call"          // parent and child of one request
	RuleContainer   = "container"            // the calls below it are counted
	RuleTwin        = "other_scope"          // another instrumentation's span of the same request
	RuleGateway     = "gateway_copy"         // the gateway's or server's span of a client's request
	RuleStreamLog   = "stream_log"           // Logfire's record that ends a stream tells of an earlier span
	RuleToolCall    = "same_tool_call_id"    // another scope's span of the tool run with the same id
	RuleAggregate   = "aggregate"            // a container's sum of calls that are counted
	RuleInContainer = "in_container"         // counts; its cost is part of a container's that counts
	RuleRunning     = "running_total"        // the next call of the tool loop adds this one's usage to its own
	RuleNoRequest   = "no_request"           // a wrapper whose other calls all have a request below: a cache hit
	maxDepth        = 64                     // ancestors looked at
	maxCandidates   = 64                     // twins looked at per row
	slack           = 150 * time.Millisecond // clocks and hooks: twins start up to 117 ms apart
	aggregateMargin = 50 * time.Millisecond
)

// Settle sets CostCounted, CostSuppressedBy and CostSuppressedRule of every
// row. Rows that are no calls are never counted, but for a container that
// reports usage no call accounts for. Of the tool calls that tell of one run,
// one is left without a rule: it is the run, and the others repeat it
// (model.Span.Repeats). A call without usage below a container that counts
// counts as well, and says that its cost is there (model.Span.InContainer).
//
// It takes time near to linear in the number of rows, and sorts a copy of
// rows: the slice itself keeps its order.
func Settle(rows []*model.Span) { settle(rows) }

func settle(rows []*model.Span) *settlement {
	s := newSettlement(rows)
	s.resent()
	s.responses()
	s.nested()
	s.streamLogs()
	s.toolRuns()
	s.twins(true) // first: calls in two tellings of one tool run may be one
	s.twins(false)
	s.nestAgain()
	s.decide()
	s.noRequests()
	s.runningTotals()
	s.aggregates()
	return s
}

// sorted is members in order.
func sorted(members []int) []int {
	out := slices.Clone(members)
	slices.Sort(out)
	return out
}

// node is one row in the union-find forest of requests.
type node struct {
	row    *model.Span
	parent int    // union-find
	rule   string // why it joined its group
	up     int    // nearest call above it, -1 for none
	dup    bool   // the same span again
	whole  bool   // a container of several requests
	models [3]string

	running *node // the next call of its tool loop, which adds this one's usage to its own

	// Of a group, kept at its root.
	members []int
	id      string // of the response; of the tool call that the model asked for
}

type spanKey struct {
	trace model.TraceID
	span  model.SpanID
}

type settlement struct {
	nodes  []node // calls and tool calls, in an order that depends on the rows alone
	tasks  []*model.Span
	bySpan map[spanKey]*model.Span
	index  map[spanKey]int

	explained map[*model.Span]*model.Span // containers, by a call that accounts for them
}

func newSettlement(rows []*model.Span) *settlement {
	s := &settlement{bySpan: make(map[spanKey]*model.Span, len(rows)), explained: map[*model.Span]*model.Span{}}
	for _, r := range rows {
		r.CostCounted, r.CostSuppressedBy, r.CostSuppressedRule = false, "", ""
		switch {
		case r.Kind.IsCall() || r.Kind == model.KindToolCall:
			s.nodes = append(s.nodes, node{row: r, up: -1})
		case r.Kind == model.KindTask && r.HasUsage():
			s.tasks = append(s.tasks, r)
		}
		k := spanKey{r.TraceID, r.SpanID}
		if old, ok := s.bySpan[k]; !ok || order(r, old) < 0 {
			s.bySpan[k] = r
		}
	}
	slices.SortFunc(s.nodes, func(a, b node) int { return order(a.row, b.row) })
	slices.SortFunc(s.tasks, order)
	s.index = make(map[spanKey]int, len(s.nodes))
	alone := make([]int, len(s.nodes)) // the members of groups of one
	for i := range s.nodes {
		n := &s.nodes[i]
		alone[i] = i
		n.parent, n.members, n.id = i, alone[i:i+1:i+1], idOf(n.row)
		n.models = modelsOf(n.row)
	}
	return s
}

// order is a total order of rows by their contents, so that nothing depends
// on how they arrived.
func order(a, b *model.Span) int {
	// step by step: most rows differ in when they started
	if c := a.Start.Compare(b.Start); c != 0 {
		return c
	}
	if c := cmp.Or(bytes.Compare(a.TraceID[:], b.TraceID[:]), bytes.Compare(a.SpanID[:], b.SpanID[:])); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(a.ScopeName, b.ScopeName), strings.Compare(string(a.Kind), string(b.Kind)), cmp.Compare(fullness(b), fullness(a)),
		cmp.Compare(a.Duration, b.Duration), strings.Compare(a.Name, b.Name), strings.Compare(a.ResponseID, b.ResponseID))
}

func (s *settlement) find(i int) int {
	for s.nodes[i].parent != i {
		s.nodes[i].parent = s.nodes[s.nodes[i].parent].parent
		i = s.nodes[i].parent
	}
	return i
}

// union joins two groups for a rule. The smaller index is the root.
func (s *settlement) union(i, j int, rule string) {
	if s.nodes[i].rule == "" {
		s.nodes[i].rule = rule
	}
	if s.nodes[j].rule == "" {
		s.nodes[j].rule = rule
	}
	a, b := s.find(i), s.find(j)
	if a == b {
		return
	}
	if b < a {
		a, b = b, a
	}
	s.nodes[b].parent = a
	s.nodes[a].members = append(s.nodes[a].members, s.nodes[b].members...)
	s.nodes[a].id = cmp.Or(s.nodes[a].id, s.nodes[b].id)
}

// resent joins rows with the same ids: the same span exported again.
func (s *settlement) resent() {
	for i := range s.nodes {
		r := s.nodes[i].row
		if r.SpanID.IsZero() {
			continue
		}
		k := spanKey{r.TraceID, r.SpanID}
		if j, ok := s.index[k]; ok {
			s.nodes[i].rule = RuleResent
			s.nodes[i].dup = true
			s.union(j, i, RuleResent)
			continue
		}
		s.index[k] = i
	}
}

// responses joins rows with the same response id, in whatever trace.
func (s *settlement) responses() {
	seen := map[string]int{}
	for i := range s.nodes {
		id := s.nodes[i].row.ResponseID
		if id == "" || s.nodes[i].tool() {
			continue
		}
		if j, ok := seen[id]; ok {
			s.union(j, i, RuleResponse)
			continue
		}
		seen[id] = i
	}
}

// nested joins a call with the one call of the same request below it. A call
// with several requests below it is a container of them.
func (s *settlement) nested() {
	below := map[int][]int{}
	for i := range s.nodes {
		if s.nodes[i].dup || s.nodes[i].tool() {
			continue
		}
		if up := s.callAbove(i); up >= 0 {
			s.nodes[i].up = up
			below[up] = append(below[up], i)
		}
	}
	// from the innermost out: a wrapper of a wrapper joins last
	ups := make([]int, 0, len(below))
	for up := range below {
		ups = append(ups, up)
	}
	depth := func(i int) (d int) {
		for i >= 0 && d < maxDepth {
			i, d = s.nodes[i].up, d+1
		}
		return d
	}
	slices.SortFunc(ups, func(a, b int) int { return cmp.Or(cmp.Compare(depth(b), depth(a)), cmp.Compare(a, b)) })
	for _, up := range ups {
		s.nest(up, below[up])
	}
}

// nestAgain looks once more at containers of several requests: what lies below
// may have turned out to be twins of one.
func (s *settlement) nestAgain() {
	below := map[int][]int{}
	for i := range s.nodes {
		if up := s.nodes[i].up; up >= 0 && s.nodes[up].whole {
			below[up] = append(below[up], i)
		}
	}
	for up := range s.nodes { // in order
		if kids := below[up]; len(kids) > 0 {
			s.nodes[up].whole = false
			s.nest(up, kids)
		}
	}
	// the same span again is the same container again
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.dup {
			if first := s.index[spanKey{n.row.TraceID, n.row.SpanID}]; s.nodes[first].whole {
				n.whole, n.up = true, -1
			}
		}
	}
}

func (s *settlement) nest(up int, kids []int) {
	requests, succeeded := map[int]int{}, map[int]int{}
	for _, k := range kids {
		if !s.compatible(up, k) {
			continue
		}
		root := s.find(k)
		requests[root] = k
		if !s.nodes[k].row.Failed() || s.nodes[k].row.HasUsage() {
			succeeded[root] = k
		}
	}
	one := requests
	if len(requests) > 1 && len(succeeded) == 1 {
		one = succeeded // the others are attempts that failed
	}
	if len(one) == 1 {
		for _, k := range one {
			if !s.conflict(up, k) {
				s.union(up, k, RuleNested)
			}
		}
		return
	}
	if len(requests) > 1 && s.nodes[up].row.ResponseID == "" {
		s.nodes[up].whole = true
	}
}

// callAbove is the nearest call above i of the same kind that can be the same
// request: what happens inside a tool is a request of its own.
func (s *settlement) callAbove(i int) int {
	r := s.nodes[i].row
	at := spanKey{r.TraceID, r.ParentSpanID}
	for range maxDepth {
		if at.span.IsZero() {
			return -1
		}
		up := s.bySpan[at]
		if up == nil || up.Kind == model.KindToolCall {
			return -1
		}
		if up.Kind == r.Kind {
			if j, ok := s.index[at]; ok && j != i {
				return j
			}
		}
		at.span = up.ParentSpanID
	}
	return -1
}

// conflict reports whether two groups hold different ids: then they are two
// requests, or two tool runs.
func (s *settlement) conflict(i, j int) bool {
	a, b := s.nodes[s.find(i)].id, s.nodes[s.find(j)].id
	return a != "" && b != "" && a != b
}

// streamLogs joins the zero-length record by which Logfire ends a stream with
// the latest earlier span of the same scope, parent and model that has no
// usage. Without a parent the two are of different traces, and what tells that
// they are one is that they hold the same input.
func (s *settlement) streamLogs() {
	type key struct {
		trace   model.TraceID
		parent  model.SpanID
		scope   string
		model   string
		service string
		input   uint64
	}
	open := map[key][]int{}
	for i := range s.nodes {
		r := s.nodes[i].row
		if s.nodes[i].dup || s.nodes[i].tool() || r.Dialect != streamLogDialect {
			continue
		}
		k := key{trace: r.TraceID, parent: r.ParentSpanID, scope: r.ScopeName, model: s.nodes[i].models[0], service: r.ServiceName}
		if r.ParentSpanID.IsZero() {
			if k.trace, k.input = (model.TraceID{}), r.InputHash; k.input == 0 {
				continue
			}
		}
		if r.Duration > 0 {
			if !r.HasUsage() && !r.Failed() {
				open[k] = append(open[k], i)
			}
			continue
		}
		if !strings.HasPrefix(r.Name, streamLogName) {
			continue
		}
		if l := open[k]; len(l) > 0 && r.Start.Sub(s.nodes[l[len(l)-1]].row.End()) <= maxStream {
			j := l[len(l)-1]
			open[k] = l[:len(l)-1]
			s.union(j, i, RuleStreamLog)
		}
	}
}

// streamLogDialect is the dialect whose streams are told of by two records:
// a span that ends when the stream begins, and a log when it has ended.
const (
	streamLogDialect = "logfire"
	streamLogName    = "streaming response from "
	maxStream        = time.Hour // how long one may take
)

// compatible reports whether two calls may be of one model.
func (s *settlement) compatible(i, j int) bool {
	a, b := &s.nodes[i], &s.nodes[j]
	if gateway(a.row) || gateway(b.row) {
		return true // an alias stands for the model
	}
	known := false
	for _, x := range a.models {
		for _, y := range b.models {
			if x == "" || y == "" {
				continue
			}
			known = true
			if sameModel(x, y) {
				return true
			}
		}
	}
	return !known
}

// decide picks the fullest row of each group.
func (s *settlement) decide() {
	best := make([]int, len(s.nodes)) // by root
	for root := range s.nodes {
		if s.nodes[root].parent != root {
			continue
		}
		b := root
		for _, i := range s.nodes[root].members {
			if i != b && s.better(i, b) {
				b = i
			}
		}
		best[root] = b
		for _, i := range s.nodes[root].members {
			n := &s.nodes[i]
			if i == b {
				n.row.CostCounted = !n.tool()
				continue
			}
			n.row.CostSuppressedBy = s.nodes[b].row.SpanID.String()
			n.row.CostSuppressedRule = cmp.Or(n.rule, s.nodes[b].rule, RuleTwin)
		}
	}
	// a container of several requests steps back for them
	for i := range s.nodes {
		up := s.nodes[i].up
		if up < 0 || !s.nodes[up].whole || !s.nodes[up].row.CostCounted {
			continue
		}
		r := s.nodes[up].row
		r.CostCounted = false
		r.CostSuppressedBy, r.CostSuppressedRule = s.nodes[best[s.find(i)]].row.SpanID.String(), RuleContainer
	}
	for i := range s.nodes {
		if n := &s.nodes[i]; n.dup && n.whole && n.row.CostCounted {
			first := s.nodes[s.index[spanKey{n.row.TraceID, n.row.SpanID}]].row
			n.row.CostCounted, n.row.CostSuppressedBy, n.row.CostSuppressedRule = false, first.SpanID.String(), RuleResent
		}
	}
}

// noRequests uncounts calls behind which there was no request: a scope that
// never has usage of its own and has a call of another scope below it wherever
// it sent a request, and here has none (DSPy's cache hits).
func (s *settlement) noRequests() {
	type key struct{ service, scope string }
	wraps := map[key]bool{}
	below := make([]bool, len(s.nodes))
	for i := range s.nodes {
		if up := s.nodes[i].up; up >= 0 && s.nodes[up].row.ScopeName != s.nodes[i].row.ScopeName {
			below[up] = true
			wraps[key{s.nodes[up].row.ServiceName, s.nodes[up].row.ScopeName}] = true
		}
	}
	for i := range s.nodes {
		if r := s.nodes[i].row; r.HasUsage() || r.ResponseID != "" {
			delete(wraps, key{r.ServiceName, r.ScopeName})
		}
	}
	for i := range s.nodes {
		r := s.nodes[i].row
		if r.CostCounted && !r.Failed() && wraps[key{r.ServiceName, r.ScopeName}] && s.alone(i, below) {
			r.CostCounted, r.CostSuppressedRule = false, RuleNoRequest
		}
	}
}

// alone reports whether nothing but the same span again tells of i's request.
func (s *settlement) alone(i int, below []bool) bool {
	for _, m := range s.nodes[s.find(i)].members {
		if n := &s.nodes[m]; !n.dup && (below[m] || n.up >= 0 || m != i && !s.nodes[i].dup) {
			return false
		}
	}
	return true
}

// better reports whether i tells more of the request than j.
func (s *settlement) better(i, j int) bool {
	a, b := s.nodes[i].row, s.nodes[j].row
	if x, y := record(a), record(b); x != y && a.ScopeName == b.ScopeName && a.HasUsage() && b.HasUsage() {
		return y // an instrumentation's span knows whether its counts are the provider's
	}
	if c := cmp.Compare(rank(a), rank(b)); c != 0 && !sameCounts(a, b) {
		return c > 0
	}
	if s.nodes[i].whole != s.nodes[j].whole {
		return s.nodes[j].whole
	}
	if c := cmp.Compare(fullness(a), fullness(b)); c != 0 {
		return c > 0
	}
	if gateway(a) != gateway(b) {
		return gateway(b)
	}
	return i < j
}

// record reports whether a log record told of the call, at one moment.
func record(r *model.Span) bool { return r.Duration == 0 }

// rank puts a provider's own whole count before a part of it, that before an
// estimate, that before nothing; and the provider's SDK before others.
func rank(r *model.Span) int {
	n := 0
	switch r.UsageSource {
	case model.UsageProvider:
		n = 400
	case model.UsagePartial:
		n = 300
	case model.UsageAggregate:
		n = 200
	case model.UsageEstimated:
		n = 100
	}
	if !r.HasUsage() {
		n = 0
	}
	if native(r.ScopeName) {
		n += 20
	}
	return n
}

func native(scope string) bool { return strings.HasPrefix(scope, "com.anthropic.sdk.") }

// gateway recognises the spans that a gateway or an inference server writes
// of requests that a client may tell of as well.
func gateway(r *model.Span) bool {
	switch r.Dialect {
	case "litellm", "openrouter", "cloudflare", "kong", "bifrost", "portkey", "inference-server":
		return true
	}
	return r.OTelKind == "server"
}

// fullness counts what a row knows of its usage and response.
func fullness(r *model.Span) int {
	n := 0
	for _, x := range [...]model.Int{r.InputTotal, r.OutputTotal} {
		if x.Known {
			n += 100
		}
	}
	for _, x := range [...]model.Int{r.CacheRead, r.CacheWrite, r.Reasoning, r.CacheWrite1h, r.CacheWrite5m, r.InputAudio, r.OutputAudio} {
		if x.Or(0) > 0 {
			n += 10
		} else if x.Known {
			n++
		}
	}
	if p := baseModel(r.PricedModel); p != "" && (!sameModel(p, baseModel(r.RequestModel)) || r.ResponseModel != "" && !sameModel(p, baseModel(r.ResponseModel))) {
		n += 50 // it knows the model behind an alias
	}
	if idOf(r) != "" {
		n += 5
	}
	if r.ResponseModel != "" {
		n++
	}
	if r.Provider != "" {
		n++
	}
	return n
}

// sameCounts reports whether two rows give the same totals: then the one that
// calls its own an estimate speaks of both.
func sameCounts(a, b *model.Span) bool {
	return a.HasUsage() && a.InputTotal == b.InputTotal && a.OutputTotal == b.OutputTotal && !native(a.ScopeName) && !native(b.ScopeName)
}

// SettleAround settles rows of which only some were touched, beside others
// that were read because they may tell of the same requests. What was decided
// of an untouched row stands, unless a touched row tells of the same request
// or is part of it: the rows that decided it may not be among these.
func SettleAround(rows []*model.Span, touched func(*model.Span) bool) {
	type decision struct {
		counted  bool
		by, rule string
	}
	before := make([]decision, len(rows))
	for i, r := range rows {
		before[i] = decision{r.CostCounted, r.CostSuppressedBy, r.CostSuppressedRule}
	}
	s := settle(rows)
	anew := make(map[*model.Span]bool, len(rows))
	for i := range s.nodes {
		if !touched(s.nodes[i].row) {
			continue
		}
		anew[s.nodes[i].row] = true
		for _, m := range s.nodes[s.find(i)].members {
			anew[s.nodes[m].row] = true
		}
		for up := s.nodes[i].up; up >= 0 && !anew[s.nodes[up].row]; up = s.nodes[up].up {
			anew[s.nodes[up].row] = true // what contains it
		}
	}
	for t, by := range s.explained {
		if anew[by] {
			anew[t] = true
		}
	}
	for i, r := range rows {
		if !anew[r] && !touched(r) {
			r.CostCounted, r.CostSuppressedBy, r.CostSuppressedRule = before[i].counted, before[i].by, before[i].rule
		}
	}
}
