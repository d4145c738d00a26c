package blowout

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// CacheSample is the use of the prompt cache by the calls of one prompt version.
type CacheSample struct {
	PromptVersion    string
	Calls            int64
	Input, CacheRead int64 // tokens, Input including CacheRead
	// SavedPerToken is what a cached token saves, in USD; 0 where unknown.
	SavedPerToken float64
}

// HitRatio is the share of input tokens that came from the cache.
func (s CacheSample) HitRatio() float64 {
	if s.Input == 0 {
		return 0
	}
	return min(1, float64(s.CacheRead)/float64(s.Input))
}

// minCacheCalls is the least sample on either side.
const minCacheCalls = 30

// CacheBreak tells whether the prompt cache stopped hitting: the hit ratio
// fell by a fifth of the input or more and by more than half, beyond chance (z
// > 5, calls taken as units and each as all or nothing, which overstates their
// noise), and so did the cached tokens of a call: a context that grows dilutes
// the ratio and breaks nothing.
func CacheBreak(product string, before, now CacheSample, at time.Time) (Finding, bool) {
	if before.Calls < minCacheCalls || now.Calls < minCacheCalls {
		return Finding{}, false
	}
	p, q := before.HitRatio(), now.HitRatio()
	drop := p - q
	pool := (p*float64(before.Calls) + q*float64(now.Calls)) / float64(before.Calls+now.Calls)
	se := math.Sqrt(pool * (1 - pool) * (1/float64(before.Calls) + 1/float64(now.Calls)))
	perCall := func(s CacheSample) float64 { return float64(s.CacheRead) / float64(s.Calls) }
	if drop < 0.2 || q > p/2 || drop < 5*se || perCall(now) > perCall(before)/2 {
		return Finding{}, false
	}
	half := 1.959963984540054 * se
	where := ""
	if now.PromptVersion != before.PromptVersion {
		where = fmt.Sprintf(" since prompt version %s (before: %s)", named(now.PromptVersion), named(before.PromptVersion))
	}
	costs := " What that costs is unknown: the calls have no price for cached tokens."
	if now.SavedPerToken > 0 {
		lost := func(drop float64) float64 { return max(0, drop) * float64(now.Input) * now.SavedPerToken }
		costs = fmt.Sprintf(" Lost in these calls: %.2f USD (95 %% interval %.2f to %.2f), %.2f USD per thousand calls.",
			lost(drop), lost(drop-half), lost(drop+half), lost(drop)/float64(now.Calls)*1000)
	}
	return Finding{
		Kind: model.IncidentCacheBreak, Product: product, Series: "cache hit ratio " + now.PromptVersion, Severity: model.Page, At: at,
		Effect: estimate(q-p, q-p-half, q-p+half, now.Calls),
		Evidence: fmt.Sprintf("The prompt cache of %s stopped hitting%s: %.0f %% of input tokens came from it, %.0f %% before (%d calls against %d; %.0f points less, 95 %% interval %.0f to %.0f).%s",
			product, where, 100*q, 100*p, now.Calls, before.Calls, 100*drop, 100*(drop-half), 100*(drop+half), costs),
	}, true
}

func named(v string) string {
	if v == "" {
		return "(none)"
	}
	return v
}

// What is compared: the calls of the last windows, shortest first, with those
// of a week before.
var useWindows = []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour}

const (
	days        = 7
	useBaseline = days * 24 * time.Hour
	// Settles is how long a cache that hits less for good is told of, before the
	// new ratio counts as the usual: long enough for a weekend and somebody to
	// look, short enough that a decision (a prompt that varies at its front on
	// purpose) is not held against the product for ever. A new version is
	// compared with the one that it replaced for a week.
	Settles = 6 * 24 * time.Hour
	// UseHistory is how far before an instant uses are looked at.
	UseHistory = 2*useBaseline + 24*time.Hour
)

// CacheBreaks looks for prompt versions whose cache stopped hitting: against
// the same hours of the week before, and new ones against the versions that
// they replaced. It must be worse than on the worst of those days.
// began gives the start of the open incident of a series, or zero: the present
// is no baseline of itself. Unclear are series about which too few calls tell.
func (u *Uses) CacheBreaks(product string, plan Plan, began func(series string) time.Time, at time.Time) (found []Finding, unclear []string) {
	for i := range u.versions {
		v := &u.versions[i]
		series := "cache_hit_ratio" + slice("prompt", v.Prompt, "prompt_version", v.Version)
		open := began(series)
		if f, ok := u.cacheBreak(product, v, open, at); ok {
			f.Series = series
			f.Severity = plan.severity(f.rel, u.perHour(f.Since))
			f.Evidence += fmt.Sprintf(" If it stays so, it counts as the usual from about %s on: this closes then, mended or not.", f.settles.Format("Mon 2 Jan"))
			found = append(found, f)
			continue
		}
		if last := u.in(span{at.Add(-useWindows[0]), at}, u.others(v, true)...); !open.IsZero() && last.CacheCalls < minCacheCalls {
			unclear = append(unclear, series)
		}
	}
	return found, unclear
}

