package blowout

import (
	"fmt"
	"math"
	"time"

	"github.com/windage-dev/windage/model"
)

// TaskSample is what a set of closed tasks of one type cost: counts and sums
// in USD, so that samples add up.
type TaskSample struct {
	Tasks, Successes int64
	Sum, SumSquares  float64 // of cost over all tasks
	SumOfSuccesses   float64 // of cost over the successful ones
}

// PerSuccess is the cost per successful task and the standard error of its
// logarithm (delta method); ok is false without two tasks and one success.
func (s TaskSample) PerSuccess() (value, seLog float64, ok bool) {
	if s.Successes == 0 || s.Tasks < 2 || s.Sum <= 0 {
		return 0, 0, false
	}
	n, g := float64(s.Tasks), float64(s.Successes)
	r := s.Sum / g
	ss := s.SumSquares - 2*r*s.SumOfSuccesses + r*r*g // Σ(c − r·success)²
	return r, math.Sqrt(math.Max(ss, 0)*n/(n-1)) / g / r, true
}

// minShiftTasks is the least sample on either side.
const minShiftTasks = 30

// CostPerTask tells whether a successful task became dearer: at least a
// quarter, and beyond chance (z > 4 on the logarithm of the ratio). It pages
// from twice the cost on.
func CostPerTask(product, taskType string, before, now TaskSample, at time.Time) (Finding, bool) {
	a, sa, ok1 := before.PerSuccess()
	b, sb, ok2 := now.PerSuccess()
	if !ok1 || !ok2 || before.Tasks < minShiftTasks || now.Tasks < minShiftTasks {
		return Finding{}, false
	}
	lr, se := math.Log(b/a), math.Hypot(sa, sb)
	if lr < math.Log(1.25) || lr < 4*se {
		return Finding{}, false
	}
	sev := model.Ticket
	if lr >= math.Log(2) {
		sev = model.Page
	}
	low, high := math.Exp(lr-1.959963984540054*se), math.Exp(lr+1.959963984540054*se)
	why := "the tasks themselves became dearer"
	if sr := rate(now) / rate(before); sr < 0.9 {
		why = fmt.Sprintf("the success rate fell from %.0f %% to %.0f %%", 100*rate(before), 100*rate(now))
		if per := now.Sum / float64(now.Tasks) / (before.Sum / float64(before.Tasks)); per > 1.1 {
			why += fmt.Sprintf(" and a task costs %.2f times as much", per)
		}
	}
	return Finding{
		Kind: model.IncidentCostShift, Product: product, Series: "cost per successful task " + taskType, Severity: sev, At: at,
		Effect: estimate(b/a, low, high, now.Tasks),
		Evidence: fmt.Sprintf("A successful task of %s%s costs %.4f USD, %.2f times the %.4f of before (95 %% interval %.2f to %.2f, %d tasks against %d): %s.",
			product, ofType(taskType), b, b/a, a, low, high, now.Tasks, before.Tasks, why),
	}, true
}

func rate(s TaskSample) float64 { return float64(s.Successes) / float64(s.Tasks) }

func ofType(t string) string {
	if t == "" {
		return ""
	}
	return " (" + t + ")"
}

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
	return float64(s.CacheRead) / float64(s.Input)
}

// CacheBreak tells whether the prompt cache stopped hitting: the hit ratio
// fell by a fifth of the input or more and by more than half, beyond chance (z > 5, calls taken
// as units and each as all or nothing, which overstates their noise).
func CacheBreak(product string, before, now CacheSample, at time.Time) (Finding, bool) {
	const least = 30
	if before.Calls < least || now.Calls < least {
		return Finding{}, false
	}
	p, q := before.HitRatio(), now.HitRatio()
	drop := p - q
	pool := (p*float64(before.Calls) + q*float64(now.Calls)) / float64(before.Calls+now.Calls)
	se := math.Sqrt(pool * (1 - pool) * (1/float64(before.Calls) + 1/float64(now.Calls)))
	if drop < 0.2 || q > p/2 || drop < 5*se {
		return Finding{}, false
	}
	where := ""
	if now.PromptVersion != before.PromptVersion {
		where = fmt.Sprintf(" since prompt version %s (before: %s)", named(now.PromptVersion), named(before.PromptVersion))
	}
	costs := ""
	if now.SavedPerToken > 0 {
		costs = fmt.Sprintf(" It costs %.2f USD more per thousand calls.", drop*float64(now.Input)/float64(now.Calls)*1000*now.SavedPerToken)
	}
	return Finding{
		Kind: model.IncidentCacheBreak, Product: product, Series: "cache hit ratio " + now.PromptVersion, Severity: model.Page, At: at,
		Effect: estimate(q-p, q-p-1.959963984540054*se, q-p+1.959963984540054*se, now.Calls),
		Evidence: fmt.Sprintf("The prompt cache of %s stopped hitting%s: %.0f %% of input tokens came from it, %.0f %% before (%d calls against %d).%s",
			product, where, 100*q, 100*p, now.Calls, before.Calls, costs),
	}, true
}

