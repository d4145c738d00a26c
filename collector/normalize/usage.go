package normalize

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/windage-dev/windage/model"
)

// What the input and output counts of a span include.
const (
	inclusive     = "inclusive"           // cache reads and writes are in the input, reasoning in the output
	exclusive     = "exclusive"           // they come beside it
	readInclusive = "read_only_inclusive" // cache reads are in the input, writes beside it
	twice         = "twice"               // reasoning was added to an output that held it already
	unknownRule   = "unknown"
)

// usageRule is a compiled UsageRule.
type usageRule struct {
	UsageRule
	version  versionRange
	scope    pattern
	has      string // the key of When.Has
	hasValue pattern
	valued   bool
	provider []pattern
	text     string // kept on the row
}

func compileUsage(u UsageRule) (usageRule, error) {
	c := usageRule{UsageRule: u}
	c.Input, c.Output = cmp.Or(u.Input, inclusive), cmp.Or(u.Output, inclusive)
	switch c.Input {
	case inclusive, exclusive, readInclusive, unknownRule:
	default:
		return c, fmt.Errorf("usage: input %q", u.Input)
	}
	switch c.Output {
	case inclusive, exclusive, twice:
	default:
		return c, fmt.Errorf("usage: output %q", u.Output)
	}
	switch c.Source {
	case "", model.UsageProvider, model.UsagePartial, model.UsageEstimated, model.UsageAggregate:
	default:
		return c, fmt.Errorf("usage: source %q", u.Source)
	}
	var err error
	if c.version, err = parseRange(u.When.Version); err != nil {
		return c, fmt.Errorf("usage: %w", err)
	}
	c.scope = patternOf(u.When.Scope)
	var value string
	c.has, value, c.valued = strings.Cut(u.When.Has, "=")
	c.hasValue = patternOf(value)
	for _, p := range u.When.Providers {
		c.provider = append(c.provider, patternOf(p))
	}
	c.text = cmp.Or(u.Why, "dialect: "+c.Input)
	return c, nil
}

// of reports whether the rule speaks of an instrumentation.
func (u *usageRule) of(scope, version string) bool {
	return (u.When.Scope == "" || u.scope.matches(scope)) && u.version.holds(version)
}

// holds reports whether a rule of the span's instrumentation holds for it.
func (u *usageRule) holds(rd *reading) bool {
	w, r := &u.When, rd.row
	if w.Streaming != nil && (r.Streaming == model.True) != *w.Streaming {
		return false
	}
	if w.Operation != "" && w.Operation != r.Operation {
		return false
	}
	if len(u.provider) > 0 && !slices.ContainsFunc(u.provider, func(p pattern) bool { return p.matches(r.Provider) }) {
		return false
	}
	if w.Has != "" {
		v, ok := rd.attrs.Get(u.has)
		if !ok || u.valued && !u.hasValue.matches(asText(v)) {
			return false
		}
	}
	if w.Lacks != "" {
		if _, ok := rd.attrs.Get(w.Lacks); ok {
			return false
		}
	}
	if len(w.Models) > 0 {
		m := strings.ToLower(r.RequestModel + " " + r.ResponseModel)
		found := false
		for _, x := range w.Models {
			found = found || strings.Contains(m, x)
		}
		return found
	}
	return true
}

