package rollup

import (
	"math/big"
	"strconv"

	"github.com/windage-dev/windage/model"
)

// Call is one priced attempt of a logical call within a task.
type Call struct {
	Span string
	// Logical names the logical call that the attempt belongs to: the same
	// parent, operation and request. Attempts of one are in order of time.
	Logical string
	// Cost is nil where the call is unpriced: unknown, not zero.
	Cost *model.Money
	// Lower marks a cost that is only a lower bound (partially priced).
	Lower  bool
	Failed bool
	// RequestModel is the model that was asked for, ResponseModel the one that
	// answered; either may be empty.
	RequestModel, ResponseModel string
	// Loop marks a call that repeats work already done (the same tool with the
	// same arguments).
	Loop bool
	// Purpose is empty for the product's own traffic, else evaluation or shadow.
	Purpose string
	// CacheSaved is what cached reads saved, less what writing them cost.
	// CacheKnown is false where the call told nothing of a cache, or has no
	// price: what it saved is then unknown, not zero.
	CacheSaved model.Money
	CacheKnown bool
	// RequestModelCost is what the call would have cost on the model asked for.
	RequestModelCost *model.Money
}

// Task is one closed unit of user value.
type Task struct {
	Outcome model.Outcome
	// Cost is the cost of all its calls together; used where Calls is nil.
	Cost *model.Money
	// Complete is false where some call is unpriced: Cost is a lower bound.
	Complete bool
	Calls    []Call
	// Quality is a score of the task's answer in [0, 1], where one was given.
	Quality *float64
}

// CallCost is what a task's calls cost.
type CallCost struct {
	Total model.Sum // the product's own traffic
	// Complete is false where a call is unpriced or only partly priced.
	Complete bool
	Unpriced int
	Calls    int
	// Retry is the cost of attempts that a later attempt of the same logical
	// call repeated.
	Retry model.Sum
	Loop  model.Sum
	// Evaluation and Shadow are the cost of judges and of shadow traffic,
	// which are not part of Total.
	Evaluation, Shadow model.Sum
	CacheSaved         model.Sum
	CacheKnown         int // calls behind CacheSaved
	Fallback           Fallback
}

// Fallback is what was answered by a model other than the one first asked for.
type Fallback struct {
	Calls, OfCalls int // logical calls
	Cost           model.Sum
	// Saved is what the model asked for would have cost more; Known counts the
	// fallback calls for which that is known.
	Saved model.Sum
	Known int
}

// Sum adds the calls of one task up.
func Sum(calls []Call) *CallCost {
	c := &CallCost{Complete: true}
	last := map[string]int{}  // logical call → its last attempt
	first := map[string]int{} // and its first
	for i := range calls {
		x := &calls[i]
		if x.Purpose != "" && x.Purpose != "canary" {
			continue
		}
		k := x.logical(i)
		if _, seen := first[k]; !seen {
			first[k] = i
		}
		last[k] = i
	}
	for i := range calls {
		x := &calls[i]
		switch x.Purpose {
		case "evaluation":
			addTo(&c.Evaluation, x.Cost)
			continue
		case "shadow":
			addTo(&c.Shadow, x.Cost)
			continue
		}
		c.Calls++
		if x.Cost == nil {
			c.Unpriced++
			c.Complete = false
			continue
		}
		if x.Lower {
			c.Complete = false
		}
		c.Total.Add(*x.Cost)
		c.CacheSaved.Add(x.CacheSaved)
		if x.CacheKnown {
			c.CacheKnown++
		}
		k := x.logical(i)
		switch {
		case last[k] != i:
			c.Retry.Add(*x.Cost)
		case x.Loop:
			c.Loop.Add(*x.Cost)
		}
	}
	for k, i := range last {
		asked, served := calls[first[k]].asked(), calls[i].served()
		c.Fallback.OfCalls++
		if asked == "" || served == "" || SameModel(asked, served) {
			continue
		}
		c.Fallback.Calls++
		addTo(&c.Fallback.Cost, calls[i].Cost)
		if r := calls[i].RequestModelCost; r != nil && calls[i].Cost != nil {
			c.Fallback.Saved.Add(*r - *calls[i].Cost)
			c.Fallback.Known++
		}
	}
	return c
}

func (c *Call) logical(i int) string {
	if c.Logical != "" {
		return c.Logical
	}
	return "\x00" + strconv.Itoa(i) // a logical call of its own
}

func (c *Call) asked() string {
	if c.RequestModel != "" {
		return c.RequestModel
	}
	return c.ResponseModel
}

func (c *Call) served() string {
	if c.ResponseModel != "" {
		return c.ResponseModel
	}
	return c.RequestModel
}

func addTo(s *model.Sum, m *model.Money) {
	if m != nil {
		s.Add(*m)
	}
}

