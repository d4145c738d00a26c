package runaway

import (
	"fmt"
	"hash/maphash"
	"strings"
	"sync"
	"time"

	"github.com/windage-dev/windage/model"
)

// The reasons of a finding; they are label values of windage_runaway_tasks_total.
const (
	ReasonCalls   = "calls"
	ReasonCost    = "cost"
	ReasonLoop    = "loop"
	ReasonContext = "context_growth"
	ReasonRetries = "retries"
)

// Config bounds the detector. The zero value of a field means its default.
type Config struct {
	// Runs is how many runs are followed at once (default 65536, about 15 MB).
	Runs int
	// Idle ends a run: after it, the same session starts anew (default 30m).
	Idle time.Duration
	// MinUSD is spend below which cost and context growth are nobody's
	// concern (default 0.25).
	MinUSD model.Money
	// MaxCalls is the number of calls that is too many where nothing is known
	// of the product's usual (default 50).
	MaxCalls int64
	// MaxUSD is the spend that is too much where nothing is known of the
	// product's usual (default 5).
	MaxUSD model.Money
	// Repeats of one tool with the same arguments that make a loop (default 10).
	Repeats int
	// Growth is the number of calls in a row whose input grew (default 8).
	Growth int
	// Retries is the number of failed calls in a row (default 6).
	Retries int
	// AssumeUSDPerMTok prices unpriced calls for this guard only: a run that
	// cannot be priced can still run away. 0 leaves them at nothing.
	AssumeUSDPerMTok float64
}

func (c *Config) defaults() {
	set := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	set(&c.Runs, 1<<16)
	set(&c.Repeats, 10)
	set(&c.Growth, 8)
	set(&c.Retries, 6)
	if c.Idle <= 0 {
		c.Idle = 30 * time.Minute
	}
	if c.MinUSD <= 0 {
		c.MinUSD = model.USD / 4
	}
	if c.MaxCalls <= 0 {
		c.MaxCalls = 50
	}
	if c.MaxUSD <= 0 {
		c.MaxUSD = 5 * model.USD
	}
}

// Finding is one run that got out of hand.
type Finding struct {
	Reason   string
	Product  string
	TaskType string
	// Scope says what the run is: task, session or trace. ID is its id, which
	// must never become a label; Trace is an example.
	Scope, ID string
	Trace     model.TraceID
	Since, At time.Time
	Calls     int64
	Tokens    int64
	USD       model.Money
	// Median is what a run of this product usually costs, 0 where unknown;
	// Runs is the number of runs behind it.
	Median   model.Money
	Runs     int64
	Evidence string
}

// Multiple is spend over the median run, 0 where the median is unknown.
func (f *Finding) Multiple() float64 {
	if f.Median <= 0 {
		return 0
	}
	return float64(f.USD) / float64(f.Median)
}

// Detector follows the runs that are open. It is safe for concurrent use.
type Detector struct {
	cfg  Config
	seed maphash.Seed

	mu     sync.Mutex
	runs   sketch
	usual  map[string]*usual
	hand   int // clock hand that looks for runs that ended
	latest time.Time
}

// maxProducts bounds the products (× task types) whose usual is learnt.
const maxProducts = 1024

// New is a detector.
func New(cfg Config) *Detector {
	cfg.defaults()
	return &Detector{cfg: cfg, seed: maphash.MakeSeed(), runs: newSketch(cfg.Runs), usual: map[string]*usual{}}
}

// Open is the number of runs that are followed.
func (d *Detector) Open() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.runs.heap)
}

// Seed tells what a run of a product (and task type, "" for any) usually
// costs, from history, so that a fresh process need not learn it again.
func (d *Detector) Seed(product, taskType string, costs []model.Money, calls []int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.usualOf(product, taskType)
	for i, c := range costs {
		n := int64(1)
		if i < len(calls) {
			n = calls[i]
		}
		u.add(c, n)
	}
}