func named(v string) string {
	if v == "" {
		return "(none)"
	}
	return v
}

// ModelUse is the use of one model as asked for and as served.
type ModelUse struct {
	Requested, Served, Tier string // Tier: service tier, or batch
	PriceRow                string
	Calls                   int64
	Tokens                  int64
	USD                     float64
}

// PriceChange tells whether the price of the same work changed: an alias that
// now serves another model, a cheaper tier that was lost, or a new price row.
// It is silent where the change makes calls cheaper.
func PriceChange(product string, before, now []ModelUse, at time.Time) []Finding {
	var out []Finding
	for _, req := range requested(before) {
		a, b := of(before, req), of(now, req)
		ca, cb := perToken(a), perToken(b)
		if ca <= 0 || cb <= 0 || calls(b) < 20 {
			continue
		}
		r := cb / ca
		if r < 1.1 {
			continue
		}
		kind, why := model.IncidentCostShift, ""
		va, vb := top(a, func(u ModelUse) string { return u.Served }), top(b, func(u ModelUse) string { return u.Served })
		ta, tb := top(a, func(u ModelUse) string { return u.Tier }), top(b, func(u ModelUse) string { return u.Tier })
		ra, rb := top(a, func(u ModelUse) string { return u.PriceRow }), top(b, func(u ModelUse) string { return u.PriceRow })
		switch {
		case va != vb:
			kind = model.IncidentModelChange
			why = fmt.Sprintf("it now serves %s instead of %s", named(vb), named(va))
		case ta != tb:
			why = fmt.Sprintf("most calls now run in tier %s instead of %s", named(tb), named(ta))
		case ra != rb:
			why = fmt.Sprintf("its price row is now %s instead of %s", named(rb), named(ra))
		default:
			continue // the mix of tokens changed, not the price
		}
		sev := model.Ticket
		if r >= 2 {
			sev = model.Page
		}
		out = append(out, Finding{
			Kind: kind, Product: product, Series: req, Severity: sev, At: at,
			Effect: model.Estimate{Value: &r, N: calls(b)},
			Evidence: fmt.Sprintf("A million tokens of %s asked for by %s cost %.3f USD, %.2f times the %.3f of before: %s (%d calls against %d).",
				req, product, cb*1e6, r, ca*1e6, why, calls(b), calls(a)),
		})
	}
	return out
}

func requested(us []ModelUse) (out []string) {
	seen := map[string]bool{}
	for _, u := range us {
		if !seen[u.Requested] {
			seen[u.Requested] = true
			out = append(out, u.Requested)
		}
	}
	return out
}

func of(us []ModelUse, req string) (out []ModelUse) {
	for _, u := range us {
		if u.Requested == req {
			out = append(out, u)
		}
	}
	return out
}

func perToken(us []ModelUse) float64 {
	var usd float64
	var tokens int64
	for _, u := range us {
		usd += u.USD
		tokens += u.Tokens
	}
	if tokens == 0 {
		return 0
	}
	return usd / float64(tokens)
}

func calls(us []ModelUse) (n int64) {
	for _, u := range us {
		n += u.Calls
	}
	return n
}

// top is the key under which most calls run.
func top(us []ModelUse, key func(ModelUse) string) string {
	n := map[string]int64{}
	best := ""
	for _, u := range us {
		k := key(u)
		n[k] += u.Calls
		if n[k] > n[best] || n[k] == n[best] && k < best {
			best = k
		}
	}
	return best
}