// Totals is what a set of closed tasks cost.
type Totals struct {
	N, Successes, Unknown, Incomplete int
	Cost                              model.Sum
	// Failed is the cost of tasks known not to have succeeded: failed, timed
	// out, escalated, overridden, abandoned.
	Failed model.Sum
	// Retry is the cost of repeated attempts; Wasted is Retry plus Failed,
	// what is both counted once.
	Retry, Loop, Wasted model.Sum
	Evaluation, Shadow  model.Sum
	CacheSaved          model.Sum
	Fallback            Fallback
	// costs and successes per task, for intervals
	costs []float64
	good  []bool
	// qualities of tasks with and without a fallback
	qualityFallback, qualityOther mean
}

type mean struct {
	sum float64
	n   int
}

// Total adds closed tasks up. Every cost of a task counts, whatever its
// outcome; unknown outcomes count as not successful in the headline and as
// successful in the low bound.
func Total(tasks []Task) *Totals {
	t := &Totals{}
	for i := range tasks {
		x := &tasks[i]
		var cost model.Sum
		var retry model.Sum
		complete := x.Complete
		fell := false
		if x.Calls != nil {
			c := Sum(x.Calls)
			cost, retry, complete = c.Total, c.Retry, c.Complete
			t.Retry.AddSum(&c.Retry)
			t.Loop.AddSum(&c.Loop)
			t.Evaluation.AddSum(&c.Evaluation)
			t.Shadow.AddSum(&c.Shadow)
			t.CacheSaved.AddSum(&c.CacheSaved)
			t.Fallback.Calls += c.Fallback.Calls
			t.Fallback.OfCalls += c.Fallback.OfCalls
			t.Fallback.Known += c.Fallback.Known
			t.Fallback.Cost.AddSum(&c.Fallback.Cost)
			t.Fallback.Saved.AddSum(&c.Fallback.Saved)
			fell = c.Fallback.Calls > 0
		} else if x.Cost != nil {
			cost.Add(*x.Cost)
		} else {
			complete = false
		}
		t.N++
		t.Cost.AddSum(&cost)
		if !complete {
			t.Incomplete++
		}
		switch x.Outcome {
		case model.OutcomeSuccess:
			t.Successes++
			t.Wasted.AddSum(&retry)
		case model.OutcomeUnknown, "":
			t.Unknown++
			t.Wasted.AddSum(&retry)
		default:
			t.Failed.AddSum(&cost)
			t.Wasted.AddSum(&cost)
		}
		t.costs = append(t.costs, cost.Float())
		t.good = append(t.good, x.Outcome == model.OutcomeSuccess)
		if x.Quality != nil {
			q := &t.qualityOther
			if fell {
				q = &t.qualityFallback
			}
			q.sum += *x.Quality
			q.n++
		}
	}
	return t
}

// PerTask is cost / tasks in USD, nil without tasks.
func (t *Totals) PerTask() *big.Rat { return ratio(&t.Cost, t.N) }

// PerSuccess is the cost of all tasks / the successful ones: nil where none
// succeeded, since then no amount bought a success.
func (t *Totals) PerSuccess() *big.Rat { return ratio(&t.Cost, t.Successes) }

// PerSuccessLow is the low bound of PerSuccess: unknown outcomes taken as successes.
func (t *Totals) PerSuccessLow() *big.Rat { return ratio(&t.Cost, t.Successes+t.Unknown) }

// FailedShare is the share of cost that went into tasks known not to have
// succeeded, nil without cost.
func (t *Totals) FailedShare() *big.Rat { return share(&t.Failed, &t.Cost) }

// RetryShare is the share of cost that went into calls that were tried again.
func (t *Totals) RetryShare() *big.Rat { return share(&t.Retry, &t.Cost) }

// WastedShare is the share of cost that went into retries and failed tasks.
func (t *Totals) WastedShare() *big.Rat { return share(&t.Wasted, &t.Cost) }

// FallbackQualityDelta is the mean quality of tasks with a fallback less that
// of the others; ok is false where either side has no score.
func (t *Totals) FallbackQualityDelta() (delta float64, with, without int, ok bool) {
	a, b := t.qualityFallback, t.qualityOther
	if a.n == 0 || b.n == 0 {
		return 0, a.n, b.n, false
	}
	return a.sum/float64(a.n) - b.sum/float64(b.n), a.n, b.n, true
}

func usd(s *model.Sum) *big.Rat {
	return new(big.Rat).SetFrac(s.Big(), big.NewInt(int64(model.USD)))
}

func ratio(s *model.Sum, n int) *big.Rat {
	if n == 0 {
		return nil
	}
	return new(big.Rat).Quo(usd(s), new(big.Rat).SetInt64(int64(n)))
}

func share(part, whole *model.Sum) *big.Rat {
	w := usd(whole)
	if w.Sign() == 0 {
		return nil
	}
	return new(big.Rat).Quo(usd(part), w)
}