// settleUsage brings the counts of a call to the canonical form: inclusive
// totals and subsets of them. What the numbers prove beats what the dialect's
// table says; the rule that decided stays on the row.
func settleUsage(rd *reading) {
	r, u := rd.row, &rd.row.Usage
	unknownZeros(r)
	rule := &defaultRule
	for _, x := range rd.usageRules() {
		if x.holds(rd) {
			rule = x
			break
		}
	}
	in, out, why := rule.Input, rule.Output, rule.text
	if rd.usageFixed != "" { // a provider's own usage object was read: its shape says it all
		in, out, why = inclusive, inclusive, rd.usageFixed
	}
	cache := u.CacheRead.Or(0) + u.CacheWrite.Or(0)
	if cache > 0 && u.InputTotal.Known {
		switch {
		case in != exclusive && cache > u.InputTotal.N && !(in == readInclusive && u.CacheRead.Or(0) <= u.InputTotal.N):
			in, why = exclusive, "numbers: cache exceeds input"
		case rule.Total != "sdk" && u.TotalReported.Known && u.OutputTotal.Known:
			switch sum := u.InputTotal.N + u.OutputTotal.N; u.TotalReported.N {
			case sum:
				if in == unknownRule {
					in, why = inclusive, "numbers: total = input + output"
				}
			case sum + cache:
				in, why = exclusive, "numbers: total = input + output + cache"
			}
		}
		r.CacheSemantics, r.CacheSemanticsRule = in, why
		switch in {
		case exclusive:
			u.InputTotal.N += cache
		case readInclusive:
			u.InputTotal.N += u.CacheWrite.Or(0)
		}
	} else if why != defaultRule.text {
		r.CacheSemanticsRule = why
	}
	// the cache shows only in what the total has over: Bedrock's always holds it
	besides := in == exclusive || in == unknownRule || strings.HasPrefix(r.Provider, "aws.")
	if cache == 0 && besides && rule.Total != "sdk" && u.InputTotal.Known && u.OutputTotal.Known && u.TotalReported.Or(0) > u.InputTotal.N+u.OutputTotal.N {
		u.InputTotal = model.Some(u.TotalReported.N - u.OutputTotal.N)
		rd.usageSource = cmp.Or(rd.usageSource, model.UsagePartial) // nothing says how much of it was read, and how much written
	}
	settleOutput(rd, out, rule.Total)
	if split := u.CacheWrite5m.Or(0) + u.CacheWrite1h.Or(0); split > u.CacheWrite.Or(0) {
		if u.CacheWrite.Or(0) > 0 {
			inconsistent(r, "cache writes by lifetime exceed cache writes")
		}
		u.CacheWrite = model.Some(split)
	}
	check(r)
	source(rd, rule)
	if rule.Running && r.HasUsage() {
		r.IsAggregate = true
	}
}

// usageRules are the dialect's rules that speak of the row's instrumentation:
// the same as for the span before it, mostly.
func (rd *reading) usageRules() []*usageRule {
	c, r := &rd.usageOf, rd.row
	if c.dialect == rd.dialect && c.scope == r.ScopeName && c.version == r.ScopeVersion {
		return c.rules
	}
	c.dialect, c.scope, c.version, c.rules = rd.dialect, r.ScopeName, r.ScopeVersion, c.rules[:0]
	for i := range rd.dialect.usage {
		if u := &rd.dialect.usage[i]; u.of(r.ScopeName, r.ScopeVersion) {
			c.rules = append(c.rules, u)
		}
	}
	return c.rules
}

// usageOf are the usage rules of one instrumentation in one dialect.
type usageOf struct {
	dialect        *Dialect
	scope, version string
	rules          []*usageRule
}

var defaultRule = usageRule{UsageRule: UsageRule{Input: inclusive, Output: inclusive}, text: "default: inclusive"}

func settleOutput(rd *reading, includes, total string) {
	u := &rd.row.Usage
	if !u.OutputTotal.Known {
		return
	}
	if u.Reasoning.Or(0) == 0 {
		// the thoughts show only in what the total has over: Gemini's always holds them
		gemini := strings.HasPrefix(rd.row.Provider, "gcp.")
		if in := u.InputTotal; (includes == exclusive || gemini) && total != "sdk" && in.Known && u.TotalReported.Or(0) > in.N+u.OutputTotal.N {
			u.OutputTotal = model.Some(u.TotalReported.N - in.N)
		}
		return
	}
	switch {
	case includes == inclusive && u.InputTotal.Known && u.TotalReported.Or(0) == u.InputTotal.N+u.OutputTotal.N+u.Reasoning.N:
		u.OutputTotal.N += u.Reasoning.N // whoever added up the total took reasoning for something beside the output
	case includes == twice:
		if u.OutputTotal.N >= 2*u.Reasoning.N || u.TotalReported.Known {
			u.OutputTotal.N -= u.Reasoning.N
		}
	case u.Reasoning.N > u.OutputTotal.N:
		u.OutputTotal.N += u.Reasoning.N
	case includes == exclusive:
		if !(u.TotalReported.Known && u.InputTotal.Known && total != "sdk" && u.TotalReported.N == u.InputTotal.N+u.OutputTotal.N) {
			u.OutputTotal.N += u.Reasoning.N
		}
	}
}