func (u *Uses) cacheBreak(product string, v *group, open, at time.Time) (Finding, bool) {
	first := u.start.Add(time.Duration(v.first) * time.Hour)
	if !first.Before(at) || !u.inUse(v, at) {
		return Finding{}, false
	}
	isNew := v.first >= 24 && at.Sub(first) <= useBaseline
	for _, w := range useWindows {
		s := span{latest(first, at.Add(-w).Truncate(time.Hour)), at}
		now := u.in(s, v.line)
		if now.CacheCalls < minCacheCalls {
			continue
		}
		healthy := false
		judge := func(was string, past []span, old []line) (f Finding, ok bool) {
			before := u.over(past, old...)
			healthy = healthy || before.CacheCalls >= minCacheCalls && now.hitRatio() > before.hitRatio()/2
			if u.worseThanEver(now, past, old) {
				f, ok = judgeCache(product, was, v.Version, before, now, at)
				f.Since = u.since(v, first, s.from, before.hitRatio()/2)
				f.settles = f.Since.Add(Settles)
			}
			return f, ok
		}
		if isNew {
			was, lines := u.replaced(v, first, s)
			if f, ok := judge(enumerate(was), sameHours(s.from, at, first), lines); ok {
				f.settles = first.Add(useBaseline) // as long as it is new
				return f, true
			}
		}
		until := s.from
		if !open.IsZero() {
			until = earliest(until, open)
		}
		if f, ok := judge(v.Version, sameHours(s.from, at, until), []line{v.line}); ok {
			return f, true
		}
		if healthy {
			break // longer windows still hold what was before it was mended
		}
	}
	return Finding{}, false
}

// since is the hour from which on the version hit less than limit, looking
// back from an hour that did.
func (u *Uses) since(v *group, first, from time.Time, limit float64) time.Time {
	since := from
	for h := from.Add(-time.Hour); !h.Before(first); h = h.Add(-time.Hour) {
		x := u.in(span{h, h.Add(time.Hour)}, v.line)
		if x.CacheCalls > 0 && x.hitRatio() > limit {
			break
		}
		if x.CacheCalls > 0 {
			since = h
		}
	}
	return since
}

// inUse reports whether a version is among the latest calls of its prompt: one
// that was rolled back is no longer broken.
func (u *Uses) inUse(v *group, at time.Time) bool {
	for _, w := range useWindows {
		s := span{at.Add(-w).Truncate(time.Hour), at}
		if all := u.in(s, u.others(v, true)...); all.Calls >= minCacheCalls {
			x := u.in(s, v.line)
			return x.Calls > 0
		}
	}
	return true
}

// worseThanEver reports whether the cache hits less than on the worst of the
// days before, a quarter off: what happens by itself is no break.
func (u *Uses) worseThanEver(now Use, past []span, old []line) bool {
	for _, day := range past {
		if x := u.in(day, old...); x.CacheCalls >= minCacheCalls && now.hitRatio() > 0.75*x.hitRatio() {
			return false
		}
	}
	return true
}

func judgeCache(product, was, is string, before, now Use, at time.Time) (Finding, bool) {
	fresh := Use{Tokens: [components]int64{now.Tokens[Input] + now.Tokens[CacheWrite]}, Amount: [components]int64{now.Amount[Input] + now.Amount[CacheWrite]}}
	saved := 0.0
	if cached := before.price(CacheRead); cached > 0 || before.Tokens[CacheRead] > 0 && before.Amount[Input] > 0 {
		saved = max(0, fresh.price(Input)-cached)
	}
	f, ok := CacheBreak(product,
		CacheSample{PromptVersion: was, Calls: before.CacheCalls, Input: before.CacheInput, CacheRead: before.Tokens[CacheRead]},
		CacheSample{PromptVersion: is, Calls: now.CacheCalls, Input: now.CacheInput, CacheRead: now.Tokens[CacheRead], SavedPerToken: saved}, at)
	if !ok {
		return f, false
	}
	if extra := -*f.Effect.Value * float64(now.CacheInput) * saved; now.usd() > extra {
		f.rel = extra / (now.usd() - extra)
	}
	return f, true
}

func (u *Use) hitRatio() float64 {
	return CacheSample{Input: u.CacheInput, CacheRead: u.Tokens[CacheRead]}.HitRatio()
}

// enumerate names a few versions.
func enumerate(vs []string) string {
	const most = 3
	s := strings.Join(vs[:min(len(vs), most)], ", ")
	if n := len(vs) - most; n > 0 {
		s += fmt.Sprintf(" and %d more", n)
	}
	return s
}

// others are the lines of the versions of the same prompt, with or without v.
func (u *Uses) others(v *group, with bool) (out []line) {
	for i := range u.versions {
		if o := &u.versions[i]; o.Prompt == v.Prompt && (with || o != v) {
			out = append(out, o.line)
		}
	}
	return out
}

// replaced are the versions that v took the place of at its first hour: all of
// its prompt's where the prompt has a name. Without one it may be another
// prompt altogether, and only the single other version, or those whose share
// of the calls has halved since, are taken.
func (u *Uses) replaced(v *group, first time.Time, now span) (names []string, lines []line) {
	day, all := span{first.Add(-24 * time.Hour), first}, u.others(v, true)
	share := func(l line, s span) float64 {
		x, n := u.in(s, l), u.in(s, all...)
		return float64(x.Calls) / max(1, float64(n.Calls))
	}
	var of []*group
	for i := range u.versions {
		o := &u.versions[i]
		if o.Prompt == v.Prompt && o != v {
			if x := u.in(span{first.Add(-useBaseline), first}, o.line); x.CacheCalls >= minCacheCalls {
				of = append(of, o)
			}
		}
	}
	for _, o := range of {
		if v.Prompt != "" || len(of) == 1 || share(o.line, now) <= share(o.line, day)/2 {
			names, lines = append(names, named(o.Version)), append(lines, o.line)
		}
	}
	return names, lines
}

// slice writes {name=value,…} of the values that are given.
func slice(pairs ...string) string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, pairs[i]+"="+pairs[i+1])
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "{" + strings.Join(out, ",") + "}"
}