// Observe takes one row: a counted model call or a tool call. It reports a
// run the first time it gets out of hand, and again for each further reason.
// Rows may come in any order; what is late only comes late.
func (d *Detector) Observe(row *model.Span) (Finding, bool) {
	call := row.Kind.IsCall()
	if !call && row.Kind != model.KindToolCall || row.Repeats() {
		return Finding{}, false
	}
	if call && (!row.CostCounted || row.Purpose == "shadow" || row.Purpose == "evaluation") {
		return Finding{}, false
	}
	scope, id := runOf(row)
	if id == "" {
		return Finding{}, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	end := row.End()
	if end.After(d.latest) {
		d.latest = end
	}
	d.sweep()
	r := d.runs.touch(d.hash(row.Product, scope, id))
	if r.calls+r.tools > 0 && end.Sub(r.last) > d.cfg.Idle {
		d.close(r)
		r.reset()
	}
	if r.calls+r.tools == 0 {
		r.first, r.product, r.taskType = row.Start, row.Product, row.TaskType
	}
	if r.burstCalls > 0 && row.Start.Sub(r.last) >= atMachineSpeed {
		if r.missed == 0 && r.fired == 0 {
			d.usualOf(r.product, r.taskType).burst.add(r.burstUSD)
		}
		r.burstUSD, r.burstCalls = 0, 0
	}
	if call {
		r.addCall(row, d.price(row))
	} else {
		r.addTool(row)
	}
	if end.After(r.last) {
		r.last = end
	}
	reason, text := d.judge(r)
	if reason == "" {
		return Finding{}, false
	}
	if scope == scopeTrace {
		id = row.TraceID.String()
	}
	u := d.usualOf(r.product, r.taskType)
	f := Finding{
		Reason: reason, Product: row.Product, TaskType: row.TaskType, Scope: scope, ID: id, Trace: row.TraceID,
		Since: r.first, At: end, Calls: r.calls, Tokens: r.tokens, USD: r.usd,
	}
	if u.n >= minRuns {
		f.Median, f.Runs = u.limit().median, u.n
	}
	spent := fmt.Sprintf("%d calls, %d tokens and %s USD", r.calls, r.tokens, r.usd.Brief())
	if r.calls == 1 {
		spent = "1 call" + strings.TrimPrefix(spent, "1 calls")
	}
	if r.calls == 0 {
		spent = fmt.Sprintf("%d tool calls, and no model call seen yet,", r.tools)
	}
	f.Evidence = fmt.Sprintf("One %s of %s ran away: %s. %s in %s", scope, row.Product, text, spent, end.Sub(r.first).Round(time.Second))
	if m := f.Multiple(); m > 0 {
		f.Evidence += fmt.Sprintf(", %.1f times the median of %d runs", m, f.Runs)
	}
	f.Evidence += fmt.Sprintf(". Trace %s.", row.TraceID)
	return f, true
}

func (d *Detector) price(row *model.Span) model.Money {
	if row.Cost != nil && row.Cost.Status != model.CostUnpriced {
		return row.Cost.USD
	}
	if d.cfg.AssumeUSDPerMTok > 0 {
		return model.Money(float64(row.InputTotal.Or(0)+row.OutputTotal.Or(0)) * d.cfg.AssumeUSDPerMTok * float64(model.Micro))
	}
	return 0
}

// runOf is what the row is a part of, by the most exact id it carries.
func runOf(row *model.Span) (scope, id string) {
	switch {
	case row.TaskID != "":
		return scopeTask, row.TaskID
	case row.SessionID != "":
		return scopeSession, row.SessionID
	case !row.TraceID.IsZero():
		return scopeTrace, string(row.TraceID[:])
	}
	return "", ""
}

// The scopes of a run.
const (
	scopeTask    = "task"
	scopeSession = "session"
	scopeTrace   = "trace"
)

func (d *Detector) hash(product, scope, id string) uint64 {
	var h maphash.Hash
	h.SetSeed(d.seed)
	h.WriteString(product)
	h.WriteByte(0)
	h.WriteString(scope)
	h.WriteByte(0)
	h.WriteString(id)
	return h.Sum64()
}

// sweep looks at a few runs per row and closes those that have gone quiet, so
// that the usual is learnt from whole runs and the sketch stays free.
func (d *Detector) sweep() {
	for range 2 {
		if len(d.runs.heap) == 0 {
			return
		}
		d.hand = (d.hand + 1) % len(d.runs.heap)
		r := d.runs.heap[d.hand]
		if d.latest.Sub(r.last) > d.cfg.Idle {
			d.close(r)
			d.runs.remove(d.hand)
		}
	}
}

// close learns from a run that ended, unless part of it was never seen.
func (d *Detector) close(r *run) {
	if r.missed == 0 && r.calls > 0 && r.fired == 0 {
		u := d.usualOf(r.product, r.taskType)
		u.add(r.usd, r.calls)
		u.burst.add(r.burstUSD)
	}
}

func (d *Detector) usualOf(product, taskType string) *usual {
	k := product + "\x00" + taskType
	u := d.usual[k]
	if u == nil {
		if len(d.usual) >= maxProducts {
			k = ""
			if u = d.usual[k]; u != nil {
				return u
			}
		}
		u = &usual{}
		d.usual[k] = u
	}
	return u
}

// minBurst is the least number of calls without a pause that make a runaway.
const minBurst = 8

// minRuns is how many runs make a usual.
const minRuns = 50

const (
	firedCalls uint8 = 1 << iota
	firedCost
	firedLoop
	firedContext
	firedRetries
)

// judge says whether the run is out of hand for a reason not yet told.
func (d *Detector) judge(r *run) (reason, text string) {
	c := &d.cfg
	u := d.usual[r.product+"\x00"+r.taskType]
	known := u != nil && u.n >= minRuns
	tell := func(bit uint8) bool {
		if r.fired&bit != 0 {
			return false
		}
		r.fired |= bit
		return true
	}
	for _, t := range r.tool {
		if int(t.count) >= c.Repeats && tell(firedLoop) {
			return ReasonLoop, fmt.Sprintf("the same tool with the same arguments %d times", t.count)
		}
	}
	if int(r.same) >= c.Repeats && tell(firedLoop) {
		return ReasonLoop, fmt.Sprintf("the same prompt %d times in a row", r.same)
	}
	if int(r.failed) >= c.Retries && tell(firedRetries) {
		return ReasonRetries, fmt.Sprintf("%d failed calls in a row", r.failed)
	}
	growth, burst, total, calls := c.MinUSD, c.MaxUSD, c.MaxUSD, c.MaxCalls
	if known {
		l := u.limit()
		least := c.MinUSD / 25
		growth, burst, total = max(least, 3*l.median), max(least, l.burst), max(least, l.cost)
		calls = max(c.MaxCalls, l.calls)
	}
	if int(r.grown) >= c.Growth && r.usd >= growth && tell(firedContext) {
		return ReasonContext, fmt.Sprintf("its input grew in %d calls in a row, to %d tokens, without a new tool", r.grown, r.input)
	}
	// One dear call is no run away; a run of many is.
	inBurst := r.burstUSD > burst && (!known || r.burstCalls >= minBurst)
	if (inBurst || r.usd > total) && tell(firedCost) {
		if inBurst {
			return ReasonCost, fmt.Sprintf("it has spent %s USD without a pause, more than %s", r.burstUSD.Brief(), burst.Brief())
		}
		return ReasonCost, fmt.Sprintf("it has spent more than %s USD", total.Brief())
	}
	if r.calls > calls && tell(firedCalls) {
		return ReasonCalls, fmt.Sprintf("more than %d calls", calls)
	}
	return "", ""
}