// unknownZeros undoes the zeros that SDKs write where the provider said
// nothing: no call has neither input nor output, and a call with output had
// some input. Zeros of a failed call mean nothing.
func unknownZeros(r *model.Span) {
	u := &r.Usage
	in, out := u.InputTotal, u.OutputTotal
	cache := u.CacheRead.Or(0) + u.CacheWrite.Or(0)
	switch {
	case in.Or(0) == 0 && out.Or(0) == 0 && cache == 0:
		if in.Known || out.Known {
			u.InputTotal, u.OutputTotal, u.TotalReported = model.Int{}, model.Int{}, model.Int{}
			missing(r, "zeros_not_counts")
		}
	case in.Known && in.N == 0 && out.Or(0) > 0 && cache == 0:
		u.InputTotal = model.Int{}
		missing(r, "input_zero_beside_output")
	}
	if r.Failed() && out.Known && out.N == 0 && in.Or(0) == 0 {
		u.OutputTotal = model.Int{}
	}
}

// missing tells why counts are unknown, unless a graver reason is told.
func missing(r *model.Span, why string) {
	if r.UsageMissingReason == "" {
		r.UsageMissingReason = why
	}
}

func check(r *model.Span) {
	u := &r.Usage
	if u.InputTotal.Known && u.CacheRead.Or(0)+u.CacheWrite.Or(0) > u.InputTotal.N {
		inconsistent(r, "cache exceeds input")
	}
	if u.OutputTotal.Known && u.Reasoning.Or(0) > u.OutputTotal.N {
		inconsistent(r, "reasoning exceeds output")
	}
	if t := u.TotalReported; t.Known && t.N > 0 && u.InputTotal.Known && u.OutputTotal.Known {
		if sum := u.InputTotal.N + u.OutputTotal.N; t.N > sum {
			inconsistent(r, "reported total "+strconv.FormatInt(t.N, 10)+" exceeds input + output "+strconv.FormatInt(sum, 10))
		}
	}
}

func inconsistent(r *model.Span, what string) {
	if r.UsageInconsistent == "" {
		r.UsageInconsistent = what
	} else if !slices.Contains(strings.Split(r.UsageInconsistent, "; "), what) {
		r.UsageInconsistent += "; " + what
	}
}

func source(rd *reading, rule *usageRule) {
	r := rd.row
	if !r.InputTotal.Known && !r.OutputTotal.Known {
		r.UsageSource = ""
		if r.UsageMissingReason == "" && r.Kind.IsCall() {
			switch {
			case r.Failed():
				r.UsageMissingReason = "failed"
			case r.DroppedAttributes.Known:
				r.UsageMissingReason = "attributes_dropped"
			case r.Streaming == model.True:
				r.UsageMissingReason = "stream_no_usage"
			default:
				r.UsageMissingReason = "not_reported"
			}
		}
		return
	}
	r.UsageSource = cmp.Or(rd.usageSource, rule.Source, model.UsageProvider)
	if r.UsageSource == model.UsageProvider && r.Kind.IsCall() && !r.InputTotal.Known {
		r.UsageSource = model.UsagePartial
	}
}

// versionRange is a conjunction of comparisons such as ">=0.1.3 <0.2".
type versionRange []versionBound

type versionBound struct {
	op string
	v  [4]int
}

func parseRange(s string) (versionRange, error) {
	var out versionRange
	for part := range strings.FieldsSeq(s) {
		op := strings.TrimRight(part, "0123456789.")
		switch op {
		case "<", "<=", ">", ">=", "=":
		default:
			return nil, fmt.Errorf("version %q: want a comparison such as <0.1.30", part)
		}
		v, ok := parseVersion(part[len(op):])
		if !ok {
			return nil, fmt.Errorf("version %q is no version", part)
		}
		out = append(out, versionBound{op, v})
	}
	return out, nil
}

// holds is false for a version that is unknown, unless nothing is asked.
func (v versionRange) holds(s string) bool {
	if len(v) == 0 {
		return true
	}
	have, ok := parseVersion(s)
	if !ok {
		return false
	}
	for _, b := range v {
		c := 0
		for i := range have {
			if c == 0 {
				c = cmp.Compare(have[i], b.v[i])
			}
		}
		switch b.op {
		case "<":
			ok = c < 0
		case "<=":
			ok = c <= 0
		case ">":
			ok = c > 0
		case ">=":
			ok = c >= 0
		default:
			ok = c == 0
		}
		if !ok {
			return false
		}
	}
	return true
}

// parseVersion reads up to four numbers; a suffix such as b1 or -alpha ends it.
func parseVersion(s string) (v [4]int, ok bool) {
	s = strings.TrimPrefix(s, "v")
	for i := range v {
		n := 0
		for n < len(s) && n < 9 && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == 0 {
			return v, i > 0
		}
		v[i], _ = strconv.Atoi(s[:n])
		if n == len(s) || s[n] != '.' {
			return v, true
		}
		s = s[n+1:]
	}
	return v, true
}
